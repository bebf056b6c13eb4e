; The way in and out of system calls (ipc/syscall.h; AMD APM vol. 2, 6.1.1).
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"

global syscall_entry
extern syscall_table

SYSCALLS        equ 11          ; as in ipc/syscall.h
EINVARG         equ 1           ; core/status.h

section .text

; From ring 3, interrupts masked, rcx where to go on there, r11 its flags. The stack is the thread's, empty: the record of
; the thread stands above it.
syscall_entry:
        swapgs
        mov     [gs:PERCPU_AT_USER_STACK], rsp
        mov     rsp, [gs:PERCPU_AT_TSS + TSS_AT_STACK]
        push    qword [gs:PERCPU_AT_USER_STACK]
        push    rcx
        push    r11
        sub     rsp, 8
        sti
        cmp     rax, SYSCALLS
        jae     .unknown
        call    [syscall_table + rax * 8]
.back:  cli
        xor     edi, edi                        ; nothing of the kernel's is left in a register
        xor     esi, esi
        xor     edx, edx
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        add     rsp, 8
        pop     r11
        pop     rcx
        pop     rsp
        swapgs
        o64 sysret
.unknown:
        mov     rax, -EINVARG
        jmp     .back
