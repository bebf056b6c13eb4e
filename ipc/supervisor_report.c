/* Servers in words. */
#include "core/console.h"
#include "core/fault.h"
#include "core/status.h"
#include "ipc/supervisor_state.h"
#include "mm/size_class.h"

static const char *how_ended(const struct thread_end *end)
{
    return end->how == THREAD_EXITED   ? "has ended"
           : end->how == THREAD_KILLED ? "was killed"
                                       : fault_name(end->vector);
}

void supervisor_tell_start(const struct supervised *server)
{
    if (server->status != 0) {
        kprintf("servers: %s could not be started: %s\n", server->what->name, status_sentence(server->status));
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
    kprintf("servers: %s: %s; %zu blocks (%zu KiB) are free again, %zu of them its own: %zu runs, %zu objects\n",
            server->what->name, how_ended(&server->end), server->held, server->held * (HEAP_BLOCK_SIZE / 1024),
            report->blocks, report->runs, objects(report));
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        if (report->objects[class] != 0) {
            kprintf("servers:   %zu of %u bytes\n", report->objects[class], (unsigned)size_classes[class].size);
        }
    }
}

int command_servers(void *context, const char *arguments, print_text *print)
{
    struct server_totals server;
    (void)context, (void)arguments;
    print("  %-15s %-6s %8s %6s %8s %8s  %s\n", "server", "mode", "priority", "starts", "blocks", "quota", "state");
    for (size_t row = 0; server_totals(row, &server); row++) {
        struct owner_totals owner = {.held = 0};
        if (server.runs) {
            (void)owner_totals(server.owner, &owner);
        }
        print("  %-15s %-6s %8d %6u %8zu %8u  %s\n", server.what->name,
              server.what->mode == SERVER_USER ? "user" : "kernel", server.what->priority, server.starts, owner.held,
              (unsigned)server.what->quota_blocks, server.runs ? "runs" : how_ended(&server.end));
    }
    return 0;
}

int command_start(void *context, const char *arguments, print_text *print)
{
    (void)context;
    int status = server_start(arguments);
    if (status == -EINVARG) {
        print("error: there is no server \"%s\", or it runs; \"servers\" lists them\n", arguments);
    } else if (status != 0) {
        print("error: %s\n", status_sentence(status));
    }
    return status;
}

int command_kill(void *context, const char *arguments, print_text *print)
{
    (void)context;
    int status = server_kill(arguments);
    if (status != 0) {
        print("error: no server \"%s\" runs; \"servers\" lists them\n", arguments);
    }
    return status;
}
