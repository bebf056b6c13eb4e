/* The table's entries as the files of the heap see them: for no other file.
 *
 * The table's memory is hostile when the heap is created: after a warm reset it holds our own old table. So whether an
 * entry was written by this heap is proven, with a sparse set over lines of HEAP_LINE_ENTRIES entries (Briggs and Torczon,
 * "An Efficient Representation for Sparse Sets", 1993). Line k starts with entry k * HEAP_LINE_ENTRIES. The proof words of
 * the lines' second entries, in order, list the lines written so far; the proof word of a line's first entry is its place
 * in that list:
 *
 *     line k was written  <=>  first(k).proof < heap->lines  and  second(first(k).proof).proof == k
 *
 * Garbage in the left word is caught by the right one, which lies in the part of the list that was written. Entries at the
 * table's end that make no whole line have no proof; create_heap writes them. */
#pragma once

#include "mm/heap.h"

static inline HEAP_BLOCK_TABLE_ENTRY *heap_entry(const heap_t *heap, size_t block)
{
    return &heap->table.entries[block];
}

/* Runs are linked by twice the number of their first block: so many words of 8 bytes it is from the table's start to that
 * entry, and by 8 the processor multiplies without an instruction. */
static inline size_t heap_link(size_t block)
{
    return 2 * block;
}

static inline size_t heap_linked_block(size_t link)
{
    return link / 2;
}

static inline HEAP_BLOCK_TABLE_ENTRY *heap_linked(HEAP_BLOCK_TABLE_ENTRY *entries, size_t link)
{
    return (HEAP_BLOCK_TABLE_ENTRY *)((uint64_t *)entries + link);
}
static_assert(sizeof(HEAP_BLOCK_TABLE_ENTRY) == 2 * sizeof(uint64_t), "an entry is two words");

/* Whole lines of the table. */
static inline size_t heap_lines(const heap_t *heap)
{
    return heap->table.total / HEAP_LINE_ENTRIES;
}

/* Whether this heap has written the entries of a whole line. */
static inline bool heap_line_written(const heap_t *heap, size_t line)
{
    size_t place = heap_entry(heap, line * HEAP_LINE_ENTRIES)->proof;
    return place < heap->lines && heap_entry(heap, place * HEAP_LINE_ENTRIES + 1)->proof == line;
}

/* Whether the proof says that this heap has written the entry of `block`, below the total. */
static inline bool heap_proven(const heap_t *heap, size_t block)
{
    size_t line = block / HEAP_LINE_ENTRIES;
    return line >= heap_lines(heap) || heap_line_written(heap, line);
}

/* Whether the entry was written, or needs no proof; if not, it means nothing. */
static inline bool heap_written(const heap_t *heap, size_t block)
{
    return block < heap->cleared || heap_proven(heap, block);
}

/* Whether blocks of the heap may be away (mm/kheap_window.h): no line was ever written, since none needs proof. */
static inline bool heap_is_window(const heap_t *heap)
{
    return heap->lines == 0 && heap->cleared >= HEAP_LINE_ENTRIES;
}

static inline bool tag_is_slab(uint32_t tag)
{
    return tag <= TAG_OWNER;
}

static inline owner_t tag_owner(uint32_t tag)
{
    return (owner_t)(tag & TAG_OWNER);
}

/* What a tag says of the blocks after the first; TAG_MORE_LONG: `more` knows. */
static inline size_t tag_more(uint32_t tag)
{
    return (tag & TAG_MORE) >> TAG_MORE_SHIFT;
}

static inline bool tag_is_free_first(uint32_t tag)
{
    return (tag & (TAG_FREE | TAG_LAST)) == TAG_FREE;
}

/* The first block of a run of one is its last, too. */
static inline bool tag_is_free_last(uint32_t tag)
{
    return (tag & TAG_FREE) != 0 && ((tag & TAG_LAST) != 0 || tag_more(tag) == 0);
}

static inline bool tag_is_live(uint32_t tag)
{
    return (tag & TAG_LIVE) != 0;
}

/* Blocks after the first in the run, no slab, that starts at `first`. */
static inline size_t heap_more(const heap_t *heap, size_t first)
{
    size_t more = tag_more(heap_entry(heap, first)->tag);
    return __builtin_expect(more != TAG_MORE_LONG, 1) ? more : heap_entry(heap, first + 1)->more;
}

/* Blocks before the last in the free run that ends with `last`. */
static inline size_t heap_before(const heap_t *heap, size_t last)
{
    size_t more = tag_more(heap_entry(heap, last)->tag);
    return __builtin_expect(more != TAG_MORE_LONG, 1) ? more : heap_entry(heap, last)->more;
}
