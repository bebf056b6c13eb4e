; System calls for time and devices (ipc/syscall.h), as C calls them: arguments and answers are in the same registers, but where it
; says otherwise.
bits 64

%define X(name, value) name equ value
%include "boot/layout.def"
%include "ipc/registers.inc"

global clock_nanoseconds, io_read8, io_write8, io_memory, io_listen, io_done, io_take

SYSCALL_CLOCK           equ 17
SYSCALL_IO_READ         equ 18
SYSCALL_IO_WRITE        equ 19
SYSCALL_IO_MEMORY       equ 20
SYSCALL_IO_LISTEN       equ 21
SYSCALL_IO_DONE         equ 22
SYSCALL_IO_TAKE         equ 23

; stub NAME, NUMBER
%macro stub 2
section .text.%1 progbits alloc exec nowrite
%1:
        mov     eax, %2
        syscall
        ret
%endmacro

        stub    clock_nanoseconds, SYSCALL_CLOCK
        stub    io_read8, SYSCALL_IO_READ
        stub    io_memory, SYSCALL_IO_MEMORY
        stub    io_listen, SYSCALL_IO_LISTEN
        stub    io_done, SYSCALL_IO_DONE

section .text.io_write8 progbits alloc exec nowrite
io_write8:                                      ; rdi device, rsi offset, dl value
        shl     rsi, 8
        movzx   edx, dl
        or      rsi, rdx
        mov     eax, SYSCALL_IO_WRITE
        syscall
        ret

section .text.io_take progbits alloc exec nowrite
io_take:                                        ; rdi device, rsi message
        push    rsi
        mov     eax, SYSCALL_IO_TAKE
        syscall
        pop     rdi
        test    rax, rax
        jle     .done
        mov     rcx, rax
        add     rdi, MESSAGE_AT_WORD
        mov     esi, USER_MESSAGE_PAGE + MESSAGE_AT_WORD
        rep     movsb
.done:  ret
