/* The operations on runs, for mm/heap.c, which offers them for one heap, and mm/kheap.c, which offers them for all
 * regions: inline, because there every instruction counts.
 *
 * Lists of runs, of a bin or of an owner: the first has itself before it, the last has itself after it. */
#pragma once

#include "mm/heap_table.h"

#define HEAP_NONE              SIZE_MAX /* no block */
#define HEAP_INLINE            static inline __attribute__((always_inline))
#define HEAP_LIKELY(condition) __builtin_expect(condition, 1)

/* The cold sides, in mm/heap.c and mm/heap_fit.c. */

/* The bin whose first run is now long enough for `more` blocks after the first, or BINS_NONE. */
size_t heap_find_bin(heap_t *heap, size_t more);

/* Makes the entries of `block` and of the `count` after it written, and moves `cleared` up. Blocks at and past the total
 * are left out. */
void heap_write_entries(heap_t *heap, size_t block, size_t count);

/* Moves `cleared` up towards `reached` by HEAP_CLEAR_PAIRS. */
void heap_clear_on(heap_t *heap);

/* heap_carve for a run that starts at a multiple of `alignment` blocks, a power of two; HEAP_NONE also when the only runs
 * that would hold it were not looked at. */
size_t heap_carve_aligned(heap_t *heap, size_t more, size_t alignment);

/* A live run of `more` + 1 blocks gets another length: a shorter one, or a longer one if the free run behind it has the
 * blocks. */
void heap_shorten(heap_t *heap, size_t first, size_t more, size_t new_more);
bool heap_lengthen(heap_t *heap, size_t first, size_t more, size_t new_more);

/* Makes blocks that heap_carve took a slab's. */
void heap_set_slab(heap_t *heap, size_t first, size_t more, owner_t owner, struct slab *slab);

/* The same blocks: no slab's any more. heap_return comes next. */
void heap_unset_slab(heap_t *heap, size_t first, size_t more);

/* From here on the entries of `block` and `count` after it may be read. */
HEAP_INLINE void heap_make_written(heap_t *heap, size_t block, size_t count)
{
    if (!HEAP_LIKELY(block + count < heap->cleared)) {
        heap_write_entries(heap, block, count);
    }
}

HEAP_INLINE void entry_set(HEAP_BLOCK_TABLE_ENTRY *entry, enum block_kind kind, owner_t owner)
{
    entry->owner_of_slab = (uint32_t)kind << 16 | owner;
}

HEAP_INLINE void heap_list_in(heap_t *heap, size_t first, size_t bin, uint64_t *filled)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    uint64_t before = *filled;
    size_t next = heap->bins.first[bin];
    heap->bins.first[bin] = (uint32_t)first;
    entries[first].prev = (uint32_t)first;
    if ((before >> (bin % 64) & 1) == 0) {
        *filled = before | UINT64_C(1) << (bin % 64);
        entries[first].next = (uint32_t)first;
        return;
    }
    entries[first].next = (uint32_t)next;
    entries[next].prev = (uint32_t)first;
}

/* The exact bins share the first word. */
HEAP_INLINE void heap_list_free(heap_t *heap, size_t first, size_t bin)
{
    if (bin < BINS_EXACT) {
        heap_list_in(heap, first, bin, &heap->bins.filled[0]);
    } else {
        heap_list_in(heap, first, bin, &heap->bins.filled[bin / 64]);
    }
}

/* Takes the first run off its bin. */
HEAP_INLINE void heap_pop_free(heap_t *heap, size_t first, size_t bin)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t next = entries[first].next;
    if (next == first) {
        bins_set_empty(&heap->bins, bin);
        return;
    }
    heap->bins.first[bin] = (uint32_t)next;
    entries[next].prev = (uint32_t)next;
}

/* Takes any run off its bin. */
HEAP_INLINE void heap_unlist_free(heap_t *heap, size_t first, size_t bin)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t prev = entries[first].prev;
    if (prev == first) {
        heap_pop_free(heap, first, bin);
        return;
    }
    size_t next = entries[first].next;
    entries[prev].next = (uint32_t)(next == first ? prev : next);
    if (next != first) {
        entries[next].prev = (uint32_t)prev;
    }
}

/* Makes a free run of written entries. */
HEAP_INLINE void heap_set_free(heap_t *heap, size_t first, size_t more)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = &heap->table.entries[first];
    if (more == 0) {
        entry_set(entry, BLOCK_FREE_ONE, 0);
    } else {
        entry_set(entry, BLOCK_FREE_FIRST, 0);
        entry[1].more = (uint32_t)more;
        entry[more].more = (uint32_t)more;
        entry_set(&entry[more], BLOCK_FREE_LAST, 0);
    }
    heap_list_free(heap, first, bins_of(more));
}

/* Of a free run that is in no bin: its blocks up to `last` are taken, `left` blocks after it stay free. */
HEAP_INLINE void heap_cut_tail(heap_t *heap, size_t last, size_t left)
{
    if (left != 0) {
        heap_make_written(heap, last, 2);
        heap_set_free(heap, last + 1, left - 1);
    } else {
        entry_set(heap_entry(heap, last), BLOCK_INSIDE, 0); /* it was the last of the free run */
    }
}

/* Takes `more` + 1 blocks off a free run: returns the first of them, or HEAP_NONE. Their entries say whatever they said;
 * heap_hold or heap_set_slab comes next. `more` is below 2^32. */
HEAP_INLINE size_t heap_carve(heap_t *heap, size_t more)
{
    uint64_t fitting = more < BINS_EXACT ? heap->bins.filled[0] >> more : 0;
    size_t bin;
    if (HEAP_LIKELY(fitting != 0)) {
        bin = more + (size_t)__builtin_ctzll(fitting);
    } else {
        bin = heap_find_bin(heap, more);
        if (bin == BINS_NONE) {
            return HEAP_NONE;
        }
    }
    size_t first = heap->bins.first[bin];
    size_t length = bin < BINS_EXACT ? bin : heap_free_more(heap, first);
    heap_pop_free(heap, first, bin);
    heap_cut_tail(heap, first + more, length - more);
    heap->live_runs++;
    heap->used += more + 1;
    return first;
}

/* Gives blocks of which heap_carve or heap_let_go said what they are back: merged with their free neighbours. */
HEAP_INLINE void heap_return(heap_t *heap, size_t first, size_t more)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t last = first + more;
    heap->live_runs--;
    heap->used -= more + 1;
    if (first > 0 && block_is_free_last(entries[first - 1].kind)) {
        size_t before = heap_free_before(heap, first - 1);
        entry_set(&entries[first - 1], BLOCK_INSIDE, 0);
        entry_set(&entries[first], BLOCK_INSIDE, 0);
        first -= before + 1;
        heap_unlist_free(heap, first, bins_of(before));
    }
    if (last + 1 < heap->table.total && block_is_free_first(entries[last + 1].kind)) {
        size_t after = heap_free_more(heap, last + 1);
        entry_set(&entries[last + 1], BLOCK_INSIDE, 0);
        heap_unlist_free(heap, last + 1, bins_of(after));
        last += after + 1;
    }
    heap_set_free(heap, first, last - first);
}

/* Makes blocks that heap_carve took a live run of the owner. */
HEAP_INLINE void heap_hold(heap_t *heap, size_t first, size_t more, owner_t owner)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t slot = heap_owner_slot(owner);
    uint64_t *holding = &heap->holding[slot / 64];
    uint64_t bit = UINT64_C(1) << (slot % 64);
    size_t next = heap->held[slot];
    if ((*holding & bit) == 0) {
        *holding |= bit;
        next = first;
    }
    heap->held[slot] = (uint32_t)first;
    entries[first].next = (uint32_t)next;
    entries[next].prev = (uint32_t)first;
    entries[first].prev = (uint32_t)first;
    if (more == 0) {
        entry_set(&entries[first], BLOCK_LIVE_ONE, owner);
    } else {
        entry_set(&entries[first], BLOCK_LIVE_FIRST, owner);
        entries[first + 1].more = (uint32_t)more;
    }
}

/* Takes a live run off its owner's list. */
HEAP_INLINE void heap_let_go(heap_t *heap, size_t first)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t next = entries[first].next;
    size_t prev = entries[first].prev;
    if (prev != first) {
        entries[prev].next = (uint32_t)(next == first ? prev : next);
        if (next != first) {
            entries[next].prev = (uint32_t)prev;
        }
        return;
    }
    size_t slot = heap_owner_slot(entries[first].owner);
    if (next == first) {
        heap->holding[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
        return;
    }
    heap->held[slot] = (uint32_t)next;
    entries[next].prev = (uint32_t)next;
}

/* The block that starts at `ptr`; at least the total when no block of the heap does: unaligned bits go to the top. */
static inline size_t heap_block_starting_at(const heap_t *heap, const void *ptr)
{
    size_t offset = (uintptr_t)ptr - heap->start;
    return offset >> 12 | offset << 52;
}
