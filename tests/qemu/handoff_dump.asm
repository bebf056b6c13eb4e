; A kernel that looks at what a kernel may expect of the loader, then prints the handoff as hexadecimal bytes on COM1
; and ends with success. firmware.py decodes the bytes.
        bits    64
        org     0xFFFFFFFF80000000

MEMORY_BYTES    equ 0x24000
HANDOFF_MAGIC   equ 0x41525354
HANDOFF_BYTES   equ 8                   ; offset of the size in struct handoff
EFER            equ 0xC0000080
EFER_NXE        equ 11

header: db      "TESSAERA"
        dd      file_end - header, MEMORY_BYTES
        dq      header, entry
        dd      0, 2, 0, 0

entry:  pushf
        pop     rax
        mov     rsi, text_flags
        test    eax, 0x600              ; interrupts off, direction up
        jnz     fail
        mov     rsi, text_stack
        cmp     rsp, 0x7C00             ; what was pushed has been popped
        ja      fail
        mov     ecx, EFER
        rdmsr
        mov     rsi, text_nx
        bt      eax, EFER_NXE
        jnc     fail
        mov     rsi, text_handoff
        mov     rbx, rdi
        cmp     dword [rbx], HANDOFF_MAGIC
        jne     fail
        mov     rsi, text_filling       ; the last sector of the file has come along
        cmp     byte [rel file_end - 1], 0x5C
        jne     fail
        mov     byte [rel header + MEMORY_BYTES - 1], 1 ; the last byte of the image's memory is mapped
        mov     rsi, text_begin
        call    say
        mov     r8d, [rbx + HANDOFF_BYTES]
.byte:  mov     al, [rbx]
        shr     al, 4
        call    digit
        mov     al, [rbx]
        and     al, 15
        call    digit
        inc     rbx
        dec     r8d
        jnz     .byte
        mov     rsi, text_end
        call    say
        mov     al, 0x10
        out     0xF4, al
stop:   hlt
        jmp     stop
fail:   call    say
        mov     al, 0x11
        out     0xF4, al
        jmp     stop

digit:  add     al, '0'
        cmp     al, '9'
        jbe     put
        add     al, 'a' - '9' - 1
put:    mov     cl, al
        mov     dx, 0x3FD
.wait:  in      al, dx
        test    al, 0x20
        jz      .wait
        mov     dx, 0x3F8
        mov     al, cl
        out     dx, al
        ret
say:    lodsb
        test    al, al
        jz      .end
        call    put
        jmp     say
.end:   ret

text_begin:     db "handoff ", 0
text_end:       db 13, 10, 0
text_flags:     db "dump: interrupts on, or direction down", 13, 10, 0
text_stack:     db "dump: no stack of the loader", 13, 10, 0
text_nx:        db "dump: NX is off", 13, 10, 0
text_handoff:   db "dump: rdi is no handoff", 13, 10, 0
text_filling:   db "dump: the end of the file is missing", 13, 10, 0
        times   70001 - ($ - $$) db 0x5C        ; several reads, the last one short
file_end:
