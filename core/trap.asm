; The 256 ways into the kernel, and the table that leads to them: exceptions (0 to 31) end in trap_exception, interrupts
; (32 to 255) in interrupt_arrived.
;
; Every vector has a stub of STUB_BYTES that pushes the vector and goes on to the common path of its kind. A short jump
; reaches over GROUP stubs only, so each group but the last ends with a near jump that its stubs share. The vectors run
; downwards, so that the exceptions, some of which come with an error code, stand right before their common path.
; The table is filled in at run time, by traps_load, because a gate holds the address of its stub in three pieces,
; which no relocation can express.
;
; In the kernel gs always leads to struct percpu; the way in sees to that, and the way out.
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"

global traps_load
extern trap_exception, interrupt_arrived
; core/entry.asm: where the stacks that are no thread's begin, and where the last of them ends
extern ist_stacks, spare_stack_top

STUB_BYTES      equ 4
GROUP           equ 32
HOP_BYTES       equ 5           ; the near jump
GATE_INTERRUPT  equ 0x8E        ; present, ring 0, 64-bit interrupt gate (Intel SDM vol. 3A, 6.14.1)
MSR_GS_BASE     equ 0xC0000101

; vectors whose error code the processor pushes: 8, 10 to 14, 17, 21, 29, 30
HAS_ERROR       equ 1 << 8 | 0x1F << 10 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30

; Nobody's flags.AC may lift SMAP for who goes on: ring 3 can set it, a kernel thread has it set where it touches user
; pages, and no gate clears it. Who is gone back to has its own again by iretq.
%macro forbid_user_pages 0
        cmp     byte [gs:PERCPU_AT_SMAP], 0
        je      %%done
        clac
%%done:
%endmacro

section .text

trap_stubs:
%assign vector TRAP_VECTORS - 1
%rep TRAP_VECTORS
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
        jmp     strict near interrupt_common
    %endif
  %endif
  %assign vector vector - 1
%endrep

trap_with_error:
        jmp     short trap_common
trap_without_error:
        push    qword [rsp]
        mov     qword [rsp + 8], 0

; Completes struct trap_frame (core/trap.h). Some exceptions can strike between ring 3 and the swapgs of a way in or out,
; so it is gs itself that says whether it is the kernel's: ring 3 can only load bases of 32 bits into it.
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
        xor     ebx, ebx
        mov     ecx, MSR_GS_BASE
        rdmsr
        test    edx, edx
        js      .ours
        swapgs
        inc     ebx
.ours:  forbid_user_pages
        mov     r12, rsp
        mov     rdi, rsp
        and     qword [rdi + 16 * 8], 0xFF              ; the vector again, not signed
        cmp     rsp, ist_stacks                         ; what follows may need more than is left of a thread's stack
        jb      .leave
        cmp     rsp, spare_stack_top
        jb      .stay
.leave: mov     rsp, spare_stack_top
.stay:  and     rsp, -16
        call    trap_exception
        mov     rsp, r12
        test    ebx, ebx
        jz      .back
        swapgs
.back:  pop     rax                                     ; cr2
        pop     rax
        pop     rbx
        pop     rcx
        pop     rdx
        pop     rsi
        pop     rdi
        pop     rbp
        pop     r8
        pop     r9
        pop     r10
        pop     r11
        pop     r12
        pop     r13
        pop     r14
        pop     r15
        add     rsp, 16                                 ; vector and error code
        iretq

; Interrupts keep what C functions may change; the rest is kept by whoever switches to another thread.
FRAME_CS        equ 2 * 8                               ; from the vector that the stub has pushed
interrupt_common:
        test    byte [rsp + FRAME_CS], 3
        jz      .ours
        swapgs
.ours:  forbid_user_pages
        push    rax
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    r8
        push    r9
        push    r10
        push    r11
        movzx   edi, byte [rsp + 9 * 8]
        cld
        sub     rsp, 8                                  ; six words from an aligned stack, and nine
        call    interrupt_arrived
        add     rsp, 8
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rax
        test    byte [rsp + FRAME_CS], 3
        jz      .back
        swapgs
.back:  add     rsp, 8
        iretq

; traps_load: fill in the table of interrupts and load it.
;   in    bss cleared, the TSS loaded
;   uses  rax rcx rdx rdi
traps_load:
        mov     ecx, TRAP_VECTORS - 1
        lea     rdi, [idt + (TRAP_VECTORS - 1) * 16]
        lea     rax, [trap_stubs]
.gate:  mov     [rdi], ax                       ; address, bits 0 to 15
        mov     word [rdi + 2], SEGMENT_KERNEL_CODE
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
        mov     byte [idt + 1 * 16 + 4], IST_DEBUG
        mov     byte [idt + 2 * 16 + 4], IST_NMI
        mov     byte [idt + 8 * 16 + 4], IST_DOUBLE_FAULT
        mov     byte [idt + 18 * 16 + 4], IST_MACHINE_CHECK
        lidt    [idt_pointer]
        ret

section .rodata
idt_pointer:
        dw      TRAP_VECTORS * 16 - 1
        dq      idt

section .bss
alignb 16
idt:    resb    TRAP_VECTORS * 16
