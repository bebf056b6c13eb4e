; What a server in ring 3 calls of ipc/ipc.h and core/self.h: as for kernel threads, by system calls (ipc/syscall.h). The message of
; C is anywhere; what of it is in registers goes there and comes back, and the words above these go by the thread's message page,
; unless that is where the message is already.
bits 64
default rel

%define X(name, value) name equ value
%include "boot/layout.def"
%include "ipc/registers.inc"

global ipc_call, ipc_send, ipc_receive, ipc_reply, ipc_reply_receive, ipc_notify
global ipc_accept, ipc_revoke, ipc_close
global thread_wait, thread_sleep, thread_yield, thread_exit

; enum syscall (ipc/syscall.h)
SYSCALL_CALL            equ 1
SYSCALL_SEND            equ 2
SYSCALL_RECEIVE         equ 3
SYSCALL_REPLY           equ 4
SYSCALL_REPLY_RECEIVE   equ 5
SYSCALL_NOTIFY          equ 6
SYSCALL_WAIT            equ 7
SYSCALL_SLEEP           equ 8
SYSCALL_YIELD           equ 9
SYSCALL_EXIT            equ 10
SYSCALL_ACCEPT          equ 11
SYSCALL_REVOKE          equ 12
SYSCALL_CLOSE           equ 13
SYSCALL_TIMED           equ 32
MESSAGE_WORDS_MAX       equ 64
MESSAGE_AT_CARGO        equ 544                 ; struct message: gift, its blocks, handle, rights
CARGO_WORDS             equ 4

section .text

; As C calls them: rdi handle or token, rsi message, rdx nanoseconds.
ipc_call:
        mov     eax, SYSCALL_CALL
        jmp     timed
ipc_send:
        mov     eax, SYSCALL_SEND
        jmp     timed
ipc_reply_receive:
        mov     eax, SYSCALL_REPLY_RECEIVE
        jmp     timed
ipc_reply:
        mov     eax, SYSCALL_REPLY
        jmp     with_message
ipc_receive:                                    ; rdi message, rsi nanoseconds
        mov     eax, SYSCALL_RECEIVE
        mov     rdx, rsi
        mov     rsi, rdi
timed:  cmp     rdx, -1                         ; IPC_FOREVER
        je      with_message
        or      eax, SYSCALL_TIMED

; The system call eax with the message at rsi; it comes back with what has come if that went well.
with_message:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rsi
        mov     rbp, [rsi + MESSAGE_AT_WORDS]
        mov     rbx, [rsi + MESSAGE_AT_TYPE]
        cmp     rbp, MESSAGE_REGISTERS
        jne     .other
.load:  load_message rsi
.ready: mov     rsi, rdx
        syscall
        pop     rsi
        test    rax, rax
        js      .done
        store_message rsi
        mov     [rsi + MESSAGE_AT_BADGE], rdx
        mov     [rsi + MESSAGE_AT_TOKEN], rdi
        cmp     rbp, MESSAGE_REGISTERS
        ja      .fetch
.done:  pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret

.other: cmp     rbp, MESSAGE_REGISTERS
        ja      .rest
.few:   xor     r12d, r12d                      ; no more is read, and no more sent, than there is
        xor     r13d, r13d
        xor     r14d, r14d
        xor     r15d, r15d
        test    ebp, ebp
        jz      .ready
        mov     r12, [rsi + MESSAGE_AT_WORD]
        cmp     ebp, 2
        jb      .ready
        mov     r13, [rsi + MESSAGE_AT_WORD + 8]
        je      .ready
        mov     r14, [rsi + MESSAGE_AT_WORD + 16]
        cmp     ebp, 4
        jb      .ready
        jmp     .load
.rest:  mov     r8, rdi
        mov     edi, USER_MESSAGE_PAGE
        call    copy_rest
        mov     rdi, r8
        cmp     ebp, MESSAGE_REGISTERS
        jb      .few
        jmp     .load
.fetch: mov     rdi, rsi
        mov     esi, USER_MESSAGE_PAGE
        call    copy_rest
        jmp     .done

; What is not in registers, from the message at rsi to that at rdi: the words above those, of ebp words, but no more than there
; may be; and what is carried, if rbp says so above 32 bits. Keeps rsi and rdi.
copy_rest:
        cmp     rsi, rdi
        je      .done
        cmp     ebp, MESSAGE_WORDS_MAX
        ja      .done                           ; which will be refused
        push    rsi
        push    rdi
        mov     ecx, ebp
        sub     ecx, MESSAGE_REGISTERS
        jbe     .cargo
        add     rsi, MESSAGE_AT_WORD + 8 * MESSAGE_REGISTERS
        add     rdi, MESSAGE_AT_WORD + 8 * MESSAGE_REGISTERS
        rep     movsq
.cargo: pop     rdi
        pop     rsi
        mov     rcx, rbp
        shr     rcx, 32
        jz      .done
        push    rsi
        push    rdi
        mov     ecx, CARGO_WORDS
        add     rsi, MESSAGE_AT_CARGO
        add     rdi, MESSAGE_AT_CARGO
        rep     movsq
        pop     rdi
        pop     rsi
.done:  ret

ipc_accept:                                     ; edi carries, rsi blocks, rdx events
        shl     rsi, 8
        movzx   edi, dil
        or      rdi, rsi
        mov     rsi, rdx
        mov     eax, SYSCALL_ACCEPT
        syscall
        ret

ipc_revoke:
        mov     eax, SYSCALL_REVOKE
        syscall
        ret

ipc_close:
        mov     eax, SYSCALL_CLOSE
        syscall
        ret

ipc_notify:
        mov     eax, SYSCALL_NOTIFY
        syscall
        ret

thread_wait:
        mov     eax, SYSCALL_WAIT
        syscall
        xor     ecx, ecx
        test    rax, rax                        ; -ETIMEDOUT: none
        cmovs   rax, rcx
        ret

thread_sleep:
        mov     eax, SYSCALL_SLEEP
        syscall
        ret

thread_yield:
        mov     eax, SYSCALL_YIELD
        syscall
        ret

thread_exit:
        xor     edi, edi
        mov     eax, SYSCALL_EXIT
        syscall
