/* Owners: who holds what of the kernel heap, how much it may hold, and what becomes of it when the owner ends.
 *
 * An owner's number has 16 bits: the low OWNER_SLOT_BITS choose its record, the rest count how often the record has been
 * used before (the generation), so that the number of an owner that has ended is refused. Slots are used again in the
 * order in which they became free. A generation wraps after OWNER_GENERATIONS uses of its slot: only a number that has
 * been kept that long may mean another owner, and by then nothing that the old one held is live.
 *
 * Every allocation is charged to the current owner, and only that owner may free it. Quota, held and peak count blocks:
 * runs, slabs, and what the kernel holds for an owner (mm/charge.h). A slab that is empty but kept for the next request counts as held until it is given back; no request is
 * refused because of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/heap.h"
#include "mm/size_class.h"

enum {
    OWNER_KERNEL = 0, /* always there, without a quota; what interrupt handlers run as     */
    OWNER_HEAP = 1,   /* what the heap allocates for itself: never current, never freed    */
    OWNER_FIRST = 2,  /* the first slot that owner_create hands out                        */

    OWNER_SLOTS = OWNER_FIRST + OWNERS_MAX,
    OWNER_SLOT_BITS = 9, /* of an owner's number: which record */
    OWNER_GENERATIONS = 1 << (16 - OWNER_SLOT_BITS),
    OWNER_NAME_BYTES = 24,
};
#define OWNER_NO_QUOTA SIZE_MAX

static_assert(OWNER_SLOTS <= 1 << OWNER_SLOT_BITS, "an owner's slot fits its bits");

static inline size_t owner_slot(owner_t owner)
{
    return owner & ((1u << OWNER_SLOT_BITS) - 1);
}

/* Who is the current owner on a processor: read by every kmalloc and kfree (KHEAP_HOOKS, mm/kheap.h), written by
 * kheap_act_as and kheap_init only. */
struct kheap_context {
    struct owner *record;
    size_t grains; /* requests of fewer times SIZE_CLASS_GRAIN bytes may be small: 0 before kheap_init */
    owner_t owner;
};

/* What a context says before kheap_init: nobody, who may hold nothing. All zero; nothing ever writes it. */
extern struct owner owner_nobody;
#define KHEAP_CONTEXT_AT_BOOT ((struct kheap_context){&owner_nobody, 0, OWNER_KERNEL})

/* Makes an owner that may hold `quota_blocks` blocks (OWNER_NO_QUOTA: any number). Of the name the first
 * OWNER_NAME_BYTES - 1 characters are kept. 0; -EINVARG when an argument is NULL; -ENOMEM when OWNERS_MAX are live or
 * there is no memory for the record. Any context. */
int owner_create(const char *name, size_t quota_blocks, owner_t *owner);

/* Whom kmalloc charges and kfree checks. */
owner_t kheap_owner(void);

/* Makes `context` one that acts as `owner`: 0, or -EINVARG when it is not live. */
int kheap_context(owner_t owner, struct kheap_context *context);

/* Makes `owner` the current one of this processor: 0, or -EINVARG when it is not live. */
int kheap_act_as(owner_t owner);

/* As if `owner` freed `ptr`: the one way to free what is another's. 0, or -EINVARG (reported); NULL is a no-op. */
int kheap_free_of(owner_t owner, void *ptr);

/* Hands a run of the current owner to `to`, in constant time. `ptr` as for kfree. 0; -EINVARG when it is not the start of
 * a live run of the current owner (reported; FREE_SMALL: a small object cannot be given) or `to` is not live; -EQUOTA
 * when it is more than `to` may hold (kheap_quota_refused). Nothing has changed then, but that empty slabs which `to` kept
 * may have been given back. */
int kheap_gift(void *ptr, owner_t to);

/* The same, of a run of `from`'s, whoever acts; -EINVARG too when that is not live. */
int kheap_gift_of(owner_t from, void *ptr, owner_t to);

/* What an owner had not freed. */
struct reclaim_report {
    size_t blocks;                /* given back, slabs included */
    size_t runs;                  /* live runs                  */
    size_t charged;               /* of the kernel's, not discharged by now, nor given back: see mm/charge.h */
    size_t objects[SIZE_CLASSES]; /* live small objects of each class */
};

/* Ends `owner` and frees all that it holds, in time proportional to that (and to the number of regions and classes),
 * allocating nothing, unlocking between runs. From the first moment on nobody can name it, and nobody may be acting as it. 0 with the report filled in;
 * -EINVARG when it is not live, is the kernel or the current owner, or `report` is NULL. */
int kheap_reclaim(owner_t owner, struct reclaim_report *report);

struct owner_totals {
    char name[OWNER_NAME_BYTES];
    size_t quota; /* blocks */
    size_t held;
    size_t peak;
    size_t charged; /* of `held`, those that the kernel holds for it (mm/charge.h) */
    size_t runs;    /* live runs, slabs not counted */
    size_t slabs;
    size_t objects[SIZE_CLASSES]; /* live small objects of each class */
};

/* Walks all that there is (mm/kheap_walk.h): outside the bound, the lock for a bounded time. 0, or -EINVARG when it is not live. */
int owner_totals(owner_t owner, struct owner_totals *totals);

/* Its `held` alone, in bounded time; 0 when it is not live. */
size_t owner_blocks(owner_t owner);

/* The live owner in a slot, 0 to OWNER_SLOTS - 1. False: there is none, or no such slot. */
bool owner_in_slot(size_t slot, owner_t *owner);

/* A request that an owner's quota does not allow. */
struct quota_refusal {
    owner_t owner;
    size_t asked; /* blocks */
    size_t held;
    size_t quota;
};

/* Told of every such request, after the fact and outside every lock. Resolved at link time: the kernel prints. */
void kheap_quota_refused(const struct quota_refusal *refusal);
