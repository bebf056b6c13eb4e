; A firmware with quirks: stands before a disk image, puts its own INT 12h, 13h and 15h in front of the BIOS's, and
; starts the image as the BIOS would. firmware.py fills in `settings` and appends the answers and the image.
        bits    16
        org     0

HOME            equ 0x8000              ; segment: above all that the loader uses
SECTOR_BYTES    equ 512
ANSWER_SIZE     equ 40                  ; struct e820_answer of boot/handoff.h
ANSWER_EAX      equ 24

start:  mov     ax, HOME
        mov     es, ax
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        mov     si, 0x7C00 + own_packet
        mov     ah, 0x42                ; all of this, into HOME
        int     0x13
        jmp     HOME:install

        times   64 - ($ - $$) db 0
own_packet:                             ; disk packet, and the size of this file with its answers
        dw      16
sectors:
        dw      1
        dw      0, HOME
        dq      0
settings:                               ; in the order of firmware.py
a20_off:        db 0                    ; mask line 20 before the image starts
a20_refused:    db 0                    ; INT 15h AX=2401h fails
drive_changed:  db 0                    ; the image is on drive 0x93, and the drive answers to nothing else
no_extensions:  db 0                    ; INT 13h AH=41h fails
no_drive_words: db 0                    ; INT 13h AH=48h fails
failing_reads:  db 0                    ; so many reads fail first; each needs a reset before the next
entry_segment:  dw 0                    ; enter 0x7C00 as an address in this segment
sector_bytes:   dw 512                  ; what INT 13h AH=48h says
low_kib:        dw 639                  ; what INT 12h says
answer_count:   dw 0                    ; E820 answers; afterwards the last one comes again and again
written_bytes:  dw 0                    ; of each E820 record
written_before: dw 0                    ; so many bytes before the buffer are overwritten too
e801_carry:     dw 0
e801:           dw 0, 0, 0, 0           ; ax, bx, cx, dx
ext88_carry:    dw 0
ext88:          dw 0                    ; ax

install:
        mov     ax, cs
        mov     ds, ax
        mov     [real_drive], dl
        push    es
        xor     ax, ax
        mov     es, ax
        cli
        mov     eax, [es:0x13 * 4]
        mov     [bios_13], eax
        mov     eax, [es:0x15 * 4]
        mov     [bios_15], eax
        mov     ax, cs
        mov     word [es:0x12 * 4], int_12
        mov     [es:0x12 * 4 + 2], ax
        mov     word [es:0x13 * 4], int_13
        mov     [es:0x13 * 4 + 2], ax
        mov     word [es:0x15 * 4], int_15
        mov     [es:0x15 * 4 + 2], ax
        sti
        pop     es
        mov     si, image_packet
        mov     ax, [sectors]
        mov     [image_packet + 8], ax
        mov     ah, 0x42
        pushf
        cli
        call    far [bios_13]
        cmp     byte [a20_off], 0
        je      .start
        in      al, 0x92
        and     al, 0xFC
        out     0x92, al
.start: mov     dl, [real_drive]
        cmp     byte [drive_changed], 0
        je      .same
        mov     dl, 0x93
.same:  mov     [given_drive], dl
        mov     ax, [entry_segment]
        mov     bx, ax
        shl     bx, 4
        neg     bx
        add     bx, 0x7C00
        push    ax
        push    bx
        mov     si, 0xDEAD              ; nothing but DL means anything
        mov     bp, si
        std
        retf
image_packet:
        dw      16, 1, 0x7C00, 0
        dq      0

        times   510 - ($ - $$) db 0
        dw      0xAA55

int_12: mov     ax, [cs:low_kib]
        iret

; INT 13h: the image's sectors lie behind this file's. Reads in one go are limited and change the packet; every call
; comes back with the direction flag set.
int_13: sti
        cmp     dl, [cs:given_drive]
        jne     fail_13
        cmp     ah, 0
        je      .reset
        cmp     ah, 0x41
        je      .extensions
        cmp     ah, 0x42
        je      .read
        cmp     ah, 0x48
        je      .words
        jmp     fail_13
.reset: mov     byte [cs:needs_reset], 0
        jmp     good
.extensions:
        cmp     byte [cs:no_extensions], 0
        jne     fail_13
        mov     bx, 0xAA55
        mov     cx, 1
        mov     ah, 0x21
        jmp     good_ah
.words: cmp     byte [cs:no_drive_words], 0
        jne     fail_13
        push    ax
        mov     ax, [cs:sector_bytes]
        mov     [si + 24], ax
        pop     ax
        jmp     good
.read:  cmp     byte [cs:needs_reset], 0
        jne     .error
        cmp     byte [cs:failing_reads], 0
        jne     .error_counts
        cmp     word [si + 2], 127
        ja      .error
        push    eax
        movzx   eax, word [si + 4]      ; no transfer across 64 KiB: offset and segment, in bytes
        push    ebx
        movzx   ebx, word [si + 6]
        shl     ebx, 4
        add     ebx, eax
        movzx   eax, word [si + 2]
        shl     eax, 9
        add     eax, ebx
        dec     eax
        xor     eax, ebx
        shr     eax, 16
        pop     ebx
        pop     eax
        jnz     .error
        push    dx
        push    eax
        movzx   eax, word [cs:sectors]
        add     [si + 8], eax
        mov     dl, [cs:real_drive]
        pop     eax
        pushf
        cli
        call    far [cs:bios_13]
        pop     dx
        jc      .error
        mov     dword [si + 2], 0       ; some BIOSes use the packet as their own
        mov     dword [si + 8], 0xFFFFFFFF
        jmp     good
.error_counts:
        dec     byte [cs:failing_reads]
        mov     byte [cs:needs_reset], 1
.error: mov     dword [si + 2], 0
        mov     dword [si + 8], 0xFFFFFFFF
fail_13:
        mov     ah, 0x20                ; controller failure
        jmp     fail

; INT 15h: the memory calls answer from `settings`, and clobber what they may and more.
int_15: cmp     eax, 0xE820
        je      .e820
        cmp     ax, 0xE801
        je      .e801
        cmp     ah, 0x88
        je      .ext88
        cmp     ax, 0x2401
        jne     .bios
        cmp     byte [cs:a20_refused], 0
        jne     fail
.bios:  jmp     far [cs:bios_15]
.e801:  mov     ax, [cs:e801]
        mov     bx, [cs:e801 + 2]
        mov     cx, [cs:e801 + 4]
        mov     dx, [cs:e801 + 6]
        push    ax
        mov     ax, [cs:e801_carry]
        jmp     .end
.ext88: mov     ax, [cs:ext88]
        push    ax
        mov     ax, [cs:ext88_carry]
.end:   push    bp
        mov     bp, sp
        shr     ax, 1                   ; carry
        jmp     .flags
.e820:  cmp     ecx, 24
        jne     fail                    ; the loader asks for 24 bytes
        cmp     edx, 0x534D4150
        jne     fail
        cmp     ebx, [cs:expected_ebx]
        jne     fail
        mov     si, [cs:next_answer]
        push    cs
        pop     ds
        push    di
        mov     bx, [written_before]
        sub     di, bx
        mov     al, 0xEE
        mov     cx, bx
        cld
        rep     stosb
        mov     cx, [written_bytes]
        push    si
        rep     movsb
        pop     si
        pop     di
        mov     eax, [si + ANSWER_EAX]
        mov     ecx, [si + ANSWER_EAX + 4]
        mov     ebx, [si + ANSWER_EAX + 8]
        mov     [expected_ebx], ebx
        push    ax
        mov     ax, [asked]
        inc     ax
        cmp     ax, [answer_count]
        jae     .last
        mov     [asked], ax
        add     word [next_answer], ANSWER_SIZE
.last:  mov     ax, [si + ANSWER_EAX + 12]
        mov     edx, 0xBAD0BAD0
        push    bp
        mov     bp, sp
        shr     ax, 1
.flags: pushf                           ; carry, and interrupts off, and direction down, into the caller's flags
        pop     ax
        and     ax, 1
        or      ax, 0x0402
        mov     [bp + 8], ax
        pop     bp
        pop     ax
        mov     ebp, 0xBAD0BAD0
        mov     esi, ebp
        mov     edi, ebp
        mov     ds, bp
        mov     es, bp
        mov     fs, bp
        mov     gs, bp
        iret

good:   mov     ah, 0
good_ah:
        push    bp
        mov     bp, sp
        and     byte [bp + 6], 0xFE
        or      byte [bp + 7], 4        ; direction
        pop     bp
        iret
fail:   push    bp
        mov     bp, sp
        or      word [bp + 6], 0x0401
        pop     bp
        iret

real_drive:     db 0
given_drive:    db 0
needs_reset:    db 0
        align   4
bios_13:        dd 0
bios_15:        dd 0
expected_ebx:   dd 0
asked:          dw 0
next_answer:    dw answers

        times   1024 - ($ - $$) db 0
answers:
