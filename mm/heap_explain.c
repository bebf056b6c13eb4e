/* The cold side of a refused free: what stands where the pointer points. Lies outside the bound of allocation and free,
 * but is bounded too. */
#include "mm/heap.h"
#include "mm/heap_table.h"

struct heap_run heap_run_at(const heap_t *heap, size_t first)
{
    size_t blocks = heap_more_after(heap, first) + 1;
    return (struct heap_run){first, blocks, block_is_live_first(heap_entry(heap, first)->kind)};
}

/* The run that `block` is in, by the nearest end of a run that was written; no blocks when none is near. Dead ends are
 * erased, so the nearest first entry below and the nearest last entry above belong to the run. */
static struct heap_run find_run(const heap_t *heap, size_t block)
{
    for (size_t i = 0; i < HEAP_SEARCH_BLOCKS; i++) {
        size_t below = block - i;
        size_t above = block + i;
        if (i <= block && heap_written(heap, below) && block_is_first(heap_entry(heap, below)->kind)) {
            return heap_run_at(heap, below);
        }
        if (above < heap->table.total && heap_written(heap, above) && block_is_last(heap_entry(heap, above)->kind)) {
            return heap_run_at(heap, above - heap_more_before(heap, above));
        }
    }
    return (struct heap_run){0, 0, false};
}

void heap_explain(const heap_t *heap, const void *ptr, struct heap_refusal *refusal)
{
    *refusal = (struct heap_refusal){.heap = heap, .pointer = ptr, .fault = FREE_OUTSIDE};
    size_t offset = (uintptr_t)ptr - heap->start;
    size_t block = offset / HEAP_BLOCK_SIZE;
    if (block >= heap->table.total) {
        return;
    }
    refusal->run = find_run(heap, block);
    if (offset % HEAP_BLOCK_SIZE != 0) {
        refusal->fault = FREE_UNALIGNED;
    } else if (refusal->run.blocks == 0) {
        refusal->fault = FREE_NOT_A_START;
    } else {
        refusal->fault = refusal->run.live ? FREE_INSIDE_RUN : FREE_ALREADY_FREE;
    }
}

const char *free_fault_sentence(enum free_fault fault)
{
    static const char *const sentences[] = {
        [FREE_OK] = "the free was good",
        [FREE_NO_HEAP] = "there is no kernel heap yet",
        [FREE_OUTSIDE] = "the pointer is not in the heap",
        [FREE_UNALIGNED] = "the pointer is not at the start of a block",
        [FREE_INSIDE_RUN] = "the pointer is inside a live allocation, not at its start",
        [FREE_ALREADY_FREE] = "the block is free: freed before, or never handed out",
        [FREE_NOT_A_START] = "no allocation starts there",
    };
    return (size_t)fault < sizeof sentences / sizeof *sentences ? sentences[fault] : "unknown reason";
}

size_t heap_longest_free(const heap_t *heap)
{
    size_t bin = bins_highest(&heap->bins);
    if (bin == BINS_NONE) {
        return 0;
    }
    if (bin < BINS_EXACT) {
        return bin + 1; /* all of one length */
    }
    size_t most = 0; /* blocks after the first */
    size_t run = heap->bins.first[bin];
    do {
        size_t more = heap_more_after(heap, run);
        most = more > most ? more : most;
        run = heap_entry(heap, run)->next;
    } while (run != heap->bins.first[bin]);
    return most + 1;
}
