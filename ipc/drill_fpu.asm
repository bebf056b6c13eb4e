; Programs for ring 3 that call each other with floating-point registers, or without, for ipc/drill_fpu.c: what one has there stays
; there, and nobody sees it but itself. Each ends with GOOD if that was so.
bits 64
default rel

global fpu_server, fpu_server_end, fpu_caller, fpu_caller_end, fpu_late, fpu_late_end

DATA            equ 0x500000    ; ipc/trial.h
HANDLES         equ 1024        ; struct told of ipc/drill_fpu.c: two that answer
ROUNDS          equ 1040
PATTERN         equ 1048
GOOD            equ 0x600D

; enum syscall (ipc/syscall.h)
SYSCALL_CALL    equ 1
SYSCALL_RECEIVE equ 3
SYSCALL_REPLY_RECEIVE equ 5
SYSCALL_YIELD   equ 9
SYSCALL_EXIT    equ 10
CONTROL         equ 0x0F7F      ; of the x87: as at first, but rounding towards zero
MXCSR           equ 0x7F80      ; of SSE: the same

%macro ends 1
        mov     rdi, %1
        mov     eax, SYSCALL_EXIT
        syscall
%endmacro

; own: every register gets the pattern in eax
%macro own 0
        push    CONTROL
        fldcw   [rsp]
        mov     dword [rsp], MXCSR
        ldmxcsr [rsp]
        pop     rcx
        movd    xmm0, eax
        pshufd  xmm0, xmm0, 0
  %assign i 1
  %rep 15
        movdqa  xmm%[i], xmm0
    %assign i i + 1
  %endrep
        push    rax
        fild    dword [rsp]
        pop     rcx
%endmacro

; kept: jumps to .bad if one of them has not; it is in eax. Uses rcx, rdx
%macro kept 0
  %assign i 0
  %rep 16
        movd    ecx, xmm%[i]
        psrldq  xmm%[i], 12
        movd    edx, xmm%[i]
        pshufd  xmm%[i], xmm%[i], 0
        cmp     ecx, eax
        jne     .bad
        cmp     edx, eax
        jne     .bad
    %assign i i + 1
  %endrep
        push    0
        fist    dword [rsp]
        pop     rcx
        cmp     ecx, eax
        jne     .bad
        push    0
        fnstcw  [rsp]
        pop     rcx
        cmp     ecx, CONTROL
        jne     .bad
        push    0
        stmxcsr [rsp]
        pop     rcx
        and     ecx, 0xFFC0                     ; without the exceptions that there were
        cmp     ecx, MXCSR
        jne     .bad
%endmacro

section .text

fpu_caller:
        mov     ebx, DATA
        mov     eax, [rbx + PATTERN]
        own
        kept
        mov     rcx, [rbx + ROUNDS]
.again: push    rcx
        and     ecx, 1
        mov     rdi, [rbx + HANDLES + rcx * 8]
        mov     ebp, 2
        mov     eax, SYSCALL_CALL
        syscall
        test    eax, eax
        jnz     .bad
        mov     ebx, DATA
        mov     eax, [rbx + PATTERN]
        kept
        pop     rcx
        dec     rcx
        jnz     .again
        ends    GOOD
.bad:   ends    0
fpu_caller_end:

; Has none at first: then what it finds is what everybody finds, and the general registers that a call does not need are its own.
fpu_late:
        mov     ebx, DATA
        mov     rcx, [rbx + ROUNDS]
.again: push    rcx
        and     ecx, 1
        mov     rdi, [rbx + HANDLES + rcx * 8]
        mov     ebp, 2
        mov     eax, SYSCALL_CALL
        syscall
        test    eax, eax
        jnz     .bad
        mov     ebx, 0xB0
        mov     ebp, 0xB1
        mov     r12d, 0xB2
        mov     r13d, 0xB3
        mov     r14d, 0xB4
        mov     r15d, 0xB5
        mov     eax, SYSCALL_YIELD
        syscall
        or      rax, rsi
        or      rax, rdx
        or      rax, rdi
        or      rax, r8
        or      rax, r9
        or      rax, r10
        jnz     .bad
        sub     ebx, 0xB0
        sub     ebp, 0xB1
        sub     r12d, 0xB2
        sub     r13d, 0xB3
        sub     r14d, 0xB4
        sub     r15d, 0xB5
        or      rbx, rbp
        or      rbx, r12
        or      rbx, r13
        or      rbx, r14
        or      rbx, r15
        jnz     .bad
        mov     ebx, DATA
        pop     rcx
        dec     rcx
        jnz     .again
  %assign i 0
  %rep 16
        movq    rax, xmm%[i]
        or      rbx, rax
        psrldq  xmm%[i], 8
        movq    rax, xmm%[i]
        or      rbx, rax
    %assign i i + 1
  %endrep
        cmp     rbx, DATA
        jne     .bad
        fnstenv [rsp - 32]
        cmp     word [rsp - 32], 0x037F
        jne     .bad
        cmp     word [rsp - 24], 0xFFFF         ; every register of the x87 is empty
        jne     .bad
        ends    GOOD
.bad:   ends    0
fpu_late_end:

fpu_server:
        mov     eax, SYSCALL_RECEIVE
        syscall
        mov     r8, rdi
        mov     ebx, DATA
        mov     eax, [rbx + PATTERN]
        own
        mov     rdi, r8
.again: mov     eax, SYSCALL_REPLY_RECEIVE
        syscall
        test    eax, eax
        jnz     .bad
        mov     ebx, DATA
        mov     eax, [rbx + PATTERN]
        kept
        jmp     .again
.bad:   ends    0
fpu_server_end:
