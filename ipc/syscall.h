/* System calls: what ring 3 asks of the kernel. A call is a number in rax and up to three arguments in rdi, rsi and rdx; the
 * answer is in rax, negative for a status. Messages are in the thread's message page (struct message at its start), which
 * the kernel reaches through the direct map: it never reads or writes through an address that ring 3 gives. rcx, r11 and
 * the registers of arguments come back as 0; all others are kept. */
#pragma once

#include <stdint.h>

enum syscall {
    SYSCALL_NULL,          /* does nothing: 0                                             */
    SYSCALL_CALL,          /* handle, nanoseconds: ipc_call                               */
    SYSCALL_SEND,          /* handle, nanoseconds: ipc_send                               */
    SYSCALL_RECEIVE,       /* nanoseconds: ipc_receive                                    */
    SYSCALL_REPLY,         /* token: ipc_reply                                            */
    SYSCALL_REPLY_RECEIVE, /* token, nanoseconds: ipc_reply_receive                       */
    SYSCALL_NOTIFY,        /* handle, events: ipc_notify                                  */
    SYSCALL_WAIT,          /* events, nanoseconds: thread_wait; -ETIMEDOUT where that is 0 */
    SYSCALL_SLEEP,         /* nanoseconds: thread_sleep                                   */
    SYSCALL_YIELD,         /* thread_yield                                                */
    SYSCALL_EXIT,          /* ends the thread, with its first argument for whoever asks   */
    SYSCALLS,
};

/* Lets ring 3 make system calls. Once for each processor. */
void syscall_init(void);
