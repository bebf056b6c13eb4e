/* The kernel heap's state, as its own files see it: for mm/kheap.c, which owns it, the files that are
 * handed it (mm/kheap_serve.c, mm/kheap_regions.c, mm/kmalloc.c, mm/slab.c, mm/owner.c), and the checker. Everything here
 * is called under the lock. */
#pragma once

#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/slab.h"

/* What stands behind an owner's number. Whoever can end has a list of its runs in each region: what reclaim frees. The
 * kernel and the heap never end; theirs would only cost. */
struct owner {
    struct slab_bin bins[SIZE_CLASSES + 1]; /* the last for sizes without a class: it never has anything */
    size_t below;                           /* blocks that it holds less than at its peak, which the quota allows */
    size_t peak;
    size_t quota;
    uint64_t *runs;   /* for each region the link to a run, or OWNER_NO_RUNS; NULL: has no lists */
    uint32_t run_tag; /* of its runs, without their length; OWNER_NO_TAG: it has lists to be kept */
    uint32_t slab_blocks[SIZE_CLASSES];
    size_t charged; /* blocks of those that the kernel holds for it (mm/charge.h) */
    owner_t number;
    bool ending; /* being reclaimed: nobody may name it any more */
    char name[OWNER_NAME_BYTES];
};
#define OWNER_NO_RUNS UINT64_MAX
#define OWNER_NO_TAG  UINT32_MAX /* is in no entry */

/* A copy of the heap's start stands beside the pointer, so that finding an address touches no other record. */
struct region {
    uintptr_t start;
    heap_t *heap; /* at the start of the region's table */
};

/* A region's place in the ring of its bin. */
struct region_link {
    uint16_t next;
    uint16_t prev;
    uint16_t bin; /* BINS_NONE: full, in no ring */
};
static_assert(PLAN_REGIONS_MAX <= UINT16_MAX, "a region's number fits 16 bits");

struct kheap {
    /* Of the current region, the one that allocations come from: copies, read by every kfree. */
    uintptr_t start;
    size_t cleared; /* may lag behind: brought up by frees above it   */
    size_t proven;  /* the same as a link                             */
    HEAP_BLOCK_TABLE_ENTRY *entries;
    heap_t *heap;

    struct slab_store slabs;

    size_t below;   /* blocks that are used less than at the peak */
    size_t peak;    /* the most in live runs and slabs, those kept empty included */
    size_t refused; /* frees of pointers that are in no region */

    /* Regions: mm/kheap_regions.c. */
    const struct plan *plan; /* from kheap_use until kheap_init */
    uintptr_t base;
    size_t current;
    size_t count;                            /* 0: no heap yet */
    struct region regions[PLAN_REGIONS_MAX]; /* sorted by start */
    struct bins bins; /* regions but the current one, by longest free run: the highest filled bin of each */
    struct region_link links[PLAN_REGIONS_MAX];

    /* Owners: mm/owner.c. */
    struct owner kernel;
    struct owner own;                  /* the record of OWNER_HEAP                                */
    struct owner *owners[OWNER_SLOTS]; /* NULL: nobody                                            */
    owner_t numbers[OWNER_SLOTS];      /* of the slot's owner; of its next one while it has none  */
    uint16_t free_slots[OWNERS_MAX];   /* a ring: the slot that became free first is used first   */
    size_t first_free_slot;
    size_t free_slot_count;
};

/* A block of a region. */
struct place {
    heap_t *heap; /* NULL: none */
    size_t block;
};

/* mm/kheap_regions.c */

/* The place of the region in `regions`. */
size_t regions_index(const struct kheap *heap, const heap_t *region);

/* Creates the heaps of the plan that kheap_use gave. */
void regions_init(struct kheap *heap);

/* Looks for a region in which a run of `more` + 1 blocks is free, and makes it the current one: whether there is one. */
bool regions_choose(struct kheap *heap, size_t more);

/* The region that holds the address, or NULL. */
heap_t *regions_find(const struct kheap *heap, uintptr_t address);

/* After blocks of a region came back: it may have moved to another bin. */
void regions_relist(struct kheap *heap, heap_t *region);

/* The first of K1 to K4 that does not hold, or NULL. */
const char *regions_check(const struct kheap *heap);

/* mm/kheap_serve.c */

/* Gives the blocks of a live run, or of what was a slab, back, and counts them. */
void kheap_return(struct kheap *heap, struct place place, size_t more);

/* The run of `more` + 1 blocks is the owner's: in its list, if it has one. Charges nobody. */
void kheap_hold(const struct kheap *heap, struct owner *owner, struct place place, size_t more);

/* The live run is in nobody's list any more. */
void kheap_let_go(const struct kheap *heap, const struct owner *owner, struct place place);

/* Frees a live run of the owner, of `more` + 1 blocks. */
void kheap_free_run(struct kheap *heap, struct owner *owner, struct place place, size_t more);

/* Gives a live run of the owner another length, `more` + 1 blocks, where it stands: whether it could. */
bool kheap_resize_run(struct kheap *heap, struct owner *owner, struct place place, size_t more);

/* Takes and frees an object for an owner who need not be the current one. NULL: see the status. */
void *kheap_take(struct kheap *heap, struct owner *owner, size_t size, int *status);

/* Takes a run for certain at a multiple of `alignment` blocks. */
void *kheap_take_aligned(struct kheap *heap, struct owner *owner, size_t size, size_t alignment, int *status);

enum free_fault kheap_put(struct kheap *heap, struct owner *owner, void *ptr, struct heap_refusal *refusal);

/* Counts a refused free, or what else names a pointer that is not the caller's, in its region or the heap. */
void kheap_count_refusal(struct kheap *heap, const struct heap_refusal *refusal);

/* Why `caller` may not free `ptr`, or FREE_OK; fills in the refusal. */
enum free_fault kheap_explain(const struct kheap *heap, owner_t caller, const void *ptr,
                              struct heap_refusal *refusal);

/* mm/owner.c */

void owners_init(struct kheap *heap);

/* The record of a live owner, or NULL. */
static inline struct owner *owner_record(const struct kheap *heap, owner_t number)
{
    size_t slot = owner_slot(number);
    struct owner *record = slot < OWNER_SLOTS ? heap->owners[slot] : NULL;
    return record != NULL && record->number == number ? record : NULL;
}

/* The live run of `from` that begins there is `to`'s. 0, or -EQUOTA: nothing has changed, and the refusal is filled in. */
int owner_give(const struct kheap *heap, struct owner *from, struct owner *to, struct place place,
               struct quota_refusal *refusal);

static inline size_t owner_held(const struct owner *owner)
{
    return owner->peak - owner->below;
}

/* Whether the owner may hold that many blocks more; it never holds more than its quota. */
static inline bool owner_may_hold(const struct owner *owner, size_t blocks)
{
    return blocks <= owner->quota - owner_held(owner);
}

static inline void owner_charge(struct owner *owner, size_t blocks)
{
    if (__builtin_sub_overflow(owner->below, blocks, &owner->below)) {
        owner->peak -= owner->below; /* it wrapped: a new peak */
        owner->below = 0;
    }
}

static inline size_t kheap_used(const struct kheap *heap)
{
    return heap->peak - heap->below;
}

/* After the current region's `cleared` may have moved. */
static inline void kheap_see_cleared(struct kheap *heap)
{
    heap->cleared = heap->heap->cleared;
    heap->proven = 2 * heap->heap->cleared;
}

/* mm/kmalloc.c */

/* For when a request fails: gives back what is kept, for a full quota only what `owner` keeps, at most KHEAP_RELIEF_MAX
 * things, unlocking in between: so the owner is named by its number, as its record may go meanwhile. Whether there was
 * any. */
bool kheap_relieve(struct kheap *heap, int status, owner_t owner, uintptr_t *state);

/* The second attempt of a request, on a multiple of `alignment` blocks unless that is 0; `status` says why the first one
 * failed. Unlocks. */
void *kheap_allocate_again(size_t size, size_t alignment, int status, uintptr_t state);

/* mm/kheap.c */

/* A free has left nothing but ones in a word of the slab: it may be empty. Finds the heap itself, so that kfree need not
 * have it at hand. */
void kheap_word_emptied(struct slab *slab);

/* The one kernel heap there is. */
struct kheap *kheap_state(void);

/* The record of an owner that others may name, one that is neither the heap's own nor being ended; or NULL. */
static inline struct owner *owner_public(owner_t number)
{
    struct owner *record = number != OWNER_HEAP ? owner_record(kheap_state(), number) : NULL;
    return record != NULL && !record->ending ? record : NULL;
}
