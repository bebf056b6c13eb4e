; A program for ring 3 that makes system calls at random, for ipc/drill_hostile.c: which one, with good and bad handles, tokens old
; and new, messages too long, times that are short, gifts and handles that it has and that it has not. It counts what comes back,
; call by call and status by status.
bits 64
default rel

global hostile_program, hostile_program_end

DATA            equ 0x500000
GIFT            equ 544                         ; struct message (ipc/message.h)
GIFT_BLOCKS     equ 552
HANDLE          equ 560
RIGHTS          equ 568
MESSAGE_GIFT    equ 1
MESSAGE_HANDLE  equ 2
SEED            equ 1024                        ; struct orders of ipc/drill_hostile.c
CALLS           equ 1032
LEAKS           equ 1040
HANDLES         equ 1048                        ; eight of them
GIFTS           equ 1112                        ; eight addresses of blocks that it has, or 0
HANDED          equ 1176                        ; the handle that it was sent last
TOKEN           equ 1184                        ; what has come last
COUNTS          equ 1192                        ; so many calls, sixteen statuses each, of 4 bytes
KEPT            equ 3496                        ; its own registers, while a message is in them

SYSCALL_NOTIFY  equ 6                           ; enum syscall (ipc/syscall.h)
SYSCALL_RECEIVE equ 3
SYSCALL_SLEEP   equ 8
SYSCALL_EXIT    equ 10
SYSCALL_ACCEPT  equ 11
SYSCALL_CLOSE   equ 13
SYSCALL_GRANT   equ 14
SYSCALL_RETURN  equ 15
SYSCALL_WINDOW  equ 16
SYSCALL_IO_READ equ 18
NO_SYSCALL      equ 24                          ; stands for any number that is none
SYSCALL_TIMED   equ 32
STATUSES        equ 16
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
        mov     r12d, r15d                      ; the call: 0 to 24
        shr     r12d, 20
        and     r12d, 31
        cmp     r12d, NO_SYSCALL
        ja      .again
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
        cmp     r12d, SYSCALL_NOTIFY            ; events; else mostly no time at all
        je      .some
        cmp     r12d, SYSCALL_ACCEPT
        je      .some
        xor     esi, esi
.some:
        mov     rcx, r15                        ; one of its addresses, and one of its handles
        shr     rcx, 43
        and     ecx, 7
        mov     r9, [rbx + GIFTS + rcx * 8]
        mov     r10, [rbx + HANDLES + rcx * 8]
        mov     r8, r15                         ; none to three blocks
        shr     r8, 47
        and     r8d, 3
        cmp     r12d, SYSCALL_SLEEP             ; sleep has it first, or in a moment
        je      .early
        cmp     r12d, SYSCALL_ACCEPT
        jb      .words
        je      .accept
        cmp     r12d, SYSCALL_CLOSE
        jb      .words                          ; revoke
        je      .close
        cmp     r12d, SYSCALL_IO_READ           ; one of the devices that it has, or one that it has not
        jae     .device
        cmp     r12d, SYSCALL_WINDOW
        jae     .words
        bt      r15, 51                         ; half the time anything
        jnc     .words
        mov     rsi, r8
        mov     rdi, r9
        cmp     r12d, SYSCALL_RETURN
        je      .words
        mov     rdi, r8
        test    r9, r9                          ; it takes no more than it can remember: gives back instead
        jz      .words
        mov     r12d, SYSCALL_RETURN
        mov     rdi, r9
        jmp     .words
.early: mov     rdi, rsi
        jmp     .words
.device:
        bt      r15, 51
        jnc     .words
        and     edi, 3
        jmp     .words
.accept:
        mov     rdi, r15                        ; of what there is, mostly
        shr     rdi, 33
        and     edi, 0x703
        jmp     .words
.close: mov     rdi, [rbx + HANDED]
.words: mov     rdx, r15                        ; up to 127 words: about half of the messages are too long
        shr     rdx, 30
        and     edx, 127
        bt      r15, 50
        jnc     .long
        and     edx, 15
.long:  mov     rbp, rdx
        mov     rcx, r15                        ; one in eight carries something, or what there is not
        shr     rcx, 56
        test    ecx, 7
        jnz     .plain
        shr     ecx, 3
        mov     edx, ecx
        and     edx, 7
        shl     rdx, 32
        or      rbp, rdx
        and     ecx, 15
        mov     [rbx + RIGHTS], rcx
        mov     [rbx + GIFT], r9
        mov     [rbx + GIFT_BLOCKS], r8
        mov     [rbx + HANDLE], r10
.plain: mov     [rbx + KEPT], r12
        mov     [rbx + KEPT + 8], r14
        mov     [rbx + KEPT + 16], r15
        mov     eax, r12d
        cmp     eax, NO_SYSCALL
        jne     .named
        mov     rax, r15                        ; above all that there are
        or      rax, 2 * SYSCALL_TIMED
.named: lea     ecx, [r12 - 1]                  ; with a time limit, if it has a message...
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
        cmp     rbp, 64
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
        test    r12d, 1                         ; calls 1, 3 and 5 bring a message, with a token and a badge
        jz      .bare
        cmp     r12d, 5
        ja      .bare
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
.clean: cmp     r12d, SYSCALL_GRANT             ; what it got it keeps in mind
        jne     .given
        test    rax, rax
        jle     .given
        mov     rcx, r15
        shr     rcx, 43
        and     ecx, 7
        mov     [rbx + GIFTS + rcx * 8], rax
.given: test    rax, rax                        ; nor what it was sent: calls 1, 3 and 5 bring something
        jnz     .back
        test    r12d, 1
        jz      .back
        cmp     r12d, 5
        ja      .back
        mov     rcx, rbp                        ; words, and what is carried
        shr     rcx, 32
        test    ecx, MESSAGE_HANDLE
        jz      .block
        mov     rdx, [rbx + HANDLE]
        mov     [rbx + HANDED], rdx
.block: test    ecx, MESSAGE_GIFT
        jz      .back
        mov     rdx, [rbx + GIFT]
        mov     [rbx + GIFTS + 8], rdx
.back:  cmp     r12d, SYSCALL_RETURN
        jne     .tally
        test    rax, rax
        jnz     .tally
        mov     rcx, r15
        shr     rcx, 43
        and     ecx, 7
        mov     qword [rbx + GIFTS + rcx * 8], 0
.tally: neg     rax                             ; a status, or 0 for every success
        cmp     rax, STATUSES
        jb      .count
        xor     eax, eax
.count: shl     r12d, 4
        add     eax, r12d
        inc     dword [rbx + COUNTS + rax * 4]
        dec     r14
        jnz     .again
        mov     eax, SYSCALL_EXIT
        syscall
hostile_program_end:
