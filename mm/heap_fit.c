/* Runs that start on a boundary, and runs that change their length where they stand. */
#include "mm/heap_runs.h"

/* Blocks from `first` to the next multiple of `alignment` blocks (of the address, not of the block number). */
static size_t padding(const heap_t *heap, size_t first, size_t alignment)
{
    return -(heap->start / HEAP_BLOCK_SIZE + first) & (alignment - 1);
}

/* A bin whose first run holds `more` + 1 aligned blocks, or BINS_NONE: a run that fits without regard to the boundary may
 * happen to do; one that is longer by nearly the alignment does always. */
static size_t find_aligned(heap_t *heap, size_t more, size_t alignment, bool search)
{
    size_t bin = heap_find_bin(heap, more);
    if (bin == BINS_NONE) {
        return BINS_NONE;
    }
    size_t first = heap_linked_block(heap->bins.first[bin]);
    if (padding(heap, first, alignment) + more <= heap_more(heap, first)) {
        return bin;
    }
    return search && more + alignment - 1 < heap->table.total ? heap_find_bin(heap, more + alignment - 1)
                                                              : (size_t)BINS_NONE;
}

size_t heap_cut_middle(heap_t *heap, size_t bin, size_t before, size_t blocks, size_t left)
{
    size_t link = heap->bins.first[bin];
    size_t front = heap_linked_block(link);
    size_t first = front + before;
    heap_pop_free(heap, link, heap_entry(heap, front)->next, bin, bin / 64);
    if (before != 0) {
        heap_make_written(heap, first - 1);
        heap_put_free(heap, front, before - 1);
    }
    heap_cut_tail(heap, first + blocks - 1, left);
    return first;
}

size_t heap_carve_aligned(heap_t *heap, size_t more, size_t alignment, bool search)
{
    size_t bin = find_aligned(heap, more, alignment, search);
    if (bin == BINS_NONE) {
        return HEAP_NONE;
    }
    size_t front = heap_linked_block(heap->bins.first[bin]);
    size_t before = padding(heap, front, alignment);
    return heap_cut_middle(heap, bin, before, more + 1, heap_more(heap, front) - before - more);
}

void heap_shorten(heap_t *heap, size_t first, size_t more, size_t new_more)
{
    heap_make_written(heap, first + new_more);
    heap_set_live(heap, first, new_more, tag_owner(heap_entry(heap, first)->tag));
    heap_return(heap, first + new_more + 1, more - new_more - 1);
}

bool heap_lengthen(heap_t *heap, size_t first, size_t more, size_t new_more)
{
    size_t next = first + more + 1;
    size_t blocks = new_more - more;
    if (next >= heap->table.total || (heap_entry(heap, next)->tag & TAG_FREE) == 0) {
        return false;
    }
    size_t length = heap_more(heap, next) + 1;
    if (length < blocks) {
        return false;
    }
    heap_unlist_free(heap, heap->table.entries, heap_link(next), bins_of(length - 1), bins_of(length - 1) / 64);
    heap_entry(heap, next)->tag = TAG_INSIDE;
    heap_cut_tail(heap, first + new_more, length - blocks);
    heap_set_live(heap, first, new_more, tag_owner(heap_entry(heap, first)->tag));
    return true;
}
