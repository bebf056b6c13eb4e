/* The table's entries as mm/heap.c and mm/heap_check.c see them: for no other file.
 *
 * The table's memory is hostile when the heap is created: after a warm reset it holds our own old table. So whether an
 * entry was written by this heap is proven, with a sparse set over pairs of entries (Briggs and Torczon, "An Efficient
 * Representation for Sparse Sets", 1993). Pair k is entries 2k and 2k + 1. The proof words of the odd entries, in
 * order, list the pairs written so far; the proof word of entry 2k is the pair's place in that list:
 *
 *     pair k was written  <=>  entries[2k].proof < heap->pairs  and  entries[2 * entries[2k].proof + 1].proof == k
 *
 * Garbage in the left word is caught by the right one, which lies in the part of the list that was written. With an odd
 * total the last entry has no pair; create_heap writes it, as it always writes the last entry. */
#pragma once

#include "mm/heap.h"

static inline HEAP_BLOCK_TABLE_ENTRY *heap_entry(const heap_t *heap, size_t block)
{
    return &heap->table.entries[block];
}

/* Whether this heap has written the two entries of `pair`, below total / 2. */
static inline bool heap_pair_written(const heap_t *heap, size_t pair)
{
    size_t place = heap_entry(heap, 2 * pair)->proof;
    return place < heap->pairs && heap_entry(heap, 2 * place + 1)->proof == pair;
}

/* Whether this heap has written the entry of `block`, below the total; if not, it means nothing. (The left half is never
 * true of an entry without a pair: that number is not in the list.) */
static inline bool heap_written(const heap_t *heap, size_t block)
{
    return heap_pair_written(heap, block / 2) || block == heap->table.total - 1;
}

static inline bool block_is_free_first(uint32_t kind)
{
    return (kind & KIND_FREE_FIRST) != 0;
}

static inline bool block_is_free_last(uint32_t kind)
{
    return (kind & KIND_FREE_LAST) != 0;
}

static inline bool block_is_live_first(uint32_t kind)
{
    return (kind & KIND_LIVE) != 0;
}

/* Blocks after the first in the free run that starts at `first`. */
static inline size_t heap_free_more(const heap_t *heap, size_t first)
{
    return block_is_free_last(heap_entry(heap, first)->kind) ? 0 : heap_entry(heap, first + 1)->more;
}

/* The same for a live run that is not a slab. */
static inline size_t heap_live_more(const heap_t *heap, size_t first)
{
    return heap_entry(heap, first)->kind == BLOCK_LIVE_ONE ? 0 : heap_entry(heap, first + 1)->more;
}

/* Blocks before the last in the free run that ends with `last`. */
static inline size_t heap_free_before(const heap_t *heap, size_t last)
{
    return block_is_free_first(heap_entry(heap, last)->kind) ? 0 : heap_entry(heap, last)->more;
}

static inline size_t heap_owner_slot(owner_t owner)
{
    return owner & ((1u << HEAP_OWNER_BITS) - 1);
}
