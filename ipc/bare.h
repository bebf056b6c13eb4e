/* The calls whose cost counts, for kernel threads that leave it to the compiler which registers are to be kept: where there are
 * few, that is cheaper than a function that keeps all. Otherwise as in ipc/ipc.h. */
#pragma once

#include "core/cpu.h"
#include "ipc/ipc.h"

/* ipc/enter.asm, without end; they keep no register but rbp. */
int64_t ipc_enter_call(handle_t to, struct message *message);
int64_t ipc_enter_reply_receive(uint64_t token, struct message *message);

/* ipc/ipc.c, with a time limit. */
int ipc_call_timed(handle_t to, struct message *message, uint64_t nanoseconds);
int ipc_reply_receive_timed(uint64_t token, struct message *message, uint64_t nanoseconds);

static inline int ipc_call_bare(handle_t to, struct message *message, uint64_t nanoseconds)
{
    return nanoseconds == IPC_FOREVER ? (int)CPU_CALL_BARE(ipc_enter_call, to, message)
                                      : ipc_call_timed(to, message, nanoseconds);
}

static inline int ipc_reply_receive_bare(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    return nanoseconds == IPC_FOREVER ? (int)CPU_CALL_BARE(ipc_enter_reply_receive, token, message)
                                      : ipc_reply_receive_timed(token, message, nanoseconds);
}
