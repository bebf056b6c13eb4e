/* Calls between kernel threads, tried on the machine itself: for the monitor's `drill` (core/drill.h). */
#pragma once

/* NULL, or what was not as it must be. */
const char *drill_calls(void);

/* A program in ring 3 that makes two million system calls at random, among others who go on. Prints what came back, call by
 * call, one column for each status. */
const char *drill_hostile(void);

/* Every status of every call, provoked. NULL, or what was returned that should not be, or never was. */
const char *drill_status(void);

/* Who sends or receives blocks and a handle is ended, in each state that it can be in. NULL, or who left something behind, or had
 * what it must not. */
const char *drill_death(void);
