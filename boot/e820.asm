; The firmware's answers about memory, put into the handoff as they come. What they mean is core/e820.c's business;
; the one rule here is which answers to keep when there are too many. RBIL, INT 15/AX=E820h, AX=E801h, AH=88h;
; ACPI 6.5, 15.1.

HANDOFF_SEGMENT equ HANDOFF_ADDR / 16
LAST_ANSWER     equ HANDOFF_AT_ANSWERS + (E820_ANSWERS_MAX - 1) * ANSWER_SIZE
GUARD           equ 0x5AFE6A2D

section .text

; handoff_prepare: an empty handoff that says where it comes from. Clobbers eax, cx, si, di.
handoff_prepare:
        push    es
        push    HANDOFF_SEGMENT
        pop     es
        mov     si, handoff_beginning
        xor     di, di
        mov     cx, HANDOFF_BEGINNING_BYTES / 4
        rep     movsd
        mov     cx, (HANDOFF_BYTES - HANDOFF_BEGINNING_BYTES) / 4
        xor     eax, eax
        rep     stosd
        mov     al, [boot_drive]
        mov     [es:HANDOFF_AT_BOOT_DRIVE], al
        pop     es
        ret

; e820_collect: asks until the list ends or E820_ASKED_MAX answers have come. Clobbers all.
e820_collect:
        call    e820_clear_room
        push    HANDOFF_SEGMENT
        pop     es
        xor     ebx, ebx
.ask:   call    e820_ask
        inc     dword [es:HANDOFF_AT_E820_ASKED]
        cmp     dword [answer + ANSWER_CARRY], 0        ; before the signature: the call that fails after the last
        jne     .carry                                  ; entry need not return one
        cmp     dword [answer + ANSWER_EAX], E820_SIGNATURE
        jne     .signature
        call    e820_keep
        mov     ebx, [answer + ANSWER_EBX]              ; opaque: passed back, tested for 0, nothing else
        test    ebx, ebx
        jz      .last
        cmp     dword [es:HANDOFF_AT_E820_ASKED], E820_ASKED_MAX
        jb      .ask
        mov     al, E820_ENDED_BY_LIMIT
        jmp     .ended
.last:  mov     al, E820_ENDED_BY_EBX
        jmp     .ended
.signature:
        mov     al, E820_ENDED_BY_SIGNATURE
        jmp     .not_an_entry
.carry: mov     al, E820_ENDED_BY_CARRY
.not_an_entry:
        cmp     dword [es:HANDOFF_AT_E820_STORED], E820_ANSWERS_MAX
        jae     .ended                                  ; worth recording, not worth an entry
        call    e820_append
.ended: mov     [es:HANDOFF_AT_E820_ENDED], al
        push    ds
        pop     es
        ret

; e820_clear_room: once, before the list: some firmware keeps state in the buffer. Clobbers eax, cx, di.
e820_clear_room:
        mov     dword [guard_below], GUARD
        mov     dword [guard_above], GUARD
        mov     di, answer
        mov     cx, ANSWER_SIZE / 4
        xor     eax, eax
        rep     stosd
        ret

; e820_ask: one answer, into `answer`. The firmware has E820_RECORD_SIZE bytes for its record; one that writes on,
; up to ANSWER_SIZE, does no harm, as the registers are recorded after that; beyond stand the guards.
;   in   ebx  continuation value, 0 for the first entry
;   clobbers all but es
e820_ask:
        push    es
        mov     dword [answer + RECORD_ATTRIBUTES], 1   ; "valid", for a firmware that knows no attributes
        push    ds
        pop     es
        mov     edi, answer
        mov     eax, 0xE820                             ; the whole register: its upper half must be 0
        mov     ecx, E820_RECORD_SIZE
        mov     edx, E820_SIGNATURE
        call    bios_memory_call
        mov     [answer + ANSWER_EAX], eax
        mov     [answer + ANSWER_ECX], ecx
        mov     [answer + ANSWER_EBX], ebx
        movzx   eax, byte [call_carry]
        mov     [answer + ANSWER_CARRY], eax
        pop     es
        mov     si, text_guard
        cmp     dword [guard_below], GUARD
        jne     fail
        cmp     dword [guard_above], GUARD
        jne     fail
        ret

; e820_keep: puts `answer` into the handoff. When all places are taken, what is not usable memory takes the place of
; the last entry that is: memory may be lost, a reservation may not. A record that is known already takes no place: a
; firmware that repeats itself for ever must not push out all memory. Clobbers cx, dx, si, di.
;   in   es  HANDOFF_SEGMENT
e820_keep:
        cmp     dword [es:HANDOFF_AT_E820_STORED], E820_ANSWERS_MAX
        jb      e820_append
        cmp     dword [answer + RECORD_TYPE], E820_USABLE
        jne     .keep
        test    byte [answer + RECORD_ATTRIBUTES], E820_NON_VOLATILE
        jz      .lost
.keep:  call    e820_known
        je      .lost
        mov     di, LAST_ANSWER
        mov     cx, E820_ANSWERS_MAX
.look:  cmp     dword [es:di + RECORD_TYPE], E820_USABLE
        jne     .next
        test    byte [es:di + RECORD_ATTRIBUTES], E820_NON_VOLATILE
        jz      .replace
.next:  sub     di, ANSWER_SIZE
        loop    .look
.lost:  inc     dword [es:HANDOFF_AT_E820_LOST]
        ret
.replace:
        inc     dword [es:HANDOFF_AT_E820_REPLACED]
        jmp     e820_copy

; e820_known: ZF set when one of the stored answers, all places taken, has the record of `answer`.
;   in   es  HANDOFF_SEGMENT
;   clobbers cx, dx, si, di
e820_known:
        mov     di, HANDOFF_AT_ANSWERS
        mov     dx, E820_ANSWERS_MAX
.next:  push    di
        mov     si, answer
        mov     cx, E820_RECORD_SIZE / 4
        repe    cmpsd
        pop     di
        je      .done
        add     di, ANSWER_SIZE
        dec     dx
        jnz     .next
        test    sp, sp                                  ; ZF clear
.done:  ret

; e820_append: puts `answer` into the next free place; there is one. Clobbers cx, si, di.
e820_append:
        imul    di, [es:HANDOFF_AT_E820_STORED], ANSWER_SIZE
        add     di, HANDOFF_AT_ANSWERS
        inc     dword [es:HANDOFF_AT_E820_STORED]
e820_copy:                                              ; to es:di
        mov     si, answer
        mov     cx, ANSWER_SIZE / 4
        rep     movsd
        ret

; e801_collect: always, as the E820 list may turn out to be worthless. Clobbers all but es.
e801_collect:
        mov     eax, 0xE801
        xor     ebx, ebx
        xor     ecx, ecx                                ; some firmware fills one pair only
        xor     edx, edx
        call    bios_memory_call
        push    es
        push    HANDOFF_SEGMENT
        pop     es
        mov     [es:HANDOFF_AT_E801 + 4], ax
        mov     [es:HANDOFF_AT_E801 + 6], bx
        mov     [es:HANDOFF_AT_E801 + 8], cx
        mov     [es:HANDOFF_AT_E801 + 10], dx
        mov     al, [call_carry]
        mov     [es:HANDOFF_AT_E801], al
        pop     es
        ret

; ext88_collect: clobbers all but es.
ext88_collect:
        mov     eax, 0x8800
        call    bios_memory_call
        push    es
        push    HANDOFF_SEGMENT
        pop     es
        mov     [es:HANDOFF_AT_EXT88 + 4], ax
        mov     al, [call_carry]
        mov     [es:HANDOFF_AT_EXT88], al
        pop     es
        ret

; bios_memory_call: INT 15h with a firmware that may change any register, segment or flag on its way, and may leave
; the carry flag alone when it does not know the call.
;   in   eax, ebx, ecx, edx, es:edi for the call
;   out  eax, ebx, ecx, edx from the call, carry in [call_carry]. Clobbers ebp, esi, edi.
bios_memory_call:
        push    ds
        push    es
        stc
        int     0x15
        setc    [cs:call_carry]
        pop     es
        pop     ds
        cld
        sti
        ret

section .rodata
handoff_beginning:                                      ; struct handoff as far as it is the same on all machines
        dd      HANDOFF_MAGIC, HANDOFF_VERSION, HANDOFF_BYTES, HANDOFF_FROM_BIOS, HANDOFF_ADDR
HANDOFF_BEGINNING_BYTES equ $ - handoff_beginning
%if HANDOFF_AT_MAGIC != 0 || HANDOFF_AT_VERSION != 4 || HANDOFF_AT_BYTES != 8 \
    || HANDOFF_AT_SOURCE != 12 || HANDOFF_AT_SELF != 16
%error "the handoff does not begin like that"
%endif
text_guard:     db "the firmware wrote past the buffer for its memory map", 0

section .bss
                alignb 4
guard_below:    resd 1
answer:         resb ANSWER_SIZE                        ; struct e820_answer; the call's buffer is its beginning
guard_above:    resd 1
call_carry:     resb 1
