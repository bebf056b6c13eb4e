/* What servers/heap_drill.c and those who run it (ipc/drill_heap.c) tell each other, in a page that both see. */
#pragma once

#include <stdint.h>

enum {
    HEAP_TRIAL_SAMPLES = 64,
    HEAP_TRIAL_GOOD = 0x600D, /* what the program returns; else the line that found something wrong */
};
#define HEAP_TRIAL_PAGE UINT64_C(0x800000) /* where the program sees it */

struct heap_trial {
    uint64_t measure; /* pairs of kmalloc and kfree to be measured; 0: the heap is to be tried */
    uint64_t bytes;   /* of each                                                               */
    uint64_t endless; /* not 0: takes and frees, asks and gives back, until it is ended         */
    uint64_t samples[HEAP_TRIAL_SAMPLES];
    uint64_t refused; /* bad frees that the heap has refused       */
    uint64_t filled;  /* blocks that it had until there were no more */
};
