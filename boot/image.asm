; The kernel image, which starts in the sector after the loader: where it may go, and there with it.

SECTOR_SHIFT    equ 9
BOUNCE_SEGMENT  equ BOUNCE_ADDR / 16
; Of the scratch, down from its end. Not the loader's own: that shares its page with the first sector's code, and a processor
; that is emulated looks for changed instructions there at every store.
UNPACK_STACK    equ BOUNCE_ADDR

extern e820_read, memory_source_name                    ; core/e820.c
extern image_place, image_place_sentence                ; boot/place.c
extern image_header_refusal, image_unpack, image_damage ; boot/image.c

section .text

; image_read_header: the header into `header`, checked. Clobbers all.
image_read_header:
        mov     edx, loader_sectors
        mov     cx, 1
        mov     bx, BOUNCE_SEGMENT
        call    disk_read
        mov     ebx, .check
        call    protected_call
        test    eax, eax
        mov     si, ax
        jnz     fail
        ret
bits 32
.check: mov     esi, BOUNCE_ADDR
        mov     edi, header
        mov     ecx, IMAGE_HEADER_BYTES
        rep     movsb
        push    dword header
        call    image_header_refusal
        add     esp, 4
        ret
bits 16

; image_choose_address: asks the C code what the firmware's answers leave for the image, and notes it in the
; handoff. A refusal shows the memory map that it rests on. Clobbers all.
image_choose_address:
        mov     ebx, .choose
        call    protected_call
        test    eax, eax
        jz      .done
        mov     si, ax
        call    say_loader
        call    say_map
        jmp     fail_line_end
.done:  ret
bits 32
.choose:
        push    dword LOADER_SCRATCH_ADDR
        push    dword HANDOFF_ADDR
        call    e820_read
        push    dword [LOADER_SCRATCH_ADDR + E820_LIST_SOURCE]
        call    memory_source_name
        mov     [map_source], eax
        push    dword image_address
        push    dword [header + IMAGE_AT_MEMORY_BYTES]
        push    dword [LOADER_SCRATCH_ADDR + E820_LIST_COUNT]
        push    dword LOADER_SCRATCH_ADDR + E820_LIST_ENTRIES
        call    image_place
        add     esp, 7 * 4
        test    eax, eax                                ; PLACE_OK: no sentence
        jz      .chosen
        push    eax
        call    image_place_sentence
        add     esp, 4
        ret
.chosen:
        mov     ecx, [image_address]
        mov     [HANDOFF_ADDR + HANDOFF_AT_IMAGE_START], ecx
        add     ecx, [header + IMAGE_AT_MEMORY_BYTES]
        mov     [HANDOFF_ADDR + HANDOFF_AT_IMAGE_END], ecx
        ret
bits 16

; image_load: reads the packed file piece by piece into the bounce buffer and copies each piece up, to the end of what will
; be the image's memory. Clobbers all.
image_load:
        mov     ebp, [header + IMAGE_AT_PACKED_BYTES]
        add     ebp, IMAGE_HEADER_BYTES + SECTOR_BYTES - 1
        shr     ebp, SECTOR_SHIFT                       ; sectors to go
        mov     edx, loader_sectors                     ; the next one
        lea     eax, [ebp + edx]
        shl     eax, SECTOR_SHIFT
        push    es
        push    HANDOFF_SEGMENT
        pop     es
        mov     [es:HANDOFF_AT_LOADED_BYTES], eax
        pop     es
        mov     edi, [image_address]
        add     edi, [header + IMAGE_AT_MEMORY_BYTES]
        mov     eax, ebp
        shl     eax, SECTOR_SHIFT
        sub     edi, eax
        mov     [packed_address], edi
.piece: mov     ecx, BOUNCE_SECTORS
        cmp     ecx, ebp
        jbe     .read
        mov     ecx, ebp
.read:  mov     bx, BOUNCE_SEGMENT
        call    disk_read
        add     edx, ecx
        sub     ebp, ecx
        mov     ebx, .copy
        call    protected_call
        test    ebp, ebp
        jnz     .piece
        ret
bits 32
.copy:  mov     esi, BOUNCE_ADDR
        shl     ecx, SECTOR_SHIFT - 2
        rep     movsd
        ret
bits 16

; image_verify: unpacks the image, and reads it back where it now lies. Clobbers all.
image_verify:
        mov     ebx, .verify
        call    protected_call
        test    eax, eax
        mov     si, ax
        jnz     fail
        ret
bits 32
.verify:
        mov     ebp, esp                                ; C keeps it
        mov     esp, UNPACK_STACK
        push    dword [image_address]
        mov     eax, [packed_address]
        add     eax, IMAGE_HEADER_BYTES
        push    eax
        push    dword header
        call    image_unpack
        add     esp, 2 * 4                              ; both routines take the image last
        test    eax, eax
        jnz     .end
        push    dword header
        call    image_damage
.end:   mov     esp, ebp
        ret
bits 16

; image_announce: the one line of a loader that has succeeded. Clobbers all.
image_announce:
        mov     si, text_kernel_at
        call    say_loader
        mov     eax, [image_address]
        call    say_hex32
        mov     si, text_line_end
        jmp     say

section .rodata
text_kernel_at: db "kernel at 0x", 0

section .bss
                alignb 8
image_address:  resq 1
packed_address: resd 1
header:         resb IMAGE_HEADER_BYTES                 ; struct image_header
