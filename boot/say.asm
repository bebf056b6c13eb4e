; Words for people, on the screen (INT 10h) and on COM1, and the end after a failure. Lies in the first sector.

COM1            equ 0x3F8                               ; 16550 UART: data; +1, +3, +4, +5: the rest
COM1_CAN_SEND   equ 0x20
EXIT_PORT       equ 0xF4                                ; QEMU's isa-debug-exit; nothing answers on real machines
EXIT_FAILURE    equ 0x11

; say_init: 115200 baud, 8 data bits, no parity, one stop bit; polled. Clobbers al, dx.
say_init:
        mov     dx, COM1 + 3                            ; line control
        mov     al, 0x80
        out     dx, al                                  ; the next two ports take the divisor: 1
        mov     dl, COM1 & 0xFF
        mov     al, 1
        out     dx, al
        inc     dx
        dec     ax
        out     dx, al
        mov     dl, (COM1 + 3) & 0xFF
        mov     al, 3                                   ; 8N1
        out     dx, al
        inc     dx                                      ; modem control: DTR and RTS
        out     dx, al
        ret

; say_char:  in al. Keeps all registers. Waits for a stuck UART for a limited time, and after that looks only once.
say_char:
        pushad
        mov     ah, al
        mov     dx, COM1 + 5
        mov     cx, [say_looks]
.wait:  in      al, dx
        test    al, COM1_CAN_SEND
        loopz   .wait
        jnz     .send
        mov     byte [say_looks], 1
.send:  mov     dl, COM1 & 0xFF
        mov     al, ah
        out     dx, al
        mov     ah, 0x0E                                ; teletype
        mov     bx, 7                                   ; page 0
        int     0x10
        cld
        popad
        ret

; say:  in si, a string that ends with 0. Keeps all registers.
say:
        pusha
.next:  lodsb
        test    al, al
        jz      .done
        call    say_char
        jmp     .next
.done:  popa
        ret

; say_hex:  in eax, the first digit in its top 4 bits, and cx, the number of digits. Clobbers eax, cx.
say_hex:
        rol     eax, 4
        push    ax
        and     al, 0x0F
        cmp     al, 10                                  ; to a digit without a branch: this sector is full
        sbb     al, 0x69
        das
        or      al, 'a' - 'A'
        call    say_char
        pop     ax
        loop    say_hex
        ret

; fail:  in si, the sentence that says which step failed. Does not return.
fail:
        call    say_loader
; fail_line_end: ends the line, then the machine: QEMU by its exit device, others by halting.
fail_line_end:
        mov     si, text_line_end
        call    say
        mov     al, EXIT_FAILURE
        out     EXIT_PORT, al
.halt:  cli
        hlt
        jmp     .halt                                   ; after a non-maskable interrupt

; say_loader: says who is speaking, then the string at si. Keeps all registers.
say_loader:
        push    si
        mov     si, text_loader
        call    say
        pop     si
        jmp     say

say_looks:      dw 0                                    ; 0: 65536
text_loader:    db "loader: ", 0
text_line_end:  db 13, 10, 0
