; The way in and out of system calls (ipc/syscall.h; AMD APM vol. 2, 6.1.1). Messages are in registers (ipc/enter.asm) where
; they can stay there, else in the thread's message page.
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"
%include "ipc/registers.inc"

global syscall_entry, ipc_arrive_user, ipc_call_in_memory, ipc_part_in_memory
extern syscall_table
extern ipc_call_usually, ipc_call_longer, ipc_call_otherwise
extern ipc_part_usually, ipc_part_longer, ipc_reply_receive_otherwise
extern ipc_finish, ipc_notify_masked, thread_switch_fpu

SYSCALLS        equ 24          ; as in ipc/syscall.h
SYSCALL_TIMED   equ 32
EINVARG         equ 1           ; core/status.h
FRAME           equ 3 * 8       ; what stands below a thread's record: r11, rcx and rsp of ring 3

section .text

; From ring 3, interrupts masked, rcx where to go on there, r11 its flags. The stack is the thread's, empty: the record of
; the thread stands above it.
syscall_entry:
        swapgs
        mov     [gs:PERCPU_AT_USER_STACK], rsp
        mov     rsp, [gs:PERCPU_AT_TSS + TSS_AT_STACK]
        push    qword [gs:PERCPU_AT_USER_STACK]
        push    rcx
        lea     rcx, [rsp + 2 * 8]              ; the thread
        push    r11
        cmp     rax, ENTRANCES
        jae     unknown
        jmp     [entrances + rax * 8]

; %1 and %2 do it where it is usual, %2 where there are words in memory too. They do not come back. Who waits here has nothing
; of its own on its stack: its place is the same for all.
%macro entrance 2
        cmp     rbp, MESSAGE_REGISTERS
        ja      .longer
        mov     qword [rcx + THREAD_AT_PLACE], place_woken
        jmp     %1
.longer:
        mov     qword [rcx + THREAD_AT_PLACE], place_woken
        mov     rsi, rbp
        jmp     %2
%endmacro

enter_call:
        entrance ipc_call_usually, ipc_call_longer

enter_reply_receive:
        entrance ipc_part_usually, ipc_part_longer

enter_nothing:
        xor     eax, eax
        jmp     leave_empty

enter_notify:
        sub     rsp, 8
        call    ipc_notify_masked
        add     rsp, 8
        jmp     leave_empty

unknown:
        mov     rax, -EINVARG
        jmp     leave_empty

; forget_last: what the page at %1 says of the message before must not come back as if it were one's own
%macro forget_last 1
        mov     qword [%1 + MESSAGE_AT_BADGE], 0
        mov     qword [%1 + MESSAGE_AT_TOKEN], 0
%endmacro

; Calls with messages where nothing is done to make them cheap.
enter_message:
        mov     rdx, [rcx + THREAD_AT_MESSAGE]
        test    rdx, rdx
        jz      unknown
        store_message rdx
        forget_last rdx
        test    al, SYSCALL_TIMED
        jnz     .timed
        or      rsi, -1                         ; IPC_FOREVER
.timed: and     eax, SYSCALL_TIMED - 1
        sub     rsp, 8
        sti
        call    [syscall_table + rax * 8]
        cli
        add     rsp, 8
        jmp     leave_from_memory

enter_plain:
        cmp     eax, SYSCALLS
        jae     unknown
        sub     rsp, 8
        sti
        call    [syscall_table + rax * 8]
        cli
        add     rsp, 8
leave_empty:
        xor     edi, edi                        ; nothing of the kernel's is left in a register
        xor     edx, edx
leave:  xor     esi, esi
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        pop     r11
        pop     rcx
        pop     rsp
        swapgs
        o64 sysret

; Where it goes on when somebody has woken it, or it has not waited: its status is noted, its message in its page.
woken:
        mov     rcx, [gs:PERCPU_AT_CURRENT]
        lea     rsp, [rcx - THREAD_AT_TURN - FRAME - 8]
        call    ipc_finish
        cli
        add     rsp, 8
leave_from_memory:
        mov     rsi, [gs:PERCPU_AT_CURRENT]
        mov     rsi, [rsi - THREAD_AT_TURN + THREAD_AT_MESSAGE]
        test    rsi, rsi
        jz      leave_empty
        load_message rsi
        mov     rbp, [rsi + MESSAGE_AT_WORDS]
        mov     rdx, [rsi + MESSAGE_AT_BADGE]
        mov     rdi, [rsi + MESSAGE_AT_TOKEN]
        jmp     leave

; ipc_arrive_user: how a thread of ring 3 goes on with a message in registers, whatever it has on its stack in the kernel.
;   in    rdi  token, rsi the thread, rdx badge; interrupts off
ipc_arrive_user:
        mov     [gs:PERCPU_AT_TSS + TSS_AT_STACK], rsi
        mov     rax, [rsi + THREAD_AT_SPACE]
        cmp     rax, [gs:PERCPU_AT_SPACE]
        je      .there
        mov     [gs:PERCPU_AT_SPACE], rax
        mov     cr3, rax
.there: mov     rax, [rsi + THREAD_AT_FPU]
        cmp     rax, [gs:PERCPU_AT_FPU]
        jne     .fpu
.leave: xor     eax, eax
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        mov     r11, [rsi - FRAME]
        mov     rcx, [rsi - FRAME + 8]
        mov     rsp, [rsi - FRAME + 16]
        xor     esi, esi
        swapgs
        o64 sysret
.fpu:   lea     rsp, [rsi - FRAME - 8]
        push    rdx
        push    rdi
        push    rsi
        mov     rdi, [gs:PERCPU_AT_SELF]
        call    thread_switch_fpu
        pop     rsi
        pop     rdi
        pop     rdx
        jmp     .leave

; Not usual: a message in registers goes to memory, where that of a kernel thread is already.
;   in    rdi  handle or token, rcx the running thread; of the kernel, [rsp] where it goes on
%macro in_memory 1
        mov     rsi, [rcx + THREAD_AT_MESSAGE]
        or      rdx, -1                         ; IPC_FOREVER
        cmp     qword [rcx + THREAD_AT_ARRIVE], ipc_arrive_user
        jne     %1
        test    rsi, rsi
        jz      .nowhere
        store_message rsi
        forget_last rsi
.nowhere:
        sub     rsp, 8
        call    %1
        jmp     woken
%endmacro

ipc_call_in_memory:
        in_memory ipc_call_otherwise

ipc_part_in_memory:
        in_memory ipc_reply_receive_otherwise

section .rodata
align 8
place_woken:
        dq      woken
entrances:                                      ; by enum syscall, then the same with SYSCALL_TIMED
        dq      enter_nothing, enter_call
        times 3 dq enter_message
        dq      enter_reply_receive, enter_notify
        times SYSCALL_TIMED - 7 dq enter_plain
        dq      unknown
        times 5 dq enter_message
ENTRANCES       equ ($ - entrances) / 8
