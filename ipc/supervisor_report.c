/* Servers in words. */
#include "core/console.h"
#include "core/fault.h"
#include "ipc/supervisor_state.h"
#include "ipc/waits.h"
#include "mm/size_class.h"

static const char *how_ended(const struct thread_end *end)
{
    return end->how == THREAD_EXITED   ? "has ended"
           : end->how == THREAD_KILLED ? "was ended"
                                       : fault_name(end->vector);
}

void supervisor_tell_start(const struct supervised *server)
{
    if (server->wrong != NULL) {
        kprintf("servers: %s could not be started: %s\n", server->what->name, server->wrong);
    }
}

static size_t objects(const struct reclaim_report *report)
{
    size_t sum = 0;
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        sum += report->objects[class];
    }
    return sum;
}

void supervisor_tell_end(const struct supervised *server)
{
    const struct reclaim_report *report = &server->report;
    kprintf("servers: %s%s %s; of %zu blocks (%zu KiB) that it held it had not freed %zu: %zu runs, %zu objects\n",
            server->what->name, server->end.how == THREAD_FAULTED ? ":" : "", how_ended(&server->end), server->held,
            server->held * (HEAP_BLOCK_SIZE / 1024), report->blocks, report->runs, objects(report));
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        if (report->objects[class] != 0) {
            kprintf("servers:   %zu of %u bytes\n", report->objects[class], (unsigned)size_classes[class].size);
        }
    }
}

struct state {
    const char *text, *name; /* the second may be "" */
};

static struct state state_of(const struct server_totals *server, const struct thread_totals *thread)
{
    thread_id whom;
    if (!server->runs) {
        const char *ended = server->starts != 0 ? how_ended(&server->end) : "was not started";
        return (struct state){server->wrong != NULL ? server->wrong : ended, ""};
    }
    switch (ipc_waits_for(server->thread, &whom)) {
    case IPC_WAITS_FOR_MESSAGES: return (struct state){"waits for messages", ""};
    case IPC_WAITS_FOR_ANSWER:
        return (struct state){"waits for ", server_name_of(whom) != NULL ? server_name_of(whom) : "the kernel"};
    case IPC_WAITS_FOR_NOBODY: break;
    }
    return (struct state){thread->state == THREAD_SLEEPING ? "sleeps" : "runs", ""};
}

static void print_server(const struct server_totals *server, print_text *print)
{
    size_t held = 0;
    struct thread_totals thread = {.nanoseconds = 0};
    if (server->runs) {
        held = owner_blocks(server->owner);
        (void)thread_totals(server->thread & THREAD_IDLE_SLOT, &thread);
    }
    struct state state = state_of(server, &thread);
    print("  %-15s %-6s %8d %12llu %7zu %7u %8u  %s%s\n", server->what->name,
          server->what->mode == SERVER_USER ? "user" : "kernel", server->what->priority,
          (unsigned long long)(thread.nanoseconds / 1000), held, (unsigned)server->what->quota_blocks,
          server->starts != 0 ? server->starts - 1 : 0, state.text, state.name);
}

int command_servers(void *context, const char *arguments, print_text *print)
{
    struct server_totals server;
    (void)context, (void)arguments;
    print("  %-15s %-6s %8s %12s %7s %7s %8s  %s\n", "server", "mode", "priority", "microseconds", "blocks", "quota",
          "restarts", "state");
    for (size_t row = 0; server_totals(row, &server); row++) {
        print_server(&server, print);
    }
    return 0;
}

static int tell(const char *name, const char *wrong, print_text *print)
{
    if (wrong == NULL) {
        return 0;
    }
    print("error: \"%s\": %s; \"servers\" lists them\n", name, wrong);
    return -EINVARG;
}

int command_start(void *context, const char *arguments, print_text *print)
{
    (void)context;
    return tell(arguments, server_start(arguments), print);
}

int command_kill(void *context, const char *arguments, print_text *print)
{
    (void)context;
    return tell(arguments, server_kill(arguments), print);
}
