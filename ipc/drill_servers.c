/* Each server that runs is ended and started again: nothing of it is left behind. */
#include "core/hooks.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "ipc/supervisor.h"
#include "mm/kheap.h"

enum { A_WHILE = 5 * 1000 * 1000 };

static size_t used(void)
{
    kheap_trim();
    return heap_used();
}

/* Ends it as it serves, and once more as soon as it has begun: the heap holds the same both times. */
static const char *end_twice(const char *name)
{
    if (server_kill(name) != NULL) {
        return "a server that runs could not be ended";
    }
    size_t before = used();
    if (server_start(name) != NULL) {
        return "a server that has ended could not be started";
    }
    thread_sleep(A_WHILE);
    if (server_kill(name) != NULL) {
        return "a server that was started had ended";
    }
    return used() == before ? NULL : "the heap does not hold what it did before a server was started";
}

const char *drill_servers(void)
{
    struct server_totals server;
    const char *wrong = NULL;
    for (size_t row = 0; wrong == NULL && server_totals(row, &server); row++) {
        if (server.runs) {
            wrong = end_twice(server.what->name);
            const char *gone = server_start(server.what->name);
            wrong = wrong != NULL ? wrong : gone;
        }
    }
    return wrong;
}
