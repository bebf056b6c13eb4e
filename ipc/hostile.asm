; A program for ring 3 that makes system calls at random, for ipc/drill_hostile.c: which one, with good and bad handles, tokens old
; and new, messages too long, times that are short. It counts what comes back, call by call and status by status.
bits 64
default rel

global hostile_program, hostile_program_end

DATA            equ 0x500000
SEED            equ 1024                        ; struct orders of ipc/drill_hostile.c
CALLS           equ 1032
LEAKS           equ 1040
HANDLES         equ 1048                        ; eight of them
COUNTS          equ 1112                        ; sixteen calls, eight statuses each
TOKEN           equ 2136                        ; what has come last
KEPT            equ 2144                        ; its own registers, while a message is in them

SYSCALL_EXIT    equ 10
SYSCALL_TIMED   equ 32
STATUSES        equ 8
TIME_MASK       equ 0x3FF                       ; nanoseconds, at most

section .text

; next: another random number in r15 (Marsaglia 2003, xorshift64); uses rax
%macro next 0
        mov     rax, r15
        shl     rax, 13
        xor     r15, rax
        mov     rax, r15
        shr     rax, 7
        xor     r15, rax
        mov     rax, r15
        shl     rax, 17
        xor     r15, rax
%endmacro

hostile_program:
        mov     ebx, DATA
        mov     r15, [rbx + SEED]
        mov     r14, [rbx + CALLS]
.again:
        next
        mov     r12d, r15d                      ; the call: 0 to 15
        shr     r12d, 20
        and     r12d, 15
        cmp     r12d, SYSCALL_EXIT
        je      .again

        mov     rcx, r15                        ; its first argument
        shr     rcx, 8
        and     ecx, 7
        mov     rdi, r15                        ; half the time anything
        cmp     ecx, 2
        jb      .second
        mov     rdi, [rbx + TOKEN]
        cmp     ecx, 4
        jb      .second
        mov     rcx, r15
        shr     rcx, 40
        and     ecx, 7
        mov     rdi, [rbx + HANDLES + rcx * 8]
.second:
        mov     rsi, r15                        ; a time, or events
        shr     rsi, 17
        and     esi, TIME_MASK
        mov     rdx, r15
        shr     rdx, 54
        jz      .some
        cmp     r12d, 6                         ; notify has events there; else mostly no time at all
        je      .some
        xor     esi, esi
.some:
        cmp     r12d, 8                         ; sleep has it first, or in a moment
        jne     .words
        mov     rdi, rsi
.words: mov     rdx, r15                        ; up to 127 words: about half of the messages are too long
        shr     rdx, 30
        and     edx, 127
        bt      r15, 50
        jnc     .long
        and     edx, 15
.long:  mov     [rbx + KEPT], r12
        mov     [rbx + KEPT + 8], r14
        mov     [rbx + KEPT + 16], r15
        mov     rbp, rdx
        mov     eax, r12d
        lea     ecx, [r12 - 1]                  ; with a time limit, if it has a message...
        cmp     ecx, 5
        jae     .call
        bt      r15, 51
        jnc     .timed
        cmp     ecx, 1                          ; ...but half of those without that do answer
        jbe     .call
        cmp     ecx, 4
        jne     .timed
        cmp     rdi, [rbx + TOKEN]
        jne     .timed
        cmp     edx, 64
        jbe     .call
.timed: or      eax, SYSCALL_TIMED
.call:  mov     rdx, r15
        mov     r8, r15
        mov     r9, r15
        mov     r10, r15
        mov     r12, r15
        mov     r13, r15
        mov     r14, r15
        mov     rbx, r15
        syscall

        mov     ebx, DATA
        mov     r12, [rbx + KEPT]
        mov     r14, [rbx + KEPT + 8]
        mov     r15, [rbx + KEPT + 16]
        lea     ecx, [r12 - 1]                  ; those with a message bring a token and a badge
        cmp     ecx, 5
        jae     .bare
        test    rax, rax
        jnz     .taken
        test    rdi, rdi                        ; of an answer there is none
        jz      .taken
        mov     [rbx + TOKEN], rdi
.taken: xor     edi, edi
        xor     edx, edx
.bare:  mov     rcx, rdi                        ; nothing of anybody's comes back but the answer
        or      rcx, rsi
        or      rcx, rdx
        or      rcx, r8
        or      rcx, r9
        or      rcx, r10
        jz      .clean
        inc     qword [rbx + LEAKS]
.clean: neg     rax                             ; a status, or 0 for every success
        cmp     rax, STATUSES
        jb      .count
        xor     eax, eax
.count: shl     r12d, 3
        add     eax, r12d
        inc     qword [rbx + COUNTS + rax * 8]
        dec     r14
        jnz     .again
        mov     eax, SYSCALL_EXIT
        syscall
hostile_program_end:
