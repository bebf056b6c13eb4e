; Four ways to break the kernel on purpose, for the monitor's `crash` and the tests of the report that follows.
bits 64
default rel

global crash_divide, crash_opcode, crash_page, crash_stack

UNMAPPED        equ 0x0000DEAD0000              ; the lower half is empty

section .text

crash_divide:                                   ; vector 0
        xor     edx, edx
        xor     ecx, ecx
        mov     eax, 1
        div     ecx
        ret

crash_opcode:                                   ; vector 6
        ud2
        ret

crash_page:                                     ; vector 14, a write
        mov     rax, UNMAPPED
        mov     [rax], rax
        ret

crash_stack:                                    ; vector 8: the page fault in the guard page finds no stack
        push    rax
        jmp     crash_stack
