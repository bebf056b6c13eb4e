; The boot drive, read by block number with the INT 13h extensions (EDD-3, T13 1572). Lies in the first sector.

DRIVE_PARAMETERS        equ BOOT_SECTOR_ADDR + SECTOR_BYTES     ; scratch: nothing has been loaded there yet
PARAMETERS_BYTES        equ 26
PARAMETERS_SECTOR_BYTES equ 24                                  ; offset of the word
PACKET_BYTES            equ 16
READ_TRIES              equ 3

; disk_check: refuses a drive without extensions, and one with sectors of another size. Clobbers all.
disk_check:
        mov     ah, 0x41                                ; extensions present?
        mov     bx, 0x55AA
        mov     dl, [boot_drive]
        int     0x13
        cld                                             ; some BIOSes come back with it set
        jc      .none
        cmp     bx, 0xAA55
        jne     .none
        shr     cx, 1                                   ; bit 0: the functions 42h and 48h
        jnc     .none
        mov     ah, 0x48                                ; drive parameters
        mov     si, DRIVE_PARAMETERS
        mov     word [si], PARAMETERS_BYTES
        call    disk_call
        jc      .none
        cmp     word [si + PARAMETERS_SECTOR_BYTES], SECTOR_BYTES
        mov     si, text_sector_bytes
        jne     fail
        ret
.none:  mov     si, text_no_extensions
        jmp     fail

; disk_read: reads sectors; after an error the drive is reset and asked again. Ends with a message when that is
; of no use. Keeps all registers.
;   in   edx  number of the first sector
;        cx   how many, 1 to 127 (the most that some BIOSes read in one call)
;        bx   segment of the buffer; the buffer crosses no 64-KiB boundary (ISA DMA)
disk_read:
        pushad
        mov     di, READ_TRIES
.try:   push    dword 0                                 ; the packet, from its end; anew each time: BIOSes change it
        push    edx
        push    bx                                      ; buffer: segment, offset
        push    word 0
        push    cx
        push    word PACKET_BYTES
        mov     si, sp
        mov     ah, 0x42                                ; extended read
        call    disk_call
        lea     sp, [si + PACKET_BYTES]
        jnc     .done
        dec     di
        jz      .failed
        mov     ah, 0                                   ; reset
        call    disk_call
        jmp     .try
.done:  popad
        ret
.failed:
        mov     si, text_read_error
        call    say_loader
        mov     eax, [disk_status - 3]                  ; the status on top
        mov     cx, 2
        call    say_hex
        jmp     fail_line_end

; disk_call: INT 13h for the boot drive. Keeps all registers; carry set on error, [disk_status] says which.
;   in   ah, si  function and its packet
disk_call:
        pushad
        mov     dl, [boot_drive]
        int     0x13
        cld
        mov     [disk_status], ah
        popad
        ret

text_no_extensions:     db "drive lacks INT 13h extensions", 0
text_sector_bytes:      db "sectors are not 512 bytes", 0
text_read_error:        db "read error 0x", 0

section .bss
disk_status:    resb 1
section .sector0
