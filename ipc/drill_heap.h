/* kmalloc in ring 3, tried on the machine itself: for the monitor's `drill` and `bench`. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A server that takes, frees, frees what it must not, and takes all that it may have. NULL, or what was not as it must be. */
const char *drill_heap(void);

/* What kmalloc(64) and kfree of it take there, together. */
int bench_kmalloc_user_64(uint64_t *samples, size_t count);
