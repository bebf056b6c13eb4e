; Where a server in ring 3 begins. What server_main returns is left in rax, and the server ends by an exception.
;   in      rsp  the top of its stack, a multiple of 16; nothing in the other registers
bits 64

global _start
extern server_main

section .text

_start: call    server_main
        ud2
