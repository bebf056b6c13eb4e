/* Starts the servers of the manifest (ipc/server.h), and clears away those that end, however they do: whoever waits for one is
 * told by the rules of calls; its handles, its memory and its owner go, and what it had not freed is reported. Its endpoint
 * stays, and so do the handles of others that lead there: they get -EDEAD until it is started again.
 *
 * A thread of its own does all that, of the highest priority, so that nobody sees a server half made. Everything that is made
 * for a server, its stack and its tables too, is charged to the server's owner. Any thread may call what stands here, interrupts
 * on; kernel only. */
#pragma once

#include <stdbool.h>

#include "core/acpi_routes.h"
#include "core/print.h"
#include "core/thread.h"
#include "ipc/server.h"
#include "ipc/setup.h"
#include "mm/owner.h"

/* Where a handle leads that the manifest gives to "kernel" (ipc/kernel_service.h), and one to "figures" (ipc/figures_service.h). */
extern struct ipc_endpoint kernel_endpoint, figures_endpoint;

/* Makes the thread that does it, and lets it start all servers, or, where the monitor is to keep the console, those that neither drive
 * devices nor give the kernel commands. Once; `wired`, how interrupts are, stays. 0 or -ENOMEM. */
int supervisor_begin(const struct interrupt_routes *wired, bool monitor_keeps_console);

/* Starts a server that does not run. NULL; or why not, as a sentence without a full stop: nothing of it is left then. */
const char *server_start(const char *name);

/* Ends a server, with all that it has, before it returns. NULL, or why not. */
const char *server_kill(const char *name);

struct server_totals {
    const struct server_description *what;
    bool runs;
    unsigned starts;
    thread_id thread; /* while it runs */
    owner_t owner;
    const char *wrong;            /* why it could not be started, or NULL    */
    struct thread_end end;        /* how it has ended, once it has           */
    struct reclaim_report report; /* and what it had not freed               */
};

/* Of the server in a row of the table; false: there is none. */
bool server_totals(size_t row, struct server_totals *totals);

/* Where the server of a row receives, whoever that is at the moment; there must be that row. */
struct ipc_endpoint *server_endpoint(size_t row);

/* Whose thread it is: NULL, no server's. */
const char *server_name_of(thread_id thread);

/* For the monitor. */
int command_servers(void *context, const char *arguments, print_text *print);
int command_start(void *context, const char *arguments, print_text *print);
int command_kill(void *context, const char *arguments, print_text *print);
