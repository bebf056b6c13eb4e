/* System calls: what ring 3 asks of the kernel. A call is a number in rax and up to two arguments in rdi and rsi; the answer is
 * in rax, negative for a status. rcx, rsi, r8 to r11 come back as 0 or with what ring 3 has had there; rdi and rdx come back as
 * 0, or tell of a message. All others are kept, but for the registers of a message by calls that have one:
 *
 *            there             and back
 *   rbx      type              the same of the message received, the answer, or one's own if there is none
 *   rbp      words, carries    as one: the word of struct message
 *   r12-r15  words 0 to 3
 *   rdi      handle or token   token
 *   rsi      nanoseconds
 *   rdx                        badge
 *
 * The words above these stand in the thread's message page (struct message at its start), which the kernel reaches through
 * the direct map: it never reads or writes through an address that ring 3 gives. The page's other words are the kernel's to
 * write during a call. A call waits without end, unless SYSCALL_TIMED is added to its number. */
#pragma once

#include <stdint.h>

enum syscall {
    SYSCALL_NULL,          /* does nothing: 0                                             */
    SYSCALL_CALL,          /* handle, message: ipc_call                                   */
    SYSCALL_SEND,          /* handle, message: ipc_send                                   */
    SYSCALL_RECEIVE,       /* nothing, message: ipc_receive                               */
    SYSCALL_REPLY,         /* token, message: ipc_reply                                   */
    SYSCALL_REPLY_RECEIVE, /* token, message: ipc_reply_receive                           */
    SYSCALL_NOTIFY,        /* handle, events: ipc_notify                                  */
    SYSCALL_WAIT,          /* events, nanoseconds: thread_wait; -ETIMEDOUT where that is 0 */
    SYSCALL_SLEEP,         /* nanoseconds: thread_sleep                                   */
    SYSCALL_YIELD,         /* thread_yield                                                */
    SYSCALL_EXIT,          /* ends the thread, with its first argument for whoever asks   */
    SYSCALL_ACCEPT,        /* carries, 8 bits, and blocks above them; events: ipc_accept  */
    SYSCALL_REVOKE,        /* handle: ipc_revoke                                          */
    SYSCALL_CLOSE,         /* handle: ipc_close                                           */
    SYSCALL_GRANT,         /* blocks: grant_blocks; their address                         */
    SYSCALL_RETURN,        /* address, blocks: grant_return                               */
    SYSCALL_WINDOW,        /* grant_window_blocks                                         */
    SYSCALL_CLOCK,         /* clock_nanoseconds                                           */
    SYSCALL_IO_READ,       /* device, offset: io_read8                                    */
    SYSCALL_IO_WRITE,      /* device, 256 * offset + value: io_write8                     */
    SYSCALL_IO_MEMORY,     /* device: io_memory; 0: none                                  */
    SYSCALL_IO_LISTEN,     /* device, events: io_listen                                   */
    SYSCALL_IO_DONE,       /* device: io_done                                             */
    SYSCALL_IO_TAKE,       /* device: io_take, into the message page                      */
    SYSCALLS,
    SYSCALL_TIMED = 32, /* added to one with a message: waits for `nanoseconds` at most */
};

/* Lets ring 3 make system calls. Once for each processor. */
void syscall_init(void);
