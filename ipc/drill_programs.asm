; Programs for ring 3 that try one thing each, for ipc/drill_user.c, which copies them to a page of their own. Each ends by an
; exception: if all was well until its end by vector 6, with GOOD in rax; elsewhere by what it provokes.
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"

global drill_programs, drill_program_count

CODE            equ 0x400000    ; ipc/drill_user.c maps code there, and DATA writable, with the stack at its end
DATA            equ 0x500000
KERNEL          equ 0xFFFFFFFF80000000
GOOD            equ 0x600D
ROUNDS          equ 2000000     ; long enough to lose the processor many times
FLAG_AC         equ 1 << 18

%macro ends_well 0
        mov     eax, GOOD
        ud2
%endmacro

section .text

p_registers:                                    ; nothing of the kernel's is left in a register
        or      rax, rbx
        or      rax, rcx
        or      rax, rdx
        or      rax, rsi
        or      rax, rdi
        or      rax, rbp
        or      rax, r8
        or      rax, r9
        or      rax, r10
        or      rax, r11
        or      rax, r12
        or      rax, r13
        or      rax, r14
        or      rax, r15
        jnz     .bad
        ends_well
.bad:   ud2
p_registers_end:

p_null:
        mov     eax, [abs 8]
p_null_end:

p_kernel:                                       ; its image is mapped, but not for ring 3
        mov     rbx, KERNEL
        mov     rax, [rbx]
p_kernel_end:

p_text:
        mov     [abs qword CODE], rax
p_text_end:

p_data:
        mov     eax, DATA
        mov     byte [rax], 0xC3                ; ret
        call    rax
p_data_end:

p_below_stack:
        sub     rsp, 8192
        push    rax
p_below_stack_end:

p_masking:
        cli
p_masking_end:

p_port:
        in      al, 0x60
p_port_end:

p_breakpoint:                                   ; the gates are the kernel's
        int3
p_breakpoint_end:

p_swapgs:
        swapgs
p_swapgs_end:

p_tables:                                       ; UMIP: where the kernel's tables are is nobody's business
        sgdt    [rsp - 16]
        ends_well
p_tables_end:

p_gs_base:                                      ; only the kernel sets a base of 64 bits
        xor     eax, eax
        wrgsbase rax
p_gs_base_end:

p_address:
        mov     rbx, 1 << 62
        jmp     rbx
p_address_end:

p_divide:
        xor     edx, edx
        xor     ecx, ecx
        div     ecx
p_divide_end:

p_fpu_error:
        push    0x0340                          ; every error is an exception
        fldcw   [rsp]
        fld1
        fldz
        fdivp
        fwait
p_fpu_error_end:

p_hostile_state:                                ; what ring 3 can set must not reach the kernel's interrupts
        mov     eax, SEGMENT_USER_DATA
        mov     gs, eax
        mov     fs, eax
        pushfq
        or      qword [rsp], FLAG_AC
        popfq
        std
        mov     ecx, ROUNDS
.again: dec     ecx
        jnz     .again
        cld
        ends_well
p_hostile_state_end:

p_fpu_clean:                                    ; the first use finds nothing of others
        xor     ebx, ebx
%assign i 0
%rep 16
        movq    rax, xmm%[i]
        or      rbx, rax
        psrldq  xmm%[i], 8
        movq    rax, xmm%[i]
        or      rbx, rax
  %assign i i + 1
%endrep
        jnz     .bad
        fnstsw  ax
        test    eax, eax
        jnz     .bad
        ends_well
.bad:   ud2
p_fpu_clean_end:

%macro keeps 1                                  ; a pattern stays where it is while others use theirs
        mov     eax, %1
        movd    xmm0, eax
        pshufd  xmm0, xmm0, 0
        movaps  xmm7, xmm0
        movaps  xmm15, xmm0
        push    %1
        fild    dword [rsp]
        mov     ecx, ROUNDS
%%again:
        movd    ebx, xmm15
        movd    edx, xmm7
        cmp     ebx, eax
        jne     %%bad
        cmp     edx, eax
        jne     %%bad
        dec     ecx
        jnz     %%again
        fistp   dword [rsp]
        cmp     dword [rsp], %1
        jne     %%bad
        ends_well
%%bad:  xor     eax, eax
        ud2
%endmacro

p_keeps_one:
        keeps   0x11111111
p_keeps_one_end:
p_keeps_two:
        keeps   0x22222222
p_keeps_two_end:

; struct program of ipc/drill_user.c: name, code, vector that it ends by, and whether that needs UMIP
%macro program 3-4 0
        dq      %2, %2_end
        dd      %3, %4
%%name: db      %1, 0
        times 24 - ($ - %%name) db 0
%endmacro

section .rodata
align 8
drill_programs:
        program "registers", p_registers, 6
        program "fpu-clean", p_fpu_clean, 6
        program "keeps-one", p_keeps_one, 6
        program "keeps-two", p_keeps_two, 6
        program "hostile-state", p_hostile_state, 6
        program "null", p_null, 14
        program "kernel", p_kernel, 14
        program "text", p_text, 14
        program "data", p_data, 14
        program "below-stack", p_below_stack, 14
        program "masking", p_masking, 13
        program "port", p_port, 13
        program "breakpoint", p_breakpoint, 13
        program "swapgs", p_swapgs, 13
        program "tables", p_tables, 13, 1
        program "gs-base", p_gs_base, 6
        program "address", p_address, 13
        program "divide", p_divide, 0
        program "fpu-error", p_fpu_error, 16
drill_program_count:
        dq      ($ - drill_programs) / 48
