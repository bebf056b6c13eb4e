/* Walks over all that the kernel heap has, for figures. The lock is held for one step at a time, so for a bounded number of
 * instructions, and others may take and give memory between two steps: what is there all the time is met once, what comes, goes or
 * merges meanwhile is met or not. */
#pragma once

#include "mm/kheap.h"

/* Where a walk is. {.region = n}: before the first run of that region, {0} of all. */
struct kheap_walk {
    size_t region;
    size_t block;
};

/* A run, or a slab, which is one too. */
struct kheap_met {
    size_t region;
    struct heap_run run;
    owner_t owner;  /* of a live one                                    */
    size_t class;   /* of a slab's objects; SIZE_CLASSES: it is no slab */
    size_t objects; /* live ones in it                                  */
};

/* The next one. False: that was the last one of the last region. Not under the lock. */
bool kheap_walk(struct kheap_walk *walk, struct kheap_met *met);
