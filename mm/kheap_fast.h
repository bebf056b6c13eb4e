/* What the fast paths of kmalloc and kfree are made of; mm/kheap_serve.c makes the slow ones of the same. Inline, because
 * there every instruction counts. Under the lock, all of it. */
#pragma once

#include "mm/heap_runs.h"
#include "mm/kheap_state.h"

#define LIKELY(condition) HEAP_LIKELY(condition)

/* Runs */

static inline void count_taken(struct kheap *heap, size_t blocks)
{
    size_t used = heap->used + blocks;
    heap->used = used;
    if (used > heap->peak) {
        heap->peak = used;
    }
}

HEAP_INLINE struct place carve(struct kheap *heap, size_t more)
{
    size_t block = heap_carve(heap->heap, more);
    if (!LIKELY(block != HEAP_NONE)) {
        if (!regions_choose(heap, more)) {
            return (struct place){NULL, 0};
        }
        block = heap_carve(heap->heap, more);
    }
    count_taken(heap, more + 1);
    return (struct place){heap->heap, block};
}

HEAP_INLINE void return_blocks(struct kheap *heap, struct place place, size_t more)
{
    heap_return(place.heap, place.block, more);
    heap->used -= more + 1;
    if (!LIKELY(place.heap == heap->heap)) {
        regions_relist(heap, place.heap);
    }
}

/* In blocks: of a power of two its own size, up to KHEAP_ALIGNMENT_MAX. */
static inline size_t natural_alignment(size_t size)
{
    size_t blocks = size / HEAP_BLOCK_SIZE;
    bool power = (size & (size - 1)) == 0 && size > HEAP_BLOCK_SIZE && size <= KHEAP_ALIGNMENT_MAX;
    return LIKELY(!power) ? 1 : blocks;
}

/* On a boundary of `alignment` blocks: without `must_align` only where such a run is found. */
HEAP_INLINE void *take_run(struct kheap *heap, struct owner *owner, size_t size, size_t alignment, bool must_align,
                           int *status)
{
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (!LIKELY(more < HEAP_BLOCKS_MAX)) {
        *status = -ENOMEM; /* size 0 too: it wraps */
        return NULL;
    }
    if (!LIKELY(owner_may_hold(owner, more + 1))) {
        *status = -EQUOTA;
        return NULL;
    }
    struct place place = {NULL, 0};
    if (!LIKELY(alignment == 1)) {
        place = kheap_carve_aligned(heap, more, alignment);
    }
    if (LIKELY(place.heap == NULL) && (!must_align || alignment == 1)) {
        place = carve(heap, more);
    }
    if (!LIKELY(place.heap != NULL)) {
        *status = -ENOMEM;
        return NULL;
    }
    heap_hold(place.heap, place.block, more, owner->number);
    owner_charge(owner, more + 1);
    return (void *)heap_block_address(place.heap, place.block);
}

HEAP_INLINE void put_run(struct kheap *heap, struct owner *owner, struct place place)
{
    size_t more = heap_live_more(place.heap, place.block);
    heap_let_go(place.heap, place.block);
    owner->held -= more + 1;
    return_blocks(heap, place, more);
}

/* Small objects */

/* Whether something is left in the active slab's word. */
static inline bool has_object(const struct slab_bin *bin)
{
    return *bin->word != bin->taken;
}

static inline void *take_object(struct slab_bin *bin)
{
    uint64_t *word = bin->word;
    uint64_t left = *word;
    *word = left & (left - 1);
    return (void *)(bin->base + (unsigned)__builtin_ctzll(left) * bin->size);
}

/* Marks the object at `ptr`, an address in the slab, free: false, and nothing has changed, when it is not exactly a live
 * object, or its slab is full. */
HEAP_INLINE bool put_object(struct kheap *heap, struct slab *slab, uintptr_t ptr)
{
    /* Exact for every offset in a slab: the low half is what the division leaves, and less than the reciprocal where
     * that is nothing (tests/test_size_class.c). */
    uint64_t quotient = (ptr - slab->start) * slab->reciprocal;
    if (!LIKELY((uint32_t)quotient < slab->reciprocal)) {
        return false;
    }
    size_t object = quotient >> 32;
    uint64_t *word = &slab->free[object / 64];
    uint64_t free = *word;
    if (!LIKELY((free >> (object % 64) & 1) == 0)) {
        return false;
    }
    free |= UINT64_C(1) << (object % 64);
    *word = free;
    if (!LIKELY(free != ~UINT64_C(0)) && heap->slabs.kept[slab->class] != slab) {
        slab_emptied(heap, slab);
    }
    return true;
}
