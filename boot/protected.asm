; Visits to 32-bit protected mode, where all memory below 4 GiB is in reach and C runs. BIOS calls happen in
; between, in real mode.

CR0_PE          equ 1

section .rodata
                align 8
gdt:            dq 0
GDT_CODE32      equ $ - gdt
                dq 0x00CF9A000000FFFF                   ; flat, 4 GiB
GDT_DATA        equ $ - gdt
                dq 0x00CF92000000FFFF
GDT_CODE16      equ $ - gdt
                dq 0x00009A000000FFFF                   ; 64 KiB: what real mode needs cached
GDT_DATA16      equ $ - gdt
                dq 0x000092000000FFFF
GDT_CODE64      equ $ - gdt
                dq 0x00AF9A000000FFFF
gdt_end:
gdt_pointer:    dw gdt_end - gdt - 1
                dd gdt

section .text

; protected_call: calls a 32-bit routine with flat segments, interrupts off.
;   in   ebx  the routine; it finds ecx, edx, esi, edi, ebp as they are here
;   out  what the routine leaves in the registers; ebx is clobbered. ds, es, ss 0, interrupts on.
protected_call:
        cli
        movzx   esp, sp                                 ; the upper half is real mode's to garble
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, CR0_PE
        mov     cr0, eax
        jmp     dword GDT_CODE32:.protected
bits 32
.protected:
        mov     ax, GDT_DATA
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        call    ebx
        jmp     GDT_CODE16:.leave
bits 16
.leave: mov     bx, GDT_DATA16
        mov     ds, bx
        mov     es, bx
        mov     ss, bx
        mov     ebx, cr0
        and     bl, ~CR0_PE
        mov     cr0, ebx
        jmp     0:.real
.real:  xor     bx, bx
        mov     ds, bx
        mov     es, bx
        mov     ss, bx
        cld
        sti
        ret

; What C compilers call without being asked; the linker drops it where this one has not.
bits 32
global memcpy, memset

section .text.memcpy progbits alloc exec nowrite align=1
; void *memcpy(void *to, const void *from, size_t bytes)
memcpy:
        push    esi
        push    edi
        mov     edi, [esp + 12]
        mov     esi, [esp + 16]
        mov     ecx, [esp + 20]
        mov     eax, edi
        rep     movsb
        pop     edi
        pop     esi
        ret

section .text.memset progbits alloc exec nowrite align=1
; void *memset(void *to, int value, size_t bytes)
memset:
        push    edi
        mov     edi, [esp + 8]
        mov     eax, [esp + 12]
        mov     ecx, [esp + 16]
        rep     stosb
        mov     eax, [esp + 8]
        pop     edi
        ret
bits 16
