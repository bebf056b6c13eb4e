/* What the kernel does so that a thread can call, and be called. Kernel only; a function may be called by any thread, interrupts
 * on, and not in an interrupt. */
#pragma once

#include "core/thread.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "ipc/ipc.h"

struct address_space;

/* Where a server receives. It outlives the server. */
struct ipc_endpoint {
    struct endpoint endpoint;
    struct handle *handles; /* that lead here, of whatever table: a ring */
};

/* Makes the thread the receiver at an endpoint. -EINVARG when there is no such thread, or it receives elsewhere already;
 * -EPERM when another one receives there. */
int ipc_bind(struct ipc_endpoint *endpoint, thread_id id);

/* Gives the thread a table of handles, `table` made by handle_table_init, which stays until the thread has ended; or NULL.
 * -EINVARG when there is no such thread. */
int ipc_use_handles(thread_id id, struct handle_table *table);

/* Lets a thread of ring 3 have blocks, for whoever pays for its space (mm/window.h), which it must not outlive; the one thread that
 * runs in it. Until then it has none. -EINVARG when there is no such thread. */
int ipc_use_window(thread_id id, struct address_space *space);

/* Takes back all of a table's handles, and with them what was derived from these: before its memory goes. In time proportional to
 * them, unlocking in between. */
void ipc_close_all(struct handle_table *table);

/* Gives a thread of ring 3 its message page, as the kernel reaches it; the thread must not outlive it. -EINVARG when there is
 * no such thread. */
int ipc_use_page(thread_id id, struct message *page);
