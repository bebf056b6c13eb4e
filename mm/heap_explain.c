/* What stands in a heap: why a free is refused, bounded though outside the bound of allocation and free, and runs in
 * figures. */
#include "mm/heap_runs.h"
#include "mm/slab.h"

struct heap_run heap_run_at(const heap_t *heap, size_t first)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    if (tag_is_slab(entry->tag)) {
        return (struct heap_run){first, slab_blocks(entry->slab), true};
    }
    return (struct heap_run){first, heap_more(heap, first) + 1, tag_is_live(entry->tag)};
}

/* The run that has an end in the written entry of `block`, or is a slab; no blocks when there is none. */
static struct heap_run run_with_end(const heap_t *heap, size_t block)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, block);
    if (tag_is_slab(entry->tag)) {
        return heap_run_at(heap, (entry->slab->start - heap->start) / HEAP_BLOCK_SIZE);
    }
    if (tag_is_free_last(entry->tag)) {
        return heap_run_at(heap, block - heap_before(heap, block));
    }
    bool first = tag_is_free_first(entry->tag) || tag_is_live(entry->tag);
    return first ? heap_run_at(heap, block) : (struct heap_run){block, 0, false};
}

/* By the nearest end that was written. Dead ends are erased and each run's first block says what it is, so the nearest end
 * below is the run's own. */
struct heap_run heap_run_over(const heap_t *heap, size_t block)
{
    for (size_t i = 0; i < HEAP_SEARCH_BLOCKS && i <= block; i++) {
        if (!heap_written(heap, block - i)) {
            continue;
        }
        struct heap_run run = run_with_end(heap, block - i);
        if (run.blocks != 0) {
            return block - run.first < run.blocks ? run : (struct heap_run){block, 0, false}; /* not if it is away */
        }
    }
    for (size_t i = 1; i < HEAP_SEARCH_BLOCKS && block + i < heap->table.total; i++) {
        if (!heap_written(heap, block + i)) {
            continue;
        }
        struct heap_run run = run_with_end(heap, block + i);
        if (run.blocks != 0) {
            /* Where the last of a free run comes first, `block` is in it; else in a live run whose start is far. */
            return run.first <= block ? run : (struct heap_run){block, 0, !heap_is_window(heap)};
        }
    }
    return (struct heap_run){block, 0, false};
}

/* Of an offset in the heap where no live run of the caller starts. */
static enum free_fault why_not(size_t offset, const struct heap_refusal *refusal)
{
    const struct heap_run *run = &refusal->run;
    if (offset % HEAP_BLOCK_SIZE != 0) {
        return FREE_UNALIGNED;
    }
    if (run->live) {
        bool start = run->blocks != 0 && offset / HEAP_BLOCK_SIZE == run->first;
        return start ? FREE_FOREIGN : FREE_INSIDE_RUN;
    }
    return run->blocks != 0 ? FREE_ALREADY_FREE : FREE_NOT_A_START;
}

enum free_fault heap_explain(const heap_t *heap, const void *ptr, owner_t caller, struct heap_refusal *refusal)
{
    size_t block = heap_block_starting_at(heap, ptr);
    if (block < heap->table.total && heap_written(heap, block) && tag_is_live(heap_entry(heap, block)->tag) &&
        tag_owner(heap_entry(heap, block)->tag) == caller) {
        return FREE_OK;
    }
    *refusal = (struct heap_refusal){.heap = heap, .pointer = ptr, .fault = FREE_OUTSIDE, .caller = caller};
    size_t offset = (uintptr_t)ptr - heap->start;
    block = offset / HEAP_BLOCK_SIZE;
    if (block >= heap->table.total) {
        return FREE_OUTSIDE;
    }
    refusal->run = heap_run_over(heap, block);
    if (refusal->run.live && refusal->run.blocks != 0) {
        refusal->owner = tag_owner(heap_entry(heap, refusal->run.first)->tag);
    }
    refusal->fault = why_not(offset, refusal);
    return refusal->fault;
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
        [FREE_FOREIGN] = "it is another owner's",
        [FREE_NOT_AN_OBJECT] = "the pointer is among small objects, not at the start of one",
        [FREE_SMALL] = "it is a small object, not a run",
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
    for (size_t link = heap->bins.first[bin];;) {
        size_t more = heap_more(heap, heap_linked_block(link));
        most = more > most ? more : most;
        size_t next = heap_linked(heap->table.entries, link)->next;
        if (next == link) {
            return most + 1;
        }
        link = next;
    }
}

size_t heap_next_run(const heap_t *heap, size_t block)
{
    if (!heap_is_window(heap)) {
        return block;
    }
    while (block < heap->reached && heap_entry(heap, block)->tag == TAG_INSIDE) {
        block++;
    }
    return block < heap->reached ? block : heap->table.total;
}

struct heap_census heap_census(const heap_t *heap)
{
    struct heap_census census = {.used = 0};
    for (size_t first = heap_next_run(heap, 0); first < heap->table.total;) {
        struct heap_run run = heap_run_at(heap, first);
        census.used += run.live ? run.blocks : 0;
        census.live_runs += run.live;
        census.free_runs += !run.live;
        first = heap_next_run(heap, first + run.blocks);
    }
    return census;
}
