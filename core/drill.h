/* What threads, calls and servers promise, tried on the machine itself: the monitor's `drill`. Each drill leaves nothing behind. They
 * are in an image of their own (boot/image.cmake), with the kernel as it is in the one that ships. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/print.h"

/* Whether this is that image. There the monitor keeps the console: servers that drive devices, or give commands, are not started. */
extern const bool drills_are_here;

/* Monitor command, in the image that has drills; `arguments` is the name of one. 0, or -EINVARG after "error: " and what was not as
 * it must be, or the names that there are. The other image's says which one has them. */
int command_drill(void *context, const char *arguments, print_text *print);

/* Each returns NULL, or what was not as it must be, as a phrase. */

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
