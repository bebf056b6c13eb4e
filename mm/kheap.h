/* The kernel heap: one heap_t for each region of the plan, behind one interface. Any context may call kmalloc and kfree:
 * they take kheap_lock for a bounded number of instructions. Which region serves is found through bins of regions by
 * longest free run, so neither the number of regions nor history matters; pointer to region takes log2(regions) steps. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mm/heap.h"
#include "mm/plan.h"

enum {
    KHEAP_REGION_LOOKS = 4, /* regions tried at last, where only a run of about the request's length may fit */

    /* From the start of a region's table to its entries: the region's heap_t, in whole cache lines. */
    KHEAP_RECORD_BYTES = (sizeof(heap_t) + 63) / 64 * 64,
};
static_assert(KHEAP_RECORD_BYTES % _Alignof(HEAP_BLOCK_TABLE_ENTRY) == 0, "entries stand right after the record");

/* Says what kheap_init builds on. `plan` must be a good one, mapped at `base` (the address of physical 0: in the kernel
 * DIRECT_MAP_BASE), and stay until kheap_init returns. */
void kheap_use(const struct plan *plan, uintptr_t base);

/* Creates the heaps of all regions, all blocks free; their records and tables may hold anything before. After another
 * kheap_use it may be called again and starts afresh: what was allocated is forgotten. */
void kheap_init(void);

/* Takes room for `size` bytes: whole blocks in one region, not cleared. NULL when size is 0, no region has a free run
 * that is long enough (heap_malloc's reservation holds), or before kheap_init; then nothing has changed. */
void *kmalloc(size_t size);

/* NULL is a no-op. Anything but the start of a live allocation of kmalloc is refused and reported (heap_refused), and
 * nothing has changed. */
void kfree(void *ptr);

/* The same; 0, or -EINVARG when the free was refused. */
int kheap_try_free(void *ptr);

/* Hooks of the lock, resolved at link time: the kernel masks interrupts (and takes its lock where there are more
 * processors). What the first returns is handed to the second. */
uintptr_t kheap_lock(void);
void kheap_unlock(uintptr_t state);

struct kheap_totals {
    size_t regions;
    size_t blocks;
    size_t used;
    size_t peak; /* the most that was used at one time, over all regions */
    size_t live_runs;
    size_t free_runs;
    size_t longest_free; /* blocks of the longest free run */
    size_t refused;      /* frees                          */
};

/* Walks all regions: outside the bound. */
struct kheap_totals kheap_totals(void);

/* The heap of a region, 0 to regions - 1, in the order of addresses; to be read only. */
const heap_t *kheap_region(size_t index);

/* The region whose blocks hold the address, or NULL. */
const heap_t *kheap_region_of(const void *ptr);

/* Compares the live heaps with the plan they were made from: NULL, or what differs, as a sentence. */
const char *kheap_matches_plan(const struct plan *plan);

/* Whether all is sound: NULL, or the first broken invariant as a sentence. Those of each region (mm/heap_check.h), and
 *   K1  Regions are listed by where they start, and do not overlap.
 *   K2  Each region is listed once, in the bin of its longest free run, or nowhere when it is full.
 *   K3  The count of used blocks is the sum of the regions'. */
const char *kheap_check(void);
