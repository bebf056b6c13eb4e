; Address line 20: while it is masked, memory from 1 MiB up is an image of that from 0 up. Each way to unmask it is
; followed by a look whether it worked, for none works everywhere.

KEYBOARD_DATA           equ 0x60                        ; 8042
KEYBOARD_COMMAND        equ 0x64
KEYBOARD_BUSY           equ 2
KEYBOARD_WRITE_OUTPUT   equ 0xD1
KEYBOARD_OUTPUT_A20     equ 0xDF                        ; A20 on, CPU reset line left alone
FAST_GATE               equ 0x92                        ; PS/2 system control port A
FAST_GATE_A20           equ 2
FAST_GATE_RESET         equ 1
DELAY_PORT              equ 0x80                        ; a write takes about a microsecond

section .text

; a20_enable: clobbers all but the segment registers.
a20_enable:
        call    a20_look
        jnz     .done
        mov     ax, 0x2401
        int     0x15
        cld
        call    a20_look
        jnz     .done
        call    a20_by_keyboard
        call    a20_look
        jnz     .done
        in      al, FAST_GATE
        or      al, FAST_GATE_A20
        and     al, ~FAST_GATE_RESET
        out     FAST_GATE, al
        call    a20_look
        jnz     .done
        mov     si, text_a20
        jmp     fail
.done:  ret

; a20_look: ZF clear when line 20 is on. Looks for a millisecond or more, as some controllers are slow. Writes only
; below 1 MiB: the word there is made the opposite of the one 1 MiB above, which must not follow.
;   clobbers ax, cx
a20_look:
        push    es
        mov     ax, 0xFFFF                              ; 0xFFFF:(x + 16) is 1 MiB + x
        mov     es, ax
        mov     cx, 1000
.again: mov     ax, [es:a20_word + 16]
        not     ax
        mov     [a20_word], ax
        out     DELAY_PORT, al
        cmp     ax, [es:a20_word + 16]
        loope   .again
        pop     es
        ret

; a20_by_keyboard: clobbers ax, cx.
a20_by_keyboard:
        call    keyboard_wait
        mov     al, KEYBOARD_WRITE_OUTPUT
        out     KEYBOARD_COMMAND, al
        call    keyboard_wait
        mov     al, KEYBOARD_OUTPUT_A20
        out     KEYBOARD_DATA, al
; keyboard_wait: until the controller takes the next byte, for a limited time: there may be none.
keyboard_wait:
        xor     cx, cx
.wait:  in      al, KEYBOARD_COMMAND
        test    al, KEYBOARD_BUSY
        loopnz  .wait
        ret

section .rodata
text_a20:       db "address line A20 cannot be switched on: no memory above 1 MiB can be reached", 0

section .bss
                alignb 2
a20_word:       resw 1
