; System calls for blocks (ipc/syscall.h), as C calls them: arguments and answers are in the same registers.
bits 64

global server_grant, server_return, server_window_blocks

SYSCALL_GRANT   equ 14
SYSCALL_RETURN  equ 15
SYSCALL_WINDOW  equ 16

section .text.server_grant progbits alloc exec nowrite
server_grant:
        mov     eax, SYSCALL_GRANT
        syscall
        ret

section .text.server_return progbits alloc exec nowrite
server_return:
        mov     eax, SYSCALL_RETURN
        syscall
        ret

section .text.server_window progbits alloc exec nowrite
server_window_blocks:
        mov     eax, SYSCALL_WINDOW
        syscall
        ret
