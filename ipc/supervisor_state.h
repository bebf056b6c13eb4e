/* What the supervisor knows of a server. Its thread alone changes it, but for `asked`. */
#pragma once

#include "ipc/io_table.h"
#include "ipc/ipc.h"
#include "ipc/program.h"
#include "ipc/supervisor.h"

struct supervised {
    const struct server_description *what;
    struct ipc_endpoint endpoint; /* stays */
    void *pristine;               /* of its data, as that was at first; NULL: not kept yet */
    bool asked;                   /* to be started */

    /* While it runs. */
    bool runs;
    bool owned, charged, loaded; /* there is an owner, its charge, a program */
    owner_t owner;
    struct handle_table *handles;
    struct io_table *io;
    struct program program;
    struct message *page;
    thread_id thread;

    /* Of its last life. */
    int status; /* why it could not be started, or 0 */
    unsigned starts;
    struct thread_end end;
    size_t held; /* blocks, when it ended */
    struct reclaim_report report;
};

/* On the console. */
void supervisor_tell_start(const struct supervised *server);
void supervisor_tell_end(const struct supervised *server);
