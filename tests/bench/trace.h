/* The workloads of the host benchmark: the same steps for every allocator, made before anything is measured. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ARENA_BYTES (UINT64_C(64) << 20) /* what an allocator without an operating system gets */

struct step {
    uint32_t slot;  /* which of the objects                */
    uint32_t bytes; /* allocate so many; 0: free the object */
};

struct trace {
    struct step *steps;
    size_t count;
    size_t measured_from; /* the steps before this one bring the heap into its usual state */
    uint32_t slots;
};

/* Makes the trace called `name`; false when there is none of that name. From a fixed seed: always the same.
 *   lifo    bursts of 1 to 16 objects up to 1 KiB, freed in reverse
 *   queue   first in, first out: 48 to 512 bytes, up to 2000 waiting
 *   random  8000 objects from 16 bytes to 32 KiB, replaced at random
 *   pages   runs of 1 to 32 pages, replaced at random, three quarters of the arena in use */
bool trace_make(struct trace *trace, const char *name);
