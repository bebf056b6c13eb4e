/* A conversation with the servers that run: the monitor's `drill talk`. Kernel only. */
#pragma once

#include "core/print.h"

/* Without a line: starts all servers anew, and listens to what they say from now on. With one of servers/NAME/conversation: says it,
 * and prints what was said until nobody has anything left to do; of what was typed, which it is told after that, what was said since.
 * 0, or -EINVARG after "error: " and what the line is not. */
int drill_talk(const char *line, print_text *print);
