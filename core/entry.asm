; The image header, and the way from the loader's jump to the first C instruction.
;
; kernel_entry: 64-bit mode, paging on with the image mapped at KERNEL_BASE, NX enabled, interrupts off.
;   in    rdi  physical address of struct handoff
;   out   never returns
; Nothing is assumed of memory: bss is cleared here, before it is used. Only .text is where it is linked.
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"

global kernel_entry, entry_timestamp, stack_guard, stack_bottom
extern kmain, traps_load
; boot/kernel.ld
extern image_base, image_file_bytes, image_memory_bytes, image_bss_start, image_bss_words
extern image_file_end, image_data_end
extern image_data_words, image_rodata_gap_words, image_rodata_words, image_text_gap_words

STACK_BYTES     equ 4 * BLOCK_BYTES
IST_BYTES       equ BLOCK_BYTES
KERNEL_CODE     equ 0x08
KERNEL_DATA     equ 0x10
KERNEL_TSS      equ 0x18
TSS_BYTES       equ 104
TSS_IST1        equ 36          ; Intel SDM vol. 3A, figure 8-11
TSS_IO_MAP      equ 102

; struct image_header (boot/image.h); tests/tools/mkimage.py fills in the checksum.
section .header progbits alloc noexec nowrite align=8
        dd      0x53534554, 0x41524541
        dd      image_file_bytes
        dd      image_memory_bytes
        dq      image_base
        dq      kernel_entry
        dd      0
        dd      1

section .text
kernel_entry:
        cld
        rdtsc
        mov     r14d, eax
        mov     r15d, edx
        mov     rbx, rdi                        ; the handoff
        mov     rsp, stack_top

        call    sections_spread
        mov     rdi, image_bss_start
        mov     ecx, image_bss_words
        xor     eax, eax
        rep stosq
        mov     [entry_timestamp], r14d
        mov     [entry_timestamp + 4], r15d

        call    segments_load
        call    traps_load                      ; from here on every exception is reported
        mov     rdi, rbx
        xor     ebp, ebp                        ; the end of the chain of frames
        call    kmain                           ; does not return
.back:  cli
        hlt
        jmp     .back

; sections_spread: .data and .rodata from behind .text, where the file has them, up to the pages where they are linked,
; and zeros into the gaps. Everything moves upwards, so the last word goes first, and rsi and rdi just run down.
;   uses  rax rcx rsi rdi
sections_spread:
        lea     rsi, [image_file_end - 8]
        lea     rdi, [image_data_end - 8]
        xor     eax, eax
        std
        mov     ecx, image_data_words
        rep movsq
        mov     ecx, image_rodata_gap_words
        rep stosq
        mov     ecx, image_rodata_words
        rep movsq
        mov     ecx, image_text_gap_words
        rep stosq
        cld
        ret

; segments_load: our own GDT and TSS in place of the loader's.
;   uses  rax rcx rdx
segments_load:
        mov     word [tss + TSS_IO_MAP], TSS_BYTES              ; no I/O map
        mov     rax, ist_stacks + IST_BYTES
        mov     [tss + TSS_IST1], rax
        add     rax, IST_BYTES
        mov     [tss + TSS_IST1 + 8], rax
        add     rax, IST_BYTES
        mov     [tss + TSS_IST1 + 16], rax

        mov     rax, tss                        ; the base lies in four pieces (Intel SDM vol. 3A, 8.2.3)
        lea     rdx, [gdt + KERNEL_TSS]
        mov     [rdx + 2], ax
        shr     rax, 16
        mov     [rdx + 4], al
        mov     [rdx + 7], ah
        shr     rax, 16
        mov     [rdx + 8], eax

        lgdt    [gdt_pointer]
        mov     eax, KERNEL_DATA
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        xor     eax, eax
        mov     fs, eax
        mov     gs, eax
        mov     eax, KERNEL_TSS
        ltr     ax
        pop     rax
        push    KERNEL_CODE
        push    rax
        retfq

section .rodata
gdt_pointer:
        dw      gdt_end - gdt - 1
        dq      gdt

section .data
align 8
gdt:    dq      0
        dq      0x00209A0000000000              ; KERNEL_CODE: 64-bit, ring 0
        dq      0x0000920000000000              ; KERNEL_DATA
        dq      0x0000890000000000 | (TSS_BYTES - 1)            ; KERNEL_TSS: two slots, base filled in above
        dq      0
gdt_end:

section .bss
entry_timestamp:
        resq    1
alignb 16
tss:    resb    TSS_BYTES

; The page under the stack is never mapped: an overflow is a double fault on a stack of its own, not a corruption.
alignb BLOCK_BYTES
stack_guard:
        resb    BLOCK_BYTES
stack_bottom:
        resb    STACK_BYTES
stack_top:
ist_stacks:
        resb    3 * IST_BYTES
