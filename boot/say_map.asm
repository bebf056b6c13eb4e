; The memory map for a person who has to find out why there is no room: as the kernel prints it, so that
; `./tessera plan` reads it.

SCRATCH_SEGMENT equ LOADER_SCRATCH_ADDR / 16

section .text

; say_map: the list that e820_read left at LOADER_SCRATCH_ADDR, with a line end before each line. Clobbers all.
say_map:
        mov     si, text_map_source
        call    say
        mov     si, [map_source]
        call    say
        mov     si, text_map_entries
        call    say
        push    SCRATCH_SEGMENT
        pop     es
        mov     eax, [es:E820_LIST_COUNT]
        mov     bp, ax
        call    say_decimal
        mov     di, E820_LIST_ENTRIES
.entry: test    bp, bp
        jz      .done
        call    say_map_entry
        add     di, E820_RECORD_SIZE
        dec     bp
        jmp     .entry
.done:  push    ds
        pop     es
        ret

; say_map_entry:  in es:di, a MemoryMapEntry. Clobbers eax, ebx, cx, edx, si.
say_map_entry:
        mov     si, text_map_entry
        call    say
        lea     bx, [di]
        call    say_hex64
        mov     si, text_map_length
        call    say
        lea     bx, [di + 8]
        call    say_hex64
        mov     al, ' '
        call    say_char
        mov     eax, [es:di + RECORD_TYPE]
        call    say_decimal
        mov     eax, [es:di + RECORD_ATTRIBUTES]
        cmp     eax, 1
        je      .done
        mov     si, text_map_attributes
        call    say
        jmp     say_hex32
.done:  ret

; say_hex64:  in es:bx, the number. Clobbers eax, cx.
say_hex64:
        mov     eax, [es:bx + 4]
        call    say_hex32
        mov     eax, [es:bx]

; say_hex32:  in eax. Clobbers eax, cx.
say_hex32:
        mov     cx, 8
        jmp     say_hex

; say_decimal:  in eax. Clobbers eax, ebx, cx, edx.
say_decimal:
        mov     ebx, 10
        xor     cx, cx
.divide:
        xor     edx, edx
        div     ebx
        push    dx
        inc     cx
        test    eax, eax
        jnz     .divide
.digit: pop     ax
        add     al, '0'
        call    say_char
        loop    .digit
        ret

section .rodata
text_map_source:        db 13, 10, "tessera-map: source ", 0
text_map_entries:       db " entries ", 0
text_map_entry:         db 13, 10, "tessera-map: 0x", 0
text_map_length:        db " 0x", 0
text_map_attributes:    db " attr=0x", 0

section .bss
                alignb 4
map_source:     resd 1                                  ; address of a name
