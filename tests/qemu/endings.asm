; A boot sector that looks like Tessera's monitor from outside and ends in every way a machine can end: one letter and
; Enter choose it. The tests of ./tessera run --exec use it; the kernel itself can't be made to do all of this.
;   h  success: value 0x10 to the exit device (0x12 after an "e")
;   f  failure: value 0x11
;   e  says "error: no", and remembers it
;   r  reset by the keyboard controller
;   t  triple fault: an interrupt without a descriptor table
;   p  power off by ACPI, on a pc (PIIX4, port 0xB004) and a q35 (ICH9, port 0x604)
;   s  silence: no prompt comes back
; Anything else is answered with another prompt.
        bits    16
        org     0x7C00

start:  xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, start
        mov     si, ready
        call    say
prompt: mov     si, prompt_text
        call    say
        call    read                    ; the letter
        mov     bl, al
.line:  call    put                     ; echo up to Enter
        cmp     al, 13
        je      .enter
        call    read
        jmp     .line
.enter: mov     si, newline
        call    say
        cmp     bl, 'h'
        je      halt
        cmp     bl, 'f'
        je      fail
        cmp     bl, 'e'
        je      error
        cmp     bl, 'r'
        je      reset
        cmp     bl, 't'
        je      triple
        cmp     bl, 'p'
        je      power_off
        cmp     bl, 's'
        jne     prompt
stop:   hlt
        jmp     stop

halt:   mov     al, [exit_value]
        out     0xF4, al
        jmp     stop
fail:   mov     al, 0x11
        out     0xF4, al
        jmp     stop
error:  mov     si, error_text
        call    say
        mov     byte [exit_value], 0x12
        jmp     prompt
reset:  mov     al, 0xFE
        out     0x64, al
        jmp     stop
triple: lidt    [no_table]
        int3
power_off:
        mov     ax, 0x2000              ; SLP_EN, sleep type 0: S5 in both chipsets of QEMU
        mov     dx, 0xB004
        out     dx, ax
        mov     dx, 0x604
        out     dx, ax
        jmp     stop

; read: al = the next byte of COM1. uses dx
read:   mov     dx, 0x3FD
.wait:  in      al, dx
        test    al, 1
        jz      .wait
        mov     dx, 0x3F8
        in      al, dx
        ret

; put: sends al to COM1. uses dx
put:    push    ax
        mov     dx, 0x3FD
.wait:  in      al, dx
        test    al, 0x20
        jz      .wait
        pop     ax
        mov     dx, 0x3F8
        out     dx, al
        ret

; say: sends the text at si, up to its NUL. uses al dx si
say:    lodsb
        test    al, al
        jz      .end
        call    put
        jmp     say
.end:   ret

ready:          db      "tessera: ready", 13, 10, 0
prompt_text:    db      "tessera> ", 0
newline:        db      10, 0
error_text:     db      "error: no", 13, 10, 0
exit_value:     db      0x10
no_table:       dw      0, 0, 0

        times   510 - ($ - $$) db 0
        dw      0xAA55
