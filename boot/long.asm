; From real mode to the kernel's first instruction: page tables that map what both sides of the jump stand on,
; 64-bit mode, NX (Intel SDM vol. 3A, 4.5 and 10.8.5). The kernel soon replaces the tables.

PAGE_PRESENT    equ 1
PAGE_WRITE      equ 2
PAGE_LARGE      equ 0x80
PAGE_TABLE      equ PAGE_PRESENT | PAGE_WRITE

CR4_PAE         equ 1 << 5
CR0_PG          equ 1 << 31
MSR_EFER        equ 0xC0000080
EFER_LME        equ 1 << 8
EFER_NXE        equ 1 << 11

; One page each, in BOOT_TABLES_BYTES.
PML4            equ BOOT_TABLES_ADDR
LOW_PDPT        equ PML4 + BLOCK_BYTES
LOW_PD          equ LOW_PDPT + BLOCK_BYTES
IMAGE_PDPT      equ LOW_PD + BLOCK_BYTES
IMAGE_PD        equ IMAGE_PDPT + BLOCK_BYTES
IMAGE_PT        equ IMAGE_PD + BLOCK_BYTES
%if IMAGE_PT + BLOCK_BYTES != BOOT_TABLES_ADDR + BOOT_TABLES_BYTES
%error "BOOT_TABLES_BYTES does not match the page tables"
%endif

section .text

; kernel_enter: does not return. The kernel finds rdi = HANDOFF_ADDR, a stack below BOOT_SECTOR_ADDR, interrupts off.
kernel_enter:
        mov     ebx, .enter
        jmp     protected_call
bits 32
.enter:
        call    tables_clear
        call    tables_map_low
        call    tables_map_image
        mov     eax, cr4
        or      eax, CR4_PAE
        mov     cr4, eax
        mov     eax, PML4
        mov     cr3, eax
        mov     ecx, MSR_EFER
        rdmsr
        or      eax, EFER_LME | EFER_NXE
        wrmsr
        mov     eax, cr0
        or      eax, CR0_PG
        mov     cr0, eax
        jmp     GDT_CODE64:.long
bits 64
.long:  mov     ax, GDT_DATA                            ; ds, es and ss have it since protected_call
        mov     fs, ax
        mov     gs, ax
        mov     edi, HANDOFF_ADDR
        mov     esp, BOOT_SECTOR_ADDR
        mov     rax, [header + IMAGE_AT_ENTRY]
        jmp     rax
bits 32

tables_clear:
        mov     edi, BOOT_TABLES_ADDR
        mov     ecx, BOOT_TABLES_BYTES / 4
        xor     eax, eax
        rep     stosd
        ret

; The first 2 MiB at their own addresses: this code, its stack, the handoff.
tables_map_low:
        mov     dword [PML4], LOW_PDPT | PAGE_TABLE
        mov     dword [LOW_PDPT], LOW_PD | PAGE_TABLE
        mov     dword [LOW_PD], PAGE_TABLE | PAGE_LARGE
        ret

; The image, page by page, where it is linked. The header has been checked: the base is a multiple of 2 MiB in the
; upper half, and the image no longer than that.
tables_map_image:
        mov     ebx, [header + IMAGE_AT_VIRTUAL_BASE]
        mov     edx, [header + IMAGE_AT_VIRTUAL_BASE + 4]
        mov     eax, edx
        shr     eax, 39 - 32
        and     eax, 511
        mov     dword [PML4 + eax * 8], IMAGE_PDPT | PAGE_TABLE
        shld    edx, ebx, 2                             ; bits 30 and up
        and     edx, 511
        mov     dword [IMAGE_PDPT + edx * 8], IMAGE_PD | PAGE_TABLE
        shr     ebx, 21
        and     ebx, 511
        mov     dword [IMAGE_PD + ebx * 8], IMAGE_PT | PAGE_TABLE
        mov     edi, IMAGE_PT
        mov     eax, [image_address]
        or      eax, PAGE_TABLE
        mov     ecx, [header + IMAGE_AT_MEMORY_BYTES]
        shr     ecx, 12
.page:  mov     [edi], eax
        add     edi, 8
        add     eax, BLOCK_BYTES
        loop    .page
        ret
bits 16
