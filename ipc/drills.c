/* All drills by their names. */
#include "core/drill.h"
#include "core/hooks.h"
#include "core/status.h"
#include "core/string.h"
#include "ipc/drill_heap.h"
#include "ipc/drill_ipc.h"
#include "ipc/drill_parley.h"
#include "ipc/drill_talk.h"
#include "ipc/drill_user.h"
#include "ipc/supervisor.h"

const bool drills_are_here = true;

static const struct drill {
    const char *name;
    const char *(*run)(void);
} drills[] = {
    {"calls", drill_calls}, {"churn", drill_churn},     {"crowd", drill_crowd},     {"death", drill_death},
    {"edges", drill_edges}, {"fpu", drill_fpu},         {"heap", drill_heap},       {"hostile", drill_hostile},
    {"kill", drill_kill},   {"parley", drill_parley},   {"preempt", drill_preempt}, {"program", drill_program},
    {"reach", drill_reach}, {"servers", drill_servers}, {"sleep", drill_sleep},     {"status", drill_status},
    {"timer", drill_timer}, {"user", drill_user},
};
enum { DRILLS = sizeof drills / sizeof *drills };

/* Without what servers have: that may be more in their next life, as the tables of a heap in ring 3 are where its blocks lie on both
 * sides of a boundary. */
static size_t live(void)
{
    struct server_totals server;
    size_t live = heap_live();
    for (size_t row = 0; server_totals(row, &server); row++) {
        live -= server.runs ? heap_live_of(server.owner) : 0;
    }
    return live;
}

static int try(const struct drill *drill, print_text *print)
{
    size_t before = live();
    const char *wrong = drill->run();
    if (wrong == NULL && live() != before) {
        wrong = "the heap does not hold as many allocations as before";
    }
    print(wrong == NULL ? "drill: ok\n" : "error: %s\n", wrong);
    return wrong == NULL ? 0 : -EINVARG;
}

/* Behind the word `talk`, and blanks; NULL: that is not how it begins. */
static const char *talked(const char *arguments)
{
    const char *word = "talk";
    while (*word != '\0' && *word == *arguments) {
        word++, arguments++;
    }
    if (*word != '\0' || (*arguments != '\0' && *arguments != ' ')) {
        return NULL;
    }
    while (*arguments == ' ') {
        arguments++;
    }
    return arguments;
}

int command_drill(void *context, const char *arguments, print_text *print)
{
    const char *line = talked(arguments);
    (void)context;
    if (line != NULL) {
        return drill_talk(line, print);
    }
    for (size_t i = 0; i < DRILLS; i++) {
        if (strcmp(arguments, drills[i].name) == 0) {
            return try(&drills[i], print);
        }
    }
    print("error: drill knows");
    for (size_t i = 0; i < DRILLS; i++) {
        print(" %s", drills[i].name);
    }
    print("\n");
    return -EINVARG;
}
