; The 256 ways into trap_report, and the table that leads to them.
;
; Every vector has a stub of STUB_BYTES that pushes the vector and goes on to the common path, which brings the stack
; to one form (an error code, real or 0, then the vector). A short jump reaches over GROUP stubs only, so each group
; but the last ends with a near jump that its stubs share. The vectors run downwards, so that the exceptions, some of
; which come with an error code, stand right before the common path.
; The table is filled in at run time, by traps_load, because a gate holds the address of its stub in three pieces,
; which no relocation can express.
bits 64
default rel

global traps_load
extern trap_report

STUB_BYTES      equ 4
VECTORS         equ 256
GROUP           equ 32
HOP_BYTES       equ 5           ; the near jump
KERNEL_CODE     equ 0x08        ; core/entry.asm's GDT
GATE_INTERRUPT  equ 0x8E        ; present, ring 0, 64-bit interrupt gate (Intel SDM vol. 3A, 6.14.1)
IST_DOUBLE      equ 1           ; core/entry.asm's TSS: the stacks of those that may strike with a bad one
IST_NMI         equ 2
IST_MACHINE     equ 3

; vectors whose error code the processor pushes: 8, 10 to 14, 17, 21, 29, 30
HAS_ERROR       equ 1 << 8 | 0x1F << 10 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30

section .text

trap_stubs:
%assign vector VECTORS - 1
%rep VECTORS
        push    strict byte vector - vector / 128 * 256         ; signed, which is how push takes a byte
  %assign group vector / GROUP
  %if group == 0 && (HAS_ERROR >> vector) & 1
        jmp     short trap_with_error
  %elif group == 0
        jmp     short trap_without_error
  %else
        jmp     short trap_hop_%[group]
    %if vector % GROUP == 0
trap_hop_%[group]:
        jmp     strict near trap_without_error
    %endif
  %endif
  %assign vector vector - 1
%endrep

trap_with_error:
        jmp     short trap_common
trap_without_error:
        push    qword [rsp]
        mov     qword [rsp + 8], 0

; Completes struct trap_frame (core/trap.h) and hands it over. trap_report does not return.
trap_common:
        push    r15
        push    r14
        push    r13
        push    r12
        push    r11
        push    r10
        push    r9
        push    r8
        push    rbp
        push    rdi
        push    rsi
        push    rdx
        push    rcx
        push    rbx
        push    rax
        mov     rax, cr2
        push    rax
        cld
        mov     rdi, rsp
        and     qword [rdi + 16 * 8], 0xFF              ; the vector again, not signed
        and     rsp, -16
        call    trap_report
.back:  cli
        hlt
        jmp     .back

; traps_load: fill in the table of interrupts and load it.
;   in    bss cleared, the TSS loaded
;   uses  rax rcx rdx rdi
traps_load:
        mov     ecx, VECTORS - 1
        lea     rdi, [idt + (VECTORS - 1) * 16]
        lea     rax, [trap_stubs]
.gate:  mov     [rdi], ax                       ; address, bits 0 to 15
        mov     word [rdi + 2], KERNEL_CODE
        mov     byte [rdi + 5], GATE_INTERRUPT
        mov     rdx, rax
        shr     rdx, 16
        mov     [rdi + 6], dx                   ; bits 16 to 31
        shr     rdx, 16
        mov     [rdi + 8], edx                  ; bits 32 to 63
        add     rax, STUB_BYTES
        sub     rdi, 16
        test    cl, GROUP - 1
        jnz     .next
        add     rax, HOP_BYTES
.next:  dec     ecx
        jns     .gate
        mov     byte [idt + 8 * 16 + 4], IST_DOUBLE
        mov     byte [idt + 2 * 16 + 4], IST_NMI
        mov     byte [idt + 18 * 16 + 4], IST_MACHINE
        lidt    [idt_pointer]
        ret

section .rodata
idt_pointer:
        dw      VECTORS * 16 - 1
        dq      idt

section .bss
alignb 16
idt:    resb    VECTORS * 16
