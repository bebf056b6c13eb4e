/* What threads promise, tried on the machine itself: the monitor's `drill`. Each drill leaves nothing behind. */
#pragma once

#include <stddef.h>

#include "core/print.h"

struct drill {
    const char *name;
    const char *(*run)(void); /* NULL, or what was not as it must be, as a phrase */
};

/* What main.c knows. */
struct drills {
    size_t (*heap_used)(void); /* blocks */
    const struct drill *all;
    size_t count;
};

/* Monitor command; the context is a struct drills, `arguments` the name of one. 0, or -EINVARG after "error: " and what was
 * not as it must be, or the names that there are. */
int command_drill(void *context, const char *arguments, print_text *print);

/* core/drill.c */
const char *drill_churn(void);
const char *drill_crowd(void);
const char *drill_preempt(void);
const char *drill_sleep(void);
const char *drill_timer(void);

/* core/drill_edges.c */
const char *drill_edges(void);

/* core/drill_kill.c */
const char *drill_kill(void);
