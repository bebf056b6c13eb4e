; Programs for ring 3 that measure calls, for ipc/user_bench.c. In their data page stand the message, and behind it what they are
; told and what they have measured.
bits 64
default rel

global bench_caller, bench_caller_end, bench_server, bench_server_end
global bench_nothing, bench_nothing_end, bench_notifier, bench_notifier_end

DATA            equ 0x500000
WORDS           equ 8                           ; struct message (ipc/message.h)
TOKEN           equ 24
CONTENT            equ 32
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

; measured: does %1 `count` times, and keeps how long each took
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

; A call with four words filled in and read, whatever its length.
%macro call_server 0
        mov     [rbx + WORDS], rbp
        mov     [rbx + CONTENT], r12
        mov     [rbx + CONTENT + 8], r12
        mov     [rbx + CONTENT + 16], r12
        mov     [rbx + CONTENT + 24], r12
        mov     rdi, r12
        mov     rsi, -1
        mov     eax, SYSCALL_CALL
        syscall
        mov     rdi, [rbx + CONTENT]
        mov     rsi, [rbx + CONTENT + 8]
        mov     r8, [rbx + CONTENT + 16]
        mov     r9, [rbx + CONTENT + 24]
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

bench_server:
        mov     ebx, DATA
        mov     rdi, -1
        mov     eax, SYSCALL_RECEIVE
        syscall
.again: mov     rdi, [rbx + TOKEN]
        mov     rsi, -1
        mov     eax, SYSCALL_REPLY_RECEIVE
        syscall
        test    eax, eax
        jz      .again
        ud2
bench_server_end:
