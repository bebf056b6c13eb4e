; The images of servers that drills run (servers/images.asm).
%include "servers/image.inc"

section .servers progbits alloc noexec nowrite align=8

        image   drill, "drill.server"
        image   parley, "parley.server"
