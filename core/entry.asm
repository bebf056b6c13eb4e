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

global kernel_entry, entry_timestamp, boot_stack_guard, boot_stack_bottom, boot_stack_top, ist_stacks, spare_stack_top
extern kmain, traps_load
extern boot_cpu                                 ; core/percpu.c
; boot/kernel.ld
extern image_base, image_file_bytes, image_memory_bytes, image_bss_start, image_bss_words
extern image_file_end, image_data_end
extern image_data_words, image_rodata_gap_words, image_rodata_words, image_text_gap_words

STACK_BYTES     equ 4 * BLOCK_BYTES
ISTS            equ 4
MSR_GS_BASE     equ 0xC0000101  ; AMD APM vol. 2, 3.1.8
MSR_KERNEL_GS_BASE equ 0xC0000102
tss             equ boot_cpu + PERCPU_AT_TSS

; struct image_header (boot/image.h); tests/tools/mkimage.py fills in the checksum and the packed size.
section .header progbits alloc noexec nowrite align=8
        dd      0x53534554, 0x41524541
        dd      image_file_bytes
        dd      image_memory_bytes
        dq      image_base
        dq      kernel_entry
        dd      0
        dd      2
        dd      0, 0

section .text
kernel_entry:
        cld
        rdtsc
        mov     r14d, eax
        mov     r15d, edx
        mov     rbx, rdi                        ; the handoff
        mov     rsp, boot_stack_top

        call    sections_spread
        mov     rdi, image_bss_start
        mov     ecx, image_bss_words
        xor     eax, eax
        rep stosq
        mov     [entry_timestamp], r14d
        mov     [entry_timestamp + 4], r15d

        call    segments_load
        call    percpu_load
        call    traps_load
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
        mov     word [tss + TSS_AT_IO_MAP], TSS_BYTES           ; no I/O map
        mov     rax, ist_stacks
        mov     ecx, ISTS
        mov     rdx, tss + TSS_AT_IST
.stack: add     rax, IST_BYTES
        mov     [rdx], rax
        add     rdx, 8
        dec     ecx
        jnz     .stack

        mov     rax, tss                        ; the base lies in four pieces (Intel SDM vol. 3A, 8.2.3)
        lea     rdx, [gdt + SEGMENT_TSS]
        mov     [rdx + 2], ax
        shr     rax, 16
        mov     [rdx + 4], al
        mov     [rdx + 7], ah
        shr     rax, 16
        mov     [rdx + 8], eax

        lgdt    [gdt_pointer]
        mov     eax, SEGMENT_KERNEL_DATA
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        xor     eax, eax
        mov     fs, eax
        mov     gs, eax
        mov     eax, SEGMENT_TSS
        ltr     ax
        pop     rax
        push    SEGMENT_KERNEL_CODE
        push    rax
        retfq

; percpu_load: from here on gs leads to what the processor calls its own (core/percpu.h); ring 3's is 0, whatever was there
; before: INIT clears no MSR, and core/trap.asm tells the two apart by their sign.
;   uses  rax rcx rdx
percpu_load:
        mov     rax, boot_cpu
        mov     [rax + PERCPU_AT_SELF], rax
        mov     rdx, rax
        shr     rdx, 32
        mov     ecx, MSR_GS_BASE
        wrmsr
        xor     eax, eax
        xor     edx, edx
        mov     ecx, MSR_KERNEL_GS_BASE
        wrmsr
        ret

section .rodata
gdt_pointer:
        dw      gdt_end - gdt - 1
        dq      gdt

section .data
align 8
gdt:    dq      0                               ; in the order that syscall and sysret want (AMD APM vol. 2, 6.1.1)
        dq      0x00209A0000000000              ; SEGMENT_KERNEL_CODE: 64-bit, ring 0
        dq      0x0000920000000000              ; SEGMENT_KERNEL_DATA
        dq      0x0000F20000000000              ; SEGMENT_USER_DATA: ring 3
        dq      0x0020FA0000000000              ; SEGMENT_USER_CODE: 64-bit, ring 3
        dq      0x0000890000000000 | (TSS_BYTES - 1)            ; SEGMENT_TSS: two slots, base filled in above
        dq      0
        dq      0x0000120000000000              ; not present: for core/crash.asm
gdt_end:

section .bss
entry_timestamp:
        resq    1
; The page under the stack is never mapped: an overflow is a double fault on a stack of its own, not a corruption.
alignb BLOCK_BYTES
boot_stack_guard:
        resb    BLOCK_BYTES
boot_stack_bottom:
        resb    STACK_BYTES
boot_stack_top:
ist_stacks:
        resb    ISTS * IST_BYTES
        resb    BLOCK_BYTES
spare_stack_top:
