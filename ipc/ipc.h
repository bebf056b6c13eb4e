/* Calls between servers, as a kernel thread makes them: direct functions, no system call. The rules are those of
 * ipc/endpoint.h; what stands here is their effect. Kernel only; a function may be called by any thread, interrupts on, and
 * not in an interrupt, where it does not say otherwise.
 *
 * Time is in nanoseconds: 0 does not wait, IPC_FOREVER waits without end. A message is read and written while its owner
 * waits: it must stay where it is until the function returns.
 *
 * All return 0 or a negative status:
 *   -EINVARG    no such handle or token, or a message outside its contract
 *   -EPERM      the handle does not allow that
 *   -EDEAD      nobody receives there, or the other side has ended meanwhile
 *   -ECYCLE     it would wait for itself, or along too long a chain
 *   -ETIMEDOUT  the time is up */
#pragma once

#include <stdint.h>

#include "core/thread.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "ipc/message.h"

#define IPC_FOREVER UINT64_MAX

/* Where a server receives. It outlives the server. */
struct ipc_endpoint {
    struct endpoint endpoint;
    struct handle *handles; /* that lead here, of whatever table: a ring */
};

/* Sends the message, waits for the answer, and puts that in its place. */
int ipc_call(handle_t to, struct message *message, uint64_t nanoseconds);

/* Sends the message; returns when the receiver has it. */
int ipc_send(handle_t to, struct message *message, uint64_t nanoseconds);

/* Waits for a message at the calling thread's endpoint. */
int ipc_receive(struct message *message, uint64_t nanoseconds);

/* Answers a call that ipc_receive has returned: once, at any time, in any order. */
int ipc_reply(uint64_t token, struct message *message);

/* Both: answers `message` and waits for the next one, which takes its place. The answer's failure does not keep it from that:
 * who has asked is gone then. */
int ipc_reply_receive(uint64_t token, struct message *message, uint64_t nanoseconds);

/* Sets events of whoever receives there (thread_wait), -EDEAD when nobody does. */
int ipc_notify(handle_t to, uint64_t events);

/* Makes the thread the receiver at an endpoint. -EINVARG when there is no such thread, or it receives elsewhere already;
 * -EPERM when another one receives there. */
int ipc_bind(struct ipc_endpoint *endpoint, thread_id id);

/* Gives the thread a table of handles, `table` made by handle_table_init, which stays until the thread has ended; or NULL.
 * -EINVARG when there is no such thread. */
int ipc_use_handles(thread_id id, struct handle_table *table);

/* Gives a thread of ring 3 its message page, as the kernel reaches it; the thread must not outlive it. -EINVARG when there is
 * no such thread. */
int ipc_use_page(thread_id id, struct message *page);
