; The server images as they stand in the kernel's image (boot/kernel.ld), each an ELF file (servers/servers.cmake).

%macro image 2
        align   8
global %1_image, %1_image_end
%1_image:
        incbin  %2
%1_image_end:
%endmacro

section .servers progbits alloc noexec nowrite align=8

        image   drill, "drill.server"
        image   parley, "parley.server"
        image   heap_drill, "heap_drill.server"
        image   init, "init.server"

%include "servers/images.inc"               ; those of the manifest that are in ring 3
