#include "ipc/supervisor.h"

#include "core/lock.h"
#include "core/string.h"
#include "ipc/supervisor_state.h"
#include "mm/kheap.h"

enum {
    PRIORITY = PRIORITIES - 1,
    EVENT_ASKED = 1 << 0,
    EVENT_ENDED = 1 << 1,
};

struct ipc_endpoint kernel_endpoint, figures_endpoint;
static struct supervised *servers;
static thread_id supervisor;
static const struct interrupt_routes *routes;

struct supervised *supervisor_row(size_t row)
{
    return servers != NULL && row < server_count ? &servers[row] : NULL;
}

static void start(struct supervised *server)
{
    server->report = (struct reclaim_report){.blocks = 0};
    server->end = (struct thread_end){.how = THREAD_LIVES};
    server->wrong = server_make(server, routes, EVENT_ENDED);
    server->runs = server->wrong == NULL;
    server->starts += server->runs;
    if (!server->runs) {
        server_clear(server);
    }
    supervisor_tell_start(server);
}

/* Whether there is a shell. */
static bool is_commanded(void)
{
    bool commanded = false;
    for (uint16_t i = 0; i < server_count; i++) {
        commanded = commanded || (servers[i].runs && server_gives_commands(servers[i].what));
    }
    return commanded;
}

/* Once nobody gives commands any more, the console is the kernel's again, and with it the monitor's. */
static void give_console_back(void)
{
    bool commanded = is_commanded();
    for (uint16_t i = 0; !commanded && i < server_count; i++) {
        if (servers[i].runs && server_has_console(servers[i].what)) {
            (void)thread_kill(servers[i].thread);
        }
    }
}

/* Sees to each server; whether there was anything to do. */
static bool look(void)
{
    bool did = false;
    for (uint16_t i = 0; i < server_count; i++) {
        struct supervised *server = &servers[i];
        if (server->runs && server->end.how != THREAD_LIVES) {
            server_clear(server);
            supervisor_tell_end(server);
            did = true;
            if (server_gives_commands(server->what)) {
                give_console_back();
            }
        }
        if (server->asked) {
            server->asked = false;
            start(server);
            did = true;
        }
    }
    return did;
}

static void supervise(void *unused)
{
    (void)unused;
    for (;;) {
        if (!look()) {
            thread_wait(EVENT_ASKED | EVENT_ENDED, THREAD_FOREVER);
        }
    }
}

int supervisor_begin(const struct interrupt_routes *wired, bool monitor_keeps_console)
{
    routes = wired;
    servers = kcalloc(server_count, sizeof *servers);
    if (servers == NULL) {
        return -ENOMEM;
    }
    for (uint16_t i = 0; i < server_count; i++) {
        const struct server_description *what = &server_descriptions[i];
        bool takes_console = what->device_count != 0 || server_gives_commands(what);
        servers[i] = (struct supervised){.what = what, .asked = !takes_console || !monitor_keeps_console};
    }
    return thread_create(&(struct thread_plan){.name = "supervisor", .run = supervise, .priority = PRIORITY},
                         &supervisor);
}

static struct supervised *find(const char *name)
{
    struct supervised *server;
    for (size_t row = 0; (server = supervisor_row(row)) != NULL; row++) {
        if (strcmp(server->what->name, name) == 0) {
            return server;
        }
    }
    return NULL;
}

const char *server_start(const char *name)
{
    struct supervised *server = find(name);
    if (server == NULL || server->runs) {
        return server == NULL ? "there is no such server" : "it runs";
    }
    if (server_has_console(server->what) && !is_commanded()) {
        return "nobody would take what is typed: start a shell first";
    }
    server->asked = true;
    (void)thread_notify(supervisor, EVENT_ASKED);
    return server->wrong;
}

const char *server_kill(const char *name)
{
    struct supervised *server = find(name);
    if (server == NULL) {
        return "there is no such server";
    }
    return thread_kill(server->thread) == 0 ? NULL : "it does not run";
}

bool server_totals(size_t row, struct server_totals *totals)
{
    const struct supervised *server = supervisor_row(row);
    if (server == NULL) {
        return false;
    }
    uint64_t lock = kernel_lock();
    *totals = (struct server_totals){.what = server->what,
                                     .runs = server->runs,
                                     .starts = server->starts,
                                     .thread = server->thread,
                                     .owner = server->owner,
                                     .wrong = server->wrong,
                                     .end = server->end,
                                     .report = server->report};
    kernel_unlock(lock);
    return true;
}

struct ipc_endpoint *server_endpoint(size_t row)
{
    return &servers[row].endpoint;
}

const char *server_name_of(thread_id thread)
{
    const struct supervised *server;
    for (size_t row = 0; (server = supervisor_row(row)) != NULL; row++) {
        if (server->thread == thread) {
            return server->what->name;
        }
    }
    return NULL;
}
