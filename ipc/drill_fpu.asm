; A program for ring 3 that calls others of its kind with floating-point registers, or without, for ipc/drill_fpu.c: what one has
; there stays there, and nobody sees it but itself. It ends with GOOD if that was so.
bits 64
default rel

global fpu_program, fpu_program_end

DATA            equ 0x500000    ; ipc/trial.h
HANDLES         equ 1024        ; struct told of ipc/drill_fpu.c: two that answer
ROUNDS          equ 1040
PATTERN         equ 1048        ; 0: without
SERVES          equ 1056
SEEN            equ 2048        ; what was in the registers
GOOD            equ 0x600D
CONTROL         equ 0x0F7F      ; of the x87: as at first, but rounding towards zero
MXCSR           equ 0x7F80      ; of SSE: the same
CONTROL_AT_INIT equ 0x037F

; enum syscall (ipc/syscall.h)
SYSCALL_CALL    equ 1
SYSCALL_RECEIVE equ 3
SYSCALL_REPLY_RECEIVE equ 5
SYSCALL_YIELD   equ 9
SYSCALL_EXIT    equ 10

section .text

fpu_program:
        mov     ebx, DATA
        cmp     qword [rbx + SERVES], 0
        jne     serve
        mov     eax, [rbx + PATTERN]
        test    eax, eax
        jz      without
        call    own
.again: call    call_somebody
        call    expect_own
        dec     qword [rbx + ROUNDS]
        jnz     .again
good:   mov     edi, GOOD
        jmp     leave
bad:    xor     edi, edi
leave:  mov     eax, SYSCALL_EXIT
        syscall

; What it finds at its first use is what everybody finds, and until then general registers are its own too.
without:
        call    call_somebody
        call    keep_general
        dec     qword [rbx + ROUNDS]
        jnz     without
        xor     eax, eax
        call    expect_everywhere
        fnstenv [rsp - 32]
        cmp     word [rsp - 32], CONTROL_AT_INIT
        jne     bad
        cmp     word [rsp - 24], 0xFFFF         ; every register of the x87 is empty
        jne     bad
        jmp     good

serve:  mov     eax, SYSCALL_RECEIVE
        syscall
        mov     ebx, DATA
        call    own
.again: mov     eax, SYSCALL_REPLY_RECEIVE      ; the token is in rdi
        syscall
        test    eax, eax
        jnz     bad
        mov     ebx, DATA
        call    expect_own
        jmp     .again

; A kernel thread and a program in turn.
call_somebody:
        mov     eax, [rbx + ROUNDS]
        and     eax, 1
        mov     rdi, [rbx + HANDLES + rax * 8]
        mov     ebp, 2
        mov     eax, SYSCALL_CALL
        syscall
        test    eax, eax
        jnz     bad
        mov     ebx, DATA
        ret

; Another call leaves alone what it does not need, and nothing of others behind.
keep_general:
        mov     ebp, 0xB1
        mov     r12d, 0xB2
        mov     r13d, 0xB4
        mov     r14d, 0xB8
        mov     r15d, 0xC0
        mov     eax, SYSCALL_YIELD
        syscall
        or      rax, rsi
        or      rax, rdx
        or      rax, rdi
        or      rax, r8
        or      rax, r9
        or      rax, r10
        jnz     bad
        cmp     rbx, DATA
        jne     bad
        add     rbp, r12
        add     rbp, r13
        add     rbp, r14
        add     rbp, r15
        cmp     rbp, 0xB1 + 0xB2 + 0xB4 + 0xB8 + 0xC0
        jne     bad
        ret

; Every register gets the pattern.
own:    push    CONTROL
        fldcw   [rsp]
        mov     dword [rsp], MXCSR
        ldmxcsr [rsp]
        pop     rcx
        movd    xmm0, [rbx + PATTERN]
        pshufd  xmm0, xmm0, 0
%assign i 1
%rep 15
        movdqa  xmm%[i], xmm0
  %assign i i + 1
%endrep
        fild    dword [rbx + PATTERN]
        ret

; And has it still.
expect_own:
        mov     eax, [rbx + PATTERN]
        call    expect_everywhere
        push    0
        fist    dword [rsp]
        pop     rcx
        cmp     ecx, eax
        jne     bad
        push    0
        fnstcw  [rsp]
        pop     rcx
        cmp     ecx, CONTROL
        jne     bad
        push    0
        stmxcsr [rsp]
        pop     rcx
        and     ecx, 0xFFC0                     ; without the exceptions that there were
        cmp     ecx, MXCSR
        jne     bad
        ret

; eax in every part of SSE's registers.
expect_everywhere:
        push    rdi
        lea     rdi, [rbx + SEEN]
%assign i 0
%rep 16
        movdqa  [rdi + 16 * i], xmm%[i]
  %assign i i + 1
%endrep
        mov     ecx, 64
        repe    scasd
        pop     rdi
        jne     bad
        ret
fpu_program_end:
