/* What the supervisor knows of a server. Its thread alone changes it, but for `asked`. */
#pragma once

#include "ipc/io_table.h"
#include "ipc/program.h"
#include "ipc/setup.h"
#include "ipc/supervisor.h"

struct supervised {
    const struct server_description *what;
    struct ipc_endpoint endpoint; /* stays */
    void *pristine;               /* of its data, as that was at first; NULL: not kept yet */
    bool asked;                   /* to be started */

    /* While it runs, and while it is made or cleared. */
    bool runs;
    bool owned, loaded; /* there is an owner, a program */
    owner_t owner;
    size_t charged; /* blocks, for what the kernel has for it */
    struct handle_table *handles;
    struct io_table *io;
    struct program program;
    struct message *page;
    thread_id thread; /* 0: none */

    /* Of its last life. */
    const char *wrong; /* why it could not be started, or NULL */
    unsigned starts;
    struct thread_end end;
    size_t held; /* blocks, when it ended */
    struct reclaim_report report;
};

/* Of the server in that row of the table, or NULL: there is none. */
struct supervised *supervisor_row(size_t row);

/* Makes all that a server is; its thread does not run before the caller waits, to which `events` come when it ends. NULL, or what
 * is wrong, as a sentence without a full stop: what there is of it is then to be cleared away. */
const char *server_make(struct supervised *server, const struct interrupt_routes *routes, uint64_t events);

/* Whatever there is of it goes, its thread first. */
void server_clear(struct supervised *server);

/* On the console. */
void supervisor_tell_start(const struct supervised *server);
void supervisor_tell_end(const struct supervised *server);
