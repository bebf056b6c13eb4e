/* The operations on runs, for mm/heap.c, which offers them for one heap, and mm/kheap_fast.h, which offers them for all
 * regions: inline, because there every instruction counts.
 *
 * A run that becomes free is listed first in its bin if it lies below the one that is, else second: so memory is used from
 * below rather than not, at two instructions. The last of a list has itself after it; what the first says of the one before it
 * means nothing. */
#pragma once

#include "mm/heap_table.h"

#define HEAP_NONE              SIZE_MAX /* no block */
#define HEAP_INLINE            static inline __attribute__((always_inline))
#define HEAP_LIKELY(condition) __builtin_expect(!!(condition), 1)

/* The cold sides, in mm/heap.c and mm/heap_fit.c. */

/* The bin whose first run is now long enough for `more` blocks after the first, or BINS_NONE. */
size_t heap_find_bin(heap_t *heap, size_t more);

/* Makes the entries of `block` and of the one after it written, and moves `cleared` up by a line: at most three are
 * written. */
void heap_write_entries(heap_t *heap, size_t block);

/* Moves `cleared` up towards `reached` by a line. */
void heap_clear_on(heap_t *heap);

/* heap_set_free for runs of more than BINS_EXACT blocks. */
void heap_set_long_free(heap_t *heap, size_t first, size_t more);

/* heap_set_free out of line, for where size matters more than time. */
void heap_put_free(heap_t *heap, size_t first, size_t more);

/* Notes the length of a run that is longer than a tag can say. */
void heap_set_more(heap_t *heap, size_t first, size_t more);

/* heap_return where a neighbour is free. */
void heap_merge(heap_t *heap, size_t first, size_t more);

/* Takes `more` + 1 blocks that start at a multiple of `alignment` blocks, a power of two. HEAP_NONE where no run that is
 * looked at holds them: these are the run that heap_carve would take and, where `search`, one so long that it must. */
size_t heap_carve_aligned(heap_t *heap, size_t more, size_t alignment, bool search);

/* A live run of `more` + 1 blocks gets another length: a shorter one, or a longer one if the free run behind it has the
 * blocks. */
void heap_shorten(heap_t *heap, size_t first, size_t more, size_t new_more);
bool heap_lengthen(heap_t *heap, size_t first, size_t more, size_t new_more);

/* From here on the entries of `block` and, if there is one, of the block after it may be read. */
HEAP_INLINE void heap_make_written(heap_t *heap, size_t block)
{
    if (!HEAP_LIKELY(block + 1 < heap->cleared)) {
        heap_write_entries(heap, block);
    }
}

HEAP_INLINE void heap_list_in(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t bin)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = &entries[first];
    uint64_t *filled = &heap->bins.filled[bin < BINS_EXACT ? 0 : bin / 64]; /* the exact bins share a word */
    uint64_t before = *filled;
    uint32_t *place = &heap->bins.first[bin];
    if ((before >> (bin % 64) & 1) == 0) {
        *filled = before | UINT64_C(1) << (bin % 64);
        *place = (uint32_t)first;
        entry->next = (uint32_t)first;
        return;
    }
    size_t head = *place;
    if (first < head) {
        *place = (uint32_t)first;
        entry->next = (uint32_t)head;
        entries[head].prev = (uint32_t)first;
        return;
    }
    size_t next = entries[head].next;
    entries[head].next = (uint32_t)first;
    entry->prev = (uint32_t)head;
    entry->next = (uint32_t)(next == head ? first : next);
    entries[next].prev = (uint32_t)first; /* where next is the head, this is not looked at */
}

/* Takes the first run off its bin. */
HEAP_INLINE void heap_pop_free(heap_t *heap, size_t first, size_t bin)
{
    size_t next = heap->table.entries[first].next;
    if (next == first) {
        bins_set_empty(&heap->bins, bin);
    } else {
        heap->bins.first[bin] = (uint32_t)next;
    }
}

/* Takes any run off its bin. */
HEAP_INLINE void heap_unlist_free(heap_t *heap, size_t first, size_t more)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t bin = bins_of(more);
    if (heap->bins.first[bin] == first) {
        heap_pop_free(heap, first, bin);
        return;
    }
    size_t prev = entries[first].prev;
    size_t next = entries[first].next;
    entries[next].prev = (uint32_t)prev; /* where next is the run itself, this is not looked at */
    entries[prev].next = (uint32_t)(next == first ? prev : next);
}

/* Makes a free run of written entries; what its first and last ones said does not matter. */
HEAP_INLINE void heap_set_free(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t more)
{
    if (!HEAP_LIKELY(more < BINS_EXACT)) {
        heap_set_long_free(heap, first, more);
        return;
    }
    uint32_t tag = TAG_FREE | (uint32_t)more << TAG_MORE_SHIFT;
    entries[first + more].tag = tag | TAG_LAST;
    entries[first].tag = tag;
    heap_list_in(heap, entries, first, more);
}

/* Of a free run that is in no bin: its blocks up to `last` are taken, `left` blocks after it stay free. */
HEAP_INLINE void heap_cut_tail(heap_t *heap, size_t last, size_t left)
{
    if (HEAP_LIKELY(left != 0)) {
        heap_make_written(heap, last);
        heap_put_free(heap, last + 1, left - 1);
    } else {
        heap->table.entries[last].tag = TAG_INSIDE; /* it was the last of the free run */
    }
}

/* Takes `more` + 1 blocks (`more` is below 2^32) off a free run: returns the first of them, or HEAP_NONE. The first one's tag
 * says whatever it said; heap_set_live or heap_set_slab comes next. */
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
    size_t length = bin < BINS_EXACT ? bin : heap_more(heap, first);
    heap_pop_free(heap, first, bin);
    heap_cut_tail(heap, first + more, length - more);
    return first;
}

/* Gives the blocks of a live run, or of a slab that heap_unset_slab was told of, back: merged with their free neighbours. */
HEAP_INLINE void heap_return(heap_t *heap, size_t first, size_t more)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t next = first + more + 1;
    uint32_t around = first > 0 ? entries[first - 1].tag : 0;
    around |= next < heap->table.total ? entries[next].tag : 0;
    if ((around & TAG_FREE) != 0) {
        heap_merge(heap, first, more);
    } else {
        heap_put_free(heap, first, more);
    }
}

/* Makes blocks that heap_carve took a live run of the owner. */
HEAP_INLINE void heap_set_live(heap_t *heap, size_t first, size_t more, owner_t owner)
{
    size_t said = more;
    if (!HEAP_LIKELY(more < TAG_MORE_LONG)) {
        heap_set_more(heap, first, more);
        said = TAG_MORE_LONG;
    }
    heap->table.entries[first].tag = TAG_LIVE | (uint32_t)said << TAG_MORE_SHIFT | owner;
}

/* Makes blocks that heap_carve took a slab's: at most HEAP_LINE_ENTRIES of them, so that all were written with the first or
 * the last one. */
static inline void heap_set_slab(heap_t *heap, size_t first, size_t blocks, owner_t owner, struct slab *slab)
{
    for (HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first), *end = entry + blocks; entry < end; entry++) {
        entry->tag = owner;
        entry->slab = slab;
    }
}

/* The same blocks: no slab's any more. heap_return comes next. */
static inline void heap_unset_slab(heap_t *heap, size_t first, size_t blocks)
{
    for (HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first), *end = entry + blocks; entry < end; entry++) {
        entry->tag = TAG_INSIDE;
    }
}

/* The block that starts at `ptr`; at least the total when no block of the heap does: unaligned bits go to the top. */
static inline size_t heap_block_starting_at(const heap_t *heap, const void *ptr)
{
    size_t offset = (uintptr_t)ptr - heap->start;
    return offset >> 12 | offset << 52;
}
