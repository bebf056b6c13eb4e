; How a kernel thread comes to ipc/ipc_usual.c and goes on from there. A message is in registers on the way, for ring 3
; (ipc/syscall.asm) as for kernel threads: who sends puts it there, who goes on finds it there, and nothing in between touches it.
;
;   rbx       type
;   rbp       words and carries, as one
;   r12..r15  its first four words; those above stand in the memory of both messages
;
; C keeps these registers, as it must in any function. What is called usual changes no others than it may.
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"
%include "ipc/registers.inc"

global ipc_enter_call, ipc_enter_reply_receive, ipc_arrive, ipc_arrive_in_memory
extern ipc_call_usually, ipc_call_longer, ipc_part_usually, ipc_part_longer
extern ipc_finish, ipc_arrived

section .text

; entrance: a function that keeps no register but rbp and rsp
;   in    rdi  handle or token
;         rsi  struct message *, which the answer or the next message replaces
;         interrupts on
;   out   eax  status
; %1 and %2 do it where it is usual, %2 for messages that are not four words.
%macro entrance 2
        push    rbp
        cli
        mov     rbp, [rsi + MESSAGE_AT_WORDS]
        cmp     rbp, MESSAGE_REGISTERS
        jne     .longer
        load_message rsi
        mov     rcx, [gs:PERCPU_AT_CURRENT]
        sub     rcx, THREAD_AT_TURN
        mov     [rcx + THREAD_AT_MESSAGE], rsi
        push    woken
        mov     [rcx + THREAD_AT_PLACE], rsp
        jmp     %1
.longer:
        call    load_some
        mov     rcx, [gs:PERCPU_AT_CURRENT]
        sub     rcx, THREAD_AT_TURN
        mov     [rcx + THREAD_AT_MESSAGE], rsi
        mov     rsi, rbp
        push    woken
        mov     [rcx + THREAD_AT_PLACE], rsp
        jmp     %2
%endmacro

ipc_enter_call:
        entrance ipc_call_usually, ipc_call_longer

ipc_enter_reply_receive:
        entrance ipc_part_usually, ipc_part_longer

; Where it goes on when somebody has woken it, or it has not waited: its status is noted, its message in memory.
woken:
        call    ipc_finish                      ; interrupts are on after that
        pop     rbp
        ret

; The registers of a message at rsi that has fewer words, or more; nothing else of it is read.
load_some:
        mov     rbx, [rsi + MESSAGE_AT_TYPE]
        xor     r12d, r12d
        xor     r13d, r13d
        xor     r14d, r14d
        xor     r15d, r15d
        test    ebp, ebp
        jz      .done
        mov     r12, [rsi + MESSAGE_AT_WORD]
        cmp     ebp, 2
        jb      .done
        mov     r13, [rsi + MESSAGE_AT_WORD + 8]
        je      .done
        mov     r14, [rsi + MESSAGE_AT_WORD + 16]
        cmp     ebp, 4
        jb      .done
        mov     r15, [rsi + MESSAGE_AT_WORD + 24]
.done:  ret

; How a thread goes on, interrupts off, with a message in registers (struct correspondent):
;   in    rdi  token, rsi the thread, rdx badge
; ipc_arrive: one of the kernel that has waited in an entrance.
ipc_arrive:
        mov     rsp, [rsi + THREAD_AT_PLACE]
        mov     rsi, [rsi + THREAD_AT_MESSAGE]
        store_message rsi
        mov     [rsi + MESSAGE_AT_BADGE], rdx
        mov     [rsi + MESSAGE_AT_TOKEN], rdi
        add     rsp, 8
        sti
        xor     eax, eax
        pop     rbp
        ret

; ipc_arrive_in_memory: one that has waited elsewhere and looks for the message in memory.
ipc_arrive_in_memory:
        mov     rsp, [rsi + THREAD_AT_PLACE]
        mov     rax, [rsi + THREAD_AT_MESSAGE]
        store_message rax
        mov     [rax + MESSAGE_AT_BADGE], rdx
        mov     [rax + MESSAGE_AT_TOKEN], rdi
        mov     rdi, rsi
        jmp     ipc_arrived
