; Exceptions on purpose, for the monitor's `crash`: whatever C cannot say. Each is a function that does not return, and
; makes a frame, so that the report knows who called it (core/backtrace.h).
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"

global crash_divide, crash_debug, crash_breakpoint, crash_overflow, crash_bound, crash_opcode, crash_fpu
global crash_stack, crash_no_room, crash_little_room, crash_segment, crash_stack_segment, crash_protection, crash_page, crash_masked
global crash_read, crash_write, crash_execute
extern thread_timer

UNMAPPED        equ 0x0000DEAD0000              ; the lower half is empty
MILLISECOND     equ 1000000         ; in nanoseconds
NOT_PRESENT     equ SEGMENT_TSS + 16            ; core/entry.asm's last descriptor

%macro frame 0
        push    rbp
        mov     rbp, rsp
%endmacro

section .text

crash_divide:                                   ; vector 0
        frame
        xor     edx, edx
        xor     ecx, ecx
        mov     eax, 1
        div     ecx

crash_debug:                                    ; vector 1, on a stack of its own: one step
        frame
        pushfq
        or      qword [rsp], 1 << 8
        popfq
        nop
        nop

crash_breakpoint:                               ; vector 3
        frame
        int3
        nop

crash_overflow:                                 ; vector 4: `into` is gone, its vector is not
        frame
        int     4
        nop

crash_bound:                                    ; vector 5, likewise
        frame
        int     5
        nop

crash_opcode:                                   ; vector 6
        frame
        ud2

crash_fpu:                                      ; vector 7: the kernel has no floating point
        frame
        fldz

crash_stack:                                    ; vector 8: the page fault in the guard page finds no stack
        frame
.deeper:
        push    rax
        jmp     .deeper

crash_no_room:                                  ; vector 8: so does an interrupt, where nothing has been pushed yet
        frame
        cli                                     ; until the stack is used up
        mov     edi, MILLISECOND
        mov     esi, 1 << 31                    ; an event that nobody wants
        call    thread_timer
        and     rsp, -BLOCK_BYTES
        sub     rsp, 3 * BLOCK_BYTES            ; the last byte of a usual stack
        sti
.wait:  jmp     .wait

crash_little_room:                              ; vector 14, where there is room for what the processor pushes, not for a report
        frame
        and     rsp, -BLOCK_BYTES
        sub     rsp, 3 * BLOCK_BYTES - 512
        mov     rax, UNMAPPED
        mov     [rax], rax

crash_segment:                                  ; vector 11
        frame
        mov     eax, NOT_PRESENT
        mov     es, eax

crash_stack_segment:                            ; vector 12
        frame
        mov     eax, NOT_PRESENT
        mov     ss, eax

crash_protection:                               ; vector 13: no address
        frame
        mov     rax, 1 << 62
        mov     rax, [rax]

crash_page:                                     ; vector 14, a write
        frame
        mov     rax, UNMAPPED
        mov     [rax], rax

crash_masked:                                   ; vector 6 inside the kernel's lock: there is nothing to go on with
        frame
        cli
        ud2

; One access to the byte at rdi; they return where it is allowed. Vector 14 where it is not; the error code says why (Intel
; SDM vol. 3A, figure 4-12).
;   uses  al
crash_read:
        mov     al, [rdi]
        ret

crash_write:
        mov     byte [rdi], 0
        ret

crash_execute:                                  ; the byte is to be a `ret`
        call    rdi
        ret
