; The server images as they stand in the kernel's image (boot/kernel.ld), each an ELF file (servers/servers.cmake).

%include "servers/image.inc"

section .servers progbits alloc noexec nowrite align=8

        image   heap_drill, "heap_drill.server"
        image   init, "init.server"

%include "servers/images.inc"               ; those of the manifest that are in ring 3
