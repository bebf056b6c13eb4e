/* What a thread does of its own: one of the kernel by calling the kernel's functions, a server in ring 3 by those of
 * servers/library, which have the same names. Portable.
 *
 * A thread has 64 events, of which the highest is the kernel's: bits that others set (ipc_notify) and it alone takes; one that is
 * set twice before it is taken is one event. */
#pragma once

#include <stdint.h>

#define THREAD_FOREVER UINT64_MAX

/* Ends the calling thread. */
_Noreturn void thread_exit(void);

/* Lets others of the same priority run first. */
void thread_yield(void);

/* Stops for at least `nanoseconds`; 0: thread_yield. */
void thread_sleep(uint64_t nanoseconds);

/* Takes those of the events in `wanted` that are set; waits for one when there is none, at most `nanoseconds`
 * (THREAD_FOREVER: without end). 0: the time was up. */
uint64_t thread_wait(uint64_t wanted, uint64_t nanoseconds);
