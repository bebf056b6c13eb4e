; The BIOS way in: from the first instruction at 0x7C00 to the kernel's. Real mode (16 bits) unless a file says
; otherwise; the loader's own code and data lie in the first 64 KiB, reached with every segment register at 0.
;   in   dl  BIOS number of the drive that this sector came from
; Low memory in use (boot/layout.def; boot/loader.ld checks): stack below BOOT_SECTOR_ADDR, loader from there,
; HANDOFF_ADDR, LOADER_SCRATCH_ADDR, BOUNCE_ADDR, BOOT_TABLES_ADDR. What this code has not written holds garbage.

%define X(name, value) name equ value
%include "boot/layout.def"
%undef X

global BOOT_SECTOR_ADDR, HANDOFF_ADDR, SECTOR_BYTES     ; for boot/loader.ld
global boot_sector
extern loader_sectors, loader_more_sectors              ; from boot/loader.ld

bits 16

; ---- the first sector: all that the BIOS loads ----
section .sector0 progbits alloc exec nowrite

BIOS_AREA_END   equ 62                                  ; bytes 3 to 61: drive geometry, written by some BIOSes
CODE_END        equ 446                                 ; bytes 446 to 509: partition table, likewise

boot_sector:
        jmp     short start
        nop
        times BIOS_AREA_END - ($ - boot_sector) db 0

start:
        jmp     0:.normalised                           ; some BIOSes enter at 0x07C0:0
.normalised:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, BOOT_SECTOR_ADDR
        cld
        sti
        mov     [boot_drive], dl
        call    say_init
        call    disk_check
        xor     edx, edx
        inc     dx
        mov     cx, loader_more_sectors
        mov     bx, (BOOT_SECTOR_ADDR + SECTOR_BYTES) / 16
        call    disk_read
        jmp     loader_main

%include "boot/say.asm"
%include "boot/disk.asm"

        times CODE_END - ($ - boot_sector) db 0         ; an error here: the code has grown too long
        times SECTOR_BYTES - 2 - CODE_END db 0
        dw      0xAA55

; ---- the rest of the loader ----
section .text

loader_main:
        call    cpu_check
        call    low_memory_check
        call    a20_enable
        call    handoff_prepare
        call    e820_collect
        call    e801_collect
        call    ext88_collect
        call    image_read_header
        call    image_choose_address
        call    image_load
        call    image_verify
        call    image_announce
        jmp     kernel_enter

%include "boot/cpu.asm"
%include "boot/a20.asm"
%include "boot/protected.asm"
%include "boot/e820.asm"
%include "boot/image.asm"
%include "boot/say_map.asm"
%include "boot/long.asm"

section .bss
boot_drive:     resb 1

section .note.GNU-stack noalloc noexec nowrite progbits ; says to ld: no executable stack asked for
