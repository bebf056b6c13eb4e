/* The calls of a server, made by one source as a kernel thread and in ring 3: for the monitor's `drill` (core/drill.h). NULL, or
 * what was wrong, as a sentence. */
#pragma once

const char *drill_parley(void);
