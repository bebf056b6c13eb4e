; Where threads begin, and how their last instruction is left behind. Between that they are switched by cpu_switch
; (core/cpu.h).
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"

global thread_leave, thread_begin, thread_begin_user
extern thread_bury, thread_exit
; core/entry.asm
extern spare_stack_top

section .text

; thread_leave: the running thread has ended; its stack goes, and another thread goes on.
;   in    rdi  struct thread *, what thread_bury is called with, on a stack that is nobody's
;         rsi  where the place stands to go on at; interrupts off
;   out   never returns
thread_leave:
        mov     rsp, spare_stack_top
        mov     rbx, rsi
        call    thread_bury
        mov     rsp, [rbx]
        ret

; thread_begin: where a new kernel thread goes on the first time it is switched to.
;   in    [rsp]  its function, then the argument; interrupts off
thread_begin:
        pop     rbx
        pop     rdi
        xor     ebp, ebp                        ; the end of the chain of frames
        sti
        call    rbx
        call    thread_exit                     ; does not return

; thread_begin_user: the same for one in ring 3. No register says anything of the kernel.
;   in    [rsp]  its first instruction, then its first stack pointer; interrupts off, gs the kernel's
thread_begin_user:
        pop     rcx
        pop     rdx
        push    SEGMENT_USER_DATA
        push    rdx
        push    0x202                           ; interrupts on, and the bit that is always set
        push    SEGMENT_USER_CODE
        push    rcx
        xor     eax, eax
        xor     ebx, ebx
        xor     ecx, ecx
        xor     edx, edx
        xor     esi, esi
        xor     edi, edi
        xor     ebp, ebp
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        xor     r11d, r11d
        xor     r12d, r12d
        xor     r13d, r13d
        xor     r14d, r14d
        xor     r15d, r15d
        mov     ds, eax
        mov     es, eax
        swapgs
        iretq
