; Programs for ring 3 that measure calls, for ipc/user_bench.c. In their data page stand the message, and behind it what they are
; told and what they have measured.
bits 64
default rel

global bench_caller, bench_caller_end, bench_server, bench_server_end
global bench_gift_caller, bench_gift_caller_end, bench_gift_server
global bench_nothing, bench_nothing_end, bench_notifier, bench_notifier_end

DATA            equ 0x500000
GIFT            equ 544                         ; struct message (ipc/message.h), carries above the words
GIFT_BLOCKS     equ 552
MESSAGE_GIFT    equ 1
HANDLE          equ 1024                        ; struct told of ipc/user_bench.c
LENGTH          equ 1032
COUNT           equ 1040
SAMPLES         equ 1048

; enum syscall (ipc/syscall.h)
SYSCALL_NULL    equ 0
SYSCALL_CALL    equ 1
SYSCALL_RECEIVE equ 3
SYSCALL_REPLY_RECEIVE equ 5
SYSCALL_NOTIFY  equ 6
SYSCALL_EXIT    equ 10
SYSCALL_ACCEPT  equ 11
SYSCALL_GRANT   equ 14

; measured: does %1 `count` times, and keeps how long each took; ends with what the last one has left in rdi
%macro measured 1
        mov     ebx, DATA
        mov     r12, [rbx + HANDLE]
        mov     r13, [rbx + COUNT]
        mov     rbp, [rbx + LENGTH]
        lea     r14, [rbx + SAMPLES]
%%again:
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     r15, rax
        %1
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        sub     rax, r15
        mov     [r14], rax
        add     r14, 8
        dec     r13
        jnz     %%again
        mov     eax, SYSCALL_EXIT
        syscall
%endmacro

; A call with four words filled in and read, whatever its length; every register that C may want kept is.
%macro call_server 0
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     rdi, r12                        ; the handle; rbp, how many words
        mov     r13, r12
        mov     r14, r12
        mov     r15, r12
        mov     eax, SYSCALL_CALL
        syscall
        mov     rdi, r12
        mov     rsi, r13
        mov     r8, r14
        mov     r9, r15
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
%endmacro

; A call that gives the block away, and gets it back with the answer.
%macro give_block 0
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     rdi, r12
        mov     rbp, MESSAGE_GIFT << 32         ; no words
        mov     eax, SYSCALL_CALL
        syscall
        shr     rbp, 32
        cmp     ebp, MESSAGE_GIFT
        je      %%back
        ud2
%%back: pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
%endmacro

; Takes gifts of a block.
%macro accept 0
        mov     edi, MESSAGE_GIFT | 1 << 8
        xor     esi, esi
        mov     eax, SYSCALL_ACCEPT
        syscall
%endmacro

%macro call_nothing 0
        xor     eax, eax
        syscall
%endmacro

%macro notify 0
        mov     rdi, r12
        mov     esi, 1
        mov     eax, SYSCALL_NOTIFY
        syscall
%endmacro

section .text

bench_caller:
        measured call_server
bench_caller_end:

bench_nothing:
        measured call_nothing
bench_nothing_end:

bench_notifier:
        measured notify
bench_notifier_end:

bench_gift_caller:
        mov     ebx, DATA
        accept
        mov     edi, 1
        mov     eax, SYSCALL_GRANT
        syscall
        mov     [rbx + GIFT], rax
        mov     qword [rbx + GIFT_BLOCKS], 1
        measured give_block
bench_gift_caller_end:

bench_gift_server:
        accept
; An answer is what has come, with whose token that has.
bench_server:
        mov     eax, SYSCALL_RECEIVE
        syscall
.again: mov     eax, SYSCALL_REPLY_RECEIVE
        syscall
        test    eax, eax
        jz      .again
        ud2
bench_server_end:
