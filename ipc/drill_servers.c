/* Each server that runs is ended and started again, with whatever it was doing: nothing of it is left behind. */
#include "core/hooks.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "ipc/supervisor.h"

enum { A_WHILE = 5 * 1000 * 1000 };

/* Ends it while it serves, and once more, as soon as it has begun. */
static const char *end_twice(const struct server_totals *server)
{
    if (server_kill(server->what->name) != 0) {
        return "a server that runs could not be ended";
    }
    size_t before = heap_used();
    if (server_start(server->what->name) != 0) {
        return "a server that has ended could not be started";
    }
    thread_sleep(A_WHILE);
    if (server_kill(server->what->name) != 0) {
        return "a server that was started had ended";
    }
    return heap_used() == before ? NULL : "the heap does not hold what it did before a server was started";
}

const char *drill_servers(void)
{
    struct server_totals server;
    const char *wrong = NULL;
    for (size_t row = 0; wrong == NULL && server_totals(row, &server); row++) {
        if (server.runs) {
            wrong = end_twice(&server);
            wrong = server_start(server.what->name) == 0 ? wrong : "a server could not be started again";
        }
    }
    return wrong;
}
