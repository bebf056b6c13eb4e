/* The kernel heap: one heap_t for each region of the plan, behind one interface. Any context may call kmalloc and kfree:
 * they take kheap_lock for a bounded number of instructions. Which region serves is found through bins of regions by
 * longest free run, so neither the number of regions nor history matters; pointer to region takes log2(regions) steps. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mm/heap.h"
#include "mm/plan.h"

#define KHEAP_ALIGNMENT_MAX (UINT64_C(2) << 20)

enum {
    KHEAP_REGION_LOOKS = 4, /* regions tried at last, where only a run of about the request's length may fit */
    KHEAP_RELIEF_MAX = 96,  /* things that a failing request gives back before it tries once more           */

    /* From the start of a region's table to its entries: the region's heap_t, in whole cache lines, of which the last
     * entry's worth is the guard before them. */
    KHEAP_RECORD_BYTES = (sizeof(heap_t) + sizeof(HEAP_BLOCK_TABLE_ENTRY) + 63) / 64 * 64,

    /* What a region's table takes beside the entries: that, and the guard behind them. */
    KHEAP_NOTES_BYTES = KHEAP_RECORD_BYTES + sizeof(HEAP_BLOCK_TABLE_ENTRY),
};
static_assert(KHEAP_RECORD_BYTES % _Alignof(HEAP_BLOCK_TABLE_ENTRY) == 0, "entries stand right after the record");

/* Says what kheap_init builds on. `plan` must be a good one, mapped at `base` (the address of physical 0: in the kernel
 * DIRECT_MAP_BASE), and stay until kheap_init returns. */
void kheap_use(const struct plan *plan, uintptr_t base);

/* Creates the heaps of all regions, all blocks free; their records and tables may hold anything before. After another
 * kheap_use it may be called again and starts afresh: what was allocated is forgotten. */
void kheap_init(void);

/* Takes room for `size` bytes, not cleared: a small object where the size has a class (mm/size_class.h), else a run of whole
 * blocks in one region. Aligned to 16 bytes; to its own size when that is a power of two up to a block, and above that
 * where it comes off a free run of more than BINS_EXACT blocks that holds such a boundary (who needs one for certain:
 * kmalloc_aligned). It is the current owner's, and charged to it by the block. NULL when size is 0, the owner's quota is
 * full (kheap_quota_refused), no region has a free run that is long enough (heap_malloc's reservation holds), or before
 * kheap_init; then nothing has changed, but that what is kept empty may have been given back: for a full quota only what
 * the owner itself keeps.
 * Bounded: one run operation, two where a new slab's descriptor needs a block that no run has beside the slab, and as many
 * more after KHEAP_RELIEF_MAX that give back what is kept, if the first ones fail. */
void *kmalloc(size_t size);

/* The same, all bytes 0; kcalloc takes room for `count` times `size` bytes, NULL too when the product does not fit. */
void *kzalloc(size_t size);
void *kcalloc(size_t count, size_t size);

/* At an address that is a multiple of `alignment`, a power of two up to KHEAP_ALIGNMENT_MAX; NULL for any other. Of runs that
 * fit only because they start on the boundary by chance all but the first may be overlooked: what always serves is a run
 * that is longer by `alignment`. */
void *kmalloc_aligned(size_t size, size_t alignment);

/* Makes the allocation at `ptr` hold `size` bytes, in place where it can; else moves it. What was there is kept, up to
 * the smaller size. NULL when `size` is 0, `ptr` is refused as by kfree, or there is no room: `ptr` is as before then. To
 * get shorter never fails.
 * krealloc(NULL, size) is kmalloc(size). An alignment asked of kmalloc_aligned is kept only in place. */
void *krealloc(void *ptr, size_t size);

/* Bytes that may be used at `ptr`, at least as many as were asked for; 0 for NULL and whatever kfree would refuse (which
 * is not reported). */
size_t kmalloc_usable_size(const void *ptr);

/* Gives back every slab that is empty but kept for the next request, and what the heap no longer needs for itself: with
 * nothing allocated and no owner but the kernel, each region is one free run then. Unlocks in between: no bound. */
void kheap_trim(void);

/* NULL is a no-op. Anything but the start of a live allocation of kmalloc is refused and reported (heap_refused), and
 * nothing has changed. Bounded: one run operation, two where a slab goes and the block of its descriptor with it. */
void kfree(void *ptr);

/* The same; 0, or -EINVARG when the free was refused. */
int kheap_try_free(void *ptr);

/* kmalloc, kfree and their like take a lock, and ask who the current owner is, through functions of the header that
 * the build names KHEAP_HOOKS, so that nothing of it costs a call:
 *   static inline uintptr_t kheap_lock(void);           masks interrupts (and takes a lock where there are more processors)
 *   static inline void kheap_unlock(uintptr_t state);   is handed what kheap_lock returned
 *   static inline struct kheap_context *kheap_here(void);   this processor's (mm/owner.h); KHEAP_CONTEXT_AT_BOOT at first
 *   static inline bool kheap_ask(size_t size, size_t alignment);   for a request that fails, with the lock: whether there may
 *                                                       be room now. `alignment` in blocks, 0: none
 *   static inline void kheap_freed(size_t used);        after kfree, without the lock: how many blocks are used
 * In the kernel the last two do nothing: the heap is all the memory there is. */

struct kheap_totals {
    size_t regions;
    size_t blocks;
    size_t used; /* blocks in live runs, in slabs that are not kept empty, and for the heap's own notes */
    size_t kept; /* blocks in empty slabs that are kept for the next request: they count as free         */
    size_t peak; /* the most that was used or kept at one time, over all regions                         */
    size_t live_runs;
    size_t free_runs;
    size_t longest_free; /* blocks of the longest free run */
    size_t refused;      /* frees                          */
};

/* Walks all regions (mm/kheap_walk.h): outside the bound, the lock for a bounded time; not under the lock. */
struct kheap_totals kheap_totals(void);

/* The heap of a region, 0 to regions - 1, in the order of addresses; to be read only. */
const heap_t *kheap_region(size_t index);

/* The region whose blocks hold the address, or NULL. */
const heap_t *kheap_region_of(const void *ptr);

/* Compares the live heaps with the plan they were made from: NULL, or what differs, as a sentence. */
const char *kheap_matches_plan(const struct plan *plan);

/* Whether all is sound: NULL, or the first broken invariant as a sentence. Those of each region (mm/heap_check.h), and
 *   K1  Regions are listed by where they start, and do not overlap.
 *   K2  Each region is listed once, in the bin of its longest free run, or nowhere when it is full or the current one;
 *       what is kept of the current one is what it says, or, how far entries need no proof, said before.
 *   K3  The used blocks, the peak less what is below it, are the sum of the regions'.
 *   K4  The guards before a region's first entry and after its last say that they are inside a run.
 *   S1  Each slab is in the ring of its owner and class, by links that agree; its blocks name it.
 *   S2  A ring is the active slab, those with room, and those without, of which only the latter have no reciprocal.
 *   S3  A bin's word is one of its active slab; no object past a slab's last one is live.
 *   S4  An empty slab is the one of its class that is kept.
 *   S5  Each slab has a descriptor, and each other descriptor is listed.
 *   S6  An owner knows how many blocks its slabs of a class have.
 *   O1  Each slot is listed once as free or has the record of the owner whose number tells the slot.
 *   O2  An owner holds the blocks of its runs and slabs and those that it is charged for, its peak less what is below it; its
 *       peak is at most its quota.
 *   O3  Each live run is its owner's; if that one can end, it is listed once, in its owner's list of the region, by
 *       links that agree.
 * Without the lock: nobody may take or give memory meanwhile. */
const char *kheap_check(void);

/* A number that changes when anything changes that later calls depend on. For a sound heap; outside the bound. */
uint64_t kheap_digest(void);
