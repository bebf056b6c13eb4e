/* What the fast paths of kmalloc and kfree are made of; mm/kheap_serve.c makes the slow ones of the same. Inline, because
 * there every instruction counts. Under the lock, all of it. */
#pragma once

#include "mm/heap_runs.h"
#include "mm/kheap_state.h"

#define LIKELY(condition) HEAP_LIKELY(condition)

/* Runs */

HEAP_INLINE void count_taken(struct kheap *heap, size_t blocks)
{
    if (__builtin_sub_overflow(heap->below, blocks, &heap->below)) {
        heap->peak -= heap->below; /* it wrapped: a new peak */
        heap->below = 0;
    }
}

/* Takes `more` + 1 blocks from the current region or another, and counts them; the owner is not charged yet. */
HEAP_INLINE struct place kheap_carve(struct kheap *heap, size_t more)
{
    size_t block = heap_carve(heap->heap, more);
    if (!LIKELY(block != HEAP_NONE)) {
        if (!regions_choose(heap, more)) {
            return (struct place){NULL, 0};
        }
        block = heap_carve(heap->heap, more);
    }
    kheap_see_cleared(heap);
    count_taken(heap, more + 1);
    return (struct place){heap->heap, block};
}

/* In blocks: of a power of two its own size, up to KHEAP_ALIGNMENT_MAX; else 1. */
static inline size_t natural_alignment(size_t size)
{
    bool power = (size & (size - 1)) == 0 && size > HEAP_BLOCK_SIZE && size <= KHEAP_ALIGNMENT_MAX;
    return LIKELY(!power) ? 1 : size / HEAP_BLOCK_SIZE;
}

/* An owner's runs in a region form a ring; `head` links to one of them, as does `first`. */
HEAP_INLINE void list_run(HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, uint64_t *head)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_linked(entries, first);
    uint64_t next = *head;
    if (next == OWNER_NO_RUNS) {
        *head = first;
        entry->next = (uint32_t)first;
        entry->prev = (uint32_t)first;
        return;
    }
    size_t prev = heap_linked(entries, next)->prev;
    entry->next = (uint32_t)next;
    entry->prev = (uint32_t)prev;
    heap_linked(entries, prev)->next = (uint32_t)first;
    heap_linked(entries, next)->prev = (uint32_t)first;
}

HEAP_INLINE void unlist_run(HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, uint64_t *head)
{
    size_t next = heap_linked(entries, first)->next;
    size_t prev = heap_linked(entries, first)->prev;
    heap_linked(entries, prev)->next = (uint32_t)next;
    heap_linked(entries, next)->prev = (uint32_t)prev;
    if (*head == first) {
        *head = next == first ? OWNER_NO_RUNS : next;
    }
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
    return (void *)(bin->base + (uint32_t)__builtin_ctzll(left) * (uint32_t)bin->size); /* less than a slab's bytes */
}

/* Marks a live object free in a full slab of the owner: an empty one then, if it has only that object. */
HEAP_INLINE void put_in_full(struct owner *owner, struct slab *slab, size_t object)
{
    slab_free_in_full(&owner->bins[slab->class], slab, object);
    if (!LIKELY(slab->last_object != 0)) {
        kheap_word_emptied(slab);
    }
}

/* Marks the object at `ptr`, an address in the slab, free: false, and nothing has changed, when it is not exactly a live
 * object, or its slab is full. */
HEAP_INLINE bool put_object(struct slab *slab, uintptr_t ptr)
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
    if (!LIKELY(free != ~UINT64_C(0))) {
        kheap_word_emptied(slab);
    }
    return true;
}
