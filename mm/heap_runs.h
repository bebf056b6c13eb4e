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

/* Known to the caller: tells the compiler so. */
#define HEAP_KNOWN(condition) ((condition) ? (void)0 : __builtin_unreachable())

/* The cold sides, in mm/heap.c and mm/heap_fit.c. */

/* The bin whose first run is now long enough for `more` blocks after the first, or BINS_NONE. */
size_t heap_find_bin(heap_t *heap, size_t more);

/* Makes the entries of `block` and of the one after it written; moves `cleared` up by a line if they were already. */
void heap_write_entries(heap_t *heap, size_t block);

/* Moves `cleared` up towards `reached` by a line. */
void heap_clear_on(heap_t *heap);

/* Makes a free run of written entries; what its first and last ones said does not matter. */
void heap_put_free(heap_t *heap, size_t first, size_t more);

/* Makes the second entry of a run written. */
void heap_write_second(heap_t *heap, size_t first);

/* Of the first free run of `bin` the first `blocks` blocks are taken, `left` after them stay free; the entry of the first of
 * these was written. */
void heap_cut_front(heap_t *heap, size_t bin, size_t blocks, size_t left);

/* Of the first free run of `bin` blocks are taken, the first of which it returns; `before` before and `left` after them stay
 * free. */
size_t heap_cut_middle(heap_t *heap, size_t bin, size_t before, size_t blocks, size_t left);

/* Takes `more` + 1 blocks (`more` is below 2^32) off a free run: returns the first of them, or HEAP_NONE. The first one's tag
 * says whatever it said; heap_set_live or heap_set_slab comes next. */
size_t heap_carve(heap_t *heap, size_t more);

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

/* In the following, runs are named by the links to them (mm/heap_table.h). */

/* `word` of the map is the bin's: the exact bins share the first. */
HEAP_INLINE void heap_list_in(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t bin, size_t word)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_linked(entries, first);
    uint64_t before = heap->bins.filled[word];
    uint32_t *place = &heap->bins.first[bin];
    if ((before >> (bin % 64) & 1) == 0) {
        heap->bins.filled[word] = before | UINT64_C(1) << (bin % 64);
        *place = (uint32_t)first;
        entry->next = (uint32_t)first;
        return;
    }
    size_t head = *place;
    if (first < head) {
        *place = (uint32_t)first;
        entry->next = (uint32_t)head;
        heap_linked(entries, head)->prev = (uint32_t)first;
        return;
    }
    size_t next = heap_linked(entries, head)->next;
    heap_linked(entries, head)->next = (uint32_t)first;
    entry->prev = (uint32_t)head;
    entry->next = (uint32_t)(next == head ? first : next);
    heap_linked(entries, next)->prev = (uint32_t)first; /* where next is the head, this is not looked at */
}

/* Takes the first run off its bin, which has `next` after it. */
HEAP_INLINE void heap_pop_free(heap_t *heap, size_t first, size_t next, size_t bin, size_t word)
{
    if (next == first) {
        heap->bins.filled[word] &= ~(UINT64_C(1) << (bin % 64));
    } else {
        heap->bins.first[bin] = (uint32_t)next;
    }
}

/* Takes any run off its bin. */
HEAP_INLINE void heap_unlist_free(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t bin,
                                  size_t word)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_linked(entries, first);
    uint32_t next = entry->next;
    if (heap->bins.first[bin] == (uint32_t)first) {
        heap_pop_free(heap, first, next, bin, word);
        return;
    }
    uint32_t prev = entry->prev;
    heap_linked(entries, next)->prev = prev; /* where next is the run itself, this is not looked at */
    heap_linked(entries, prev)->next = next == (uint32_t)first ? prev : next;
}

/* Makes a free run of at most BINS_EXACT written entries; what its first and last ones said does not matter. */
HEAP_INLINE void heap_set_short_free(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t more)
{
    HEAP_KNOWN(more < BINS_EXACT);
    uint32_t tag = TAG_FREE | (uint32_t)more << TAG_MORE_SHIFT;
    heap_linked(entries, first + heap_link(more))->tag = tag + TAG_LAST; /* one instruction less than | */
    heap_linked(entries, first)->tag = tag;
    heap_list_in(heap, entries, first, more, 0);
}

/* From here on the second entry of a run may be read: a run that is longer than a tag can say says its length there. */
HEAP_INLINE void heap_make_second(heap_t *heap, size_t first)
{
    if (!HEAP_LIKELY(heap_linked_block(first) + 1 < heap->cleared)) {
        heap_write_second(heap, heap_linked_block(first));
    }
}

HEAP_INLINE void heap_say_length(HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t more)
{
    uint32_t tag = TAG_FREE | (uint32_t)TAG_MORE_LONG << TAG_MORE_SHIFT;
    heap_linked(entries, first)[1].more = (uint32_t)more;
    heap_linked(entries, first)[more].more = (uint32_t)more;
    heap_linked(entries, first)[more].tag = tag | TAG_LAST;
    heap_linked(entries, first)->tag = tag;
}

/* A long free run starts somewhere else from now on, where the second entry was written, and its bin is the same one still: it
 * stays in its place there. What names it from before is told by who calls. */
HEAP_INLINE void heap_take_place(HEAP_BLOCK_TABLE_ENTRY *entries, size_t old, size_t first, size_t more)
{
    size_t next = heap_linked(entries, old)->next;
    heap_linked(entries, next)->prev = (uint32_t)first; /* where next is the old one itself, this is not looked at */
    heap_linked(entries, first)->next = (uint32_t)(next == old ? first : next);
    heap_say_length(entries, first, more);
}

/* Of the first run of its bin. */
HEAP_INLINE void heap_move_first(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t bin, size_t old, size_t first,
                                 size_t more)
{
    heap->bins.first[bin] = (uint32_t)first;
    heap_take_place(entries, old, first, more);
}

/* Of any. */
HEAP_INLINE void heap_move_front(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t bin, size_t old, size_t first,
                                 size_t more)
{
    if (heap->bins.first[bin] == (uint32_t)old) {
        heap->bins.first[bin] = (uint32_t)first;
    } else {
        size_t prev = heap_linked(entries, old)->prev;
        heap_linked(entries, prev)->next = (uint32_t)first;
        heap_linked(entries, first)->prev = (uint32_t)prev;
    }
    heap_take_place(entries, old, first, more);
}

/* heap_set_short_free for more than BINS_EXACT; the second entry was written, too. */
HEAP_INLINE void heap_set_long_free(heap_t *heap, HEAP_BLOCK_TABLE_ENTRY *entries, size_t first, size_t more)
{
    heap_say_length(entries, first, more);
    heap_list_in(heap, entries, first, bins_of_long(more), 1);
}
static_assert(BINS_WORDS == 2, "the long bins share the second word");

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
        heap_make_second(heap, heap_link(first));
        heap->table.entries[first + 1].more = (uint32_t)more;
        said = TAG_MORE_LONG;
    }
    heap->table.entries[first].tag = TAG_LIVE | (uint32_t)said << TAG_MORE_SHIFT | owner;
}

/* Makes blocks that heap_carve took a slab's: at most HEAP_LINE_ENTRIES of them, so that all were written with the first or
 * the last one. Two at a time: most slabs have one, or many. */
static inline void heap_set_slab(heap_t *heap, size_t first, size_t blocks, owner_t owner, struct slab *slab)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    HEAP_BLOCK_TABLE_ENTRY *last = entry + blocks - 1;
    last->tag = owner;
    last->slab = slab;
    for (; entry < last; entry += 2) {
        entry[0].tag = owner;
        entry[0].slab = slab;
        entry[1].tag = owner;
        entry[1].slab = slab;
    }
}

/* The same blocks: no slab's any more. heap_return comes next. */
static inline void heap_unset_slab(heap_t *heap, size_t first, size_t blocks)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    HEAP_BLOCK_TABLE_ENTRY *last = entry + blocks - 1;
    last->tag = TAG_INSIDE;
    for (; entry < last; entry += 2) {
        entry[0].tag = TAG_INSIDE;
        entry[1].tag = TAG_INSIDE;
    }
}

/* The block that starts at `ptr`; at least the total when no block of the heap does: unaligned bits go to the top. */
static inline size_t heap_block_starting_at(const heap_t *heap, const void *ptr)
{
    size_t offset = (uintptr_t)ptr - heap->start;
    return offset >> 12 | offset << 52;
}
