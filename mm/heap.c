/* Runs of blocks: good fit from two-level bins, neighbours merged at once. Invariants: mm/heap_check.h. */
#include "mm/heap.h"

#include "mm/heap_table.h"
#include "mm/range.h"

enum { BLOCK_SHIFT = 12 };
static_assert(HEAP_BLOCK_SIZE == 1 << BLOCK_SHIFT, "blocks are 4096 bytes");

enum run_state { RUN_FREE = 0, RUN_LIVE = KIND_LIVE };

/* From here on the entry of `block` may be read: it, and the other of its pair, say BLOCK_INSIDE if they were never
 * written. */
static inline void make_written(heap_t *heap, size_t block)
{
    size_t pair = block / 2;
    if (2 * pair + 1 >= heap->table.total || heap_pair_written(heap, pair)) {
        return; /* the entry without a pair needs none */
    }
    heap_entry(heap, 2 * pair)->kind = BLOCK_INSIDE;
    heap_entry(heap, 2 * pair + 1)->kind = BLOCK_INSIDE;
    heap_entry(heap, 2 * pair)->proof = (uint32_t)heap->pairs;
    heap_entry(heap, 2 * heap->pairs + 1)->proof = (uint32_t)pair;
    heap->pairs++;
}

/* Writes both ends of a run. All its end entries are written already (make_written). */
static inline void set_run(heap_t *heap, size_t first, size_t more, enum run_state state)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    if (more == 0) {
        entry->kind = BLOCK_FREE_ONE | (uint32_t)state;
        return;
    }
    entry[0].kind = BLOCK_FREE_FIRST | (uint32_t)state;
    entry[1].more = (uint32_t)more;
    entry[more].more = (uint32_t)more;
    entry[more].kind = BLOCK_FREE_LAST | (uint32_t)state;
}

/* The block was the end of a run and is now inside one: a dead end must not pass for a live one. */
static void erase_end(heap_t *heap, size_t block)
{
    heap_entry(heap, block)->kind = BLOCK_INSIDE;
}

static inline void list_run(heap_t *heap, size_t first, size_t more)
{
    size_t bin = bins_of(more);
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    size_t next = first;
    size_t prev = first;
    if (bins_filled(&heap->bins, bin)) {
        next = heap->bins.first[bin];
        prev = heap_entry(heap, next)->prev;
    }
    entry->next = (uint32_t)next;
    entry->prev = (uint32_t)prev;
    heap_entry(heap, prev)->next = (uint32_t)first;
    heap_entry(heap, next)->prev = (uint32_t)first;
    heap->bins.first[bin] = (uint32_t)first;
    bins_set_filled(&heap->bins, bin);
    heap->free_runs++;
}

static inline void unlist_run(heap_t *heap, size_t first, size_t bin)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    heap->free_runs--;
    if (entry->next == first) {
        bins_set_empty(&heap->bins, bin);
        return;
    }
    heap->bins.first[bin] = entry->next; /* the ring may start anywhere */
    heap_entry(heap, entry->next)->prev = entry->prev;
    heap_entry(heap, entry->prev)->next = entry->next;
}

static inline void make_free(heap_t *heap, size_t first, size_t more)
{
    set_run(heap, first, more, RUN_FREE);
    list_run(heap, first, more);
}

static bool acceptable(const heap_t *heap, const heap_table_t *table, uintptr_t start, size_t size)
{
    if (heap == NULL || table == NULL || start == 0 || start % HEAP_BLOCK_SIZE != 0) {
        return false;
    }
    size_t total = size / HEAP_BLOCK_SIZE;
    uintptr_t entries = (uintptr_t)table->entries;
    if (size == 0 || size % HEAP_BLOCK_SIZE != 0 || table->total != total || total > HEAP_BLOCKS_MAX) {
        return false;
    }
    size_t table_bytes = total * sizeof(HEAP_BLOCK_TABLE_ENTRY);
    if (entries == 0 || entries % _Alignof(HEAP_BLOCK_TABLE_ENTRY) != 0) {
        return false;
    }
    if (size > UINTPTR_MAX - start || table_bytes > UINTPTR_MAX - entries) {
        return false;
    }
    struct range blocks = {start, start + size};
    struct range words = {entries, entries + table_bytes};
    struct range record = {(uintptr_t)heap, (uintptr_t)heap + sizeof *heap};
    return !range_overlap(words, blocks) && !range_overlap(record, blocks) && !range_overlap(record, words);
}

int create_heap(heap_t *heap, heap_table_t *table, void *start, size_t size)
{
    if (!acceptable(heap, table, (uintptr_t)start, size)) {
        return -EINVARG;
    }
    *heap = (heap_t){.start = (uintptr_t)start, .table = *table};
    make_written(heap, 0);
    make_written(heap, heap->table.total - 1);
    make_free(heap, 0, heap->table.total - 1);
    return 0;
}

/* For when every run of the bins searched is gone: some of the request's own bin may be long enough. Returns the bin when
 * its first run now fits, or BINS_NONE. */
static size_t look_in_own_bin(heap_t *heap, size_t more)
{
    size_t bin = bins_of(more);
    if (!bins_filled(&heap->bins, bin)) {
        return BINS_NONE;
    }
    size_t run = heap->bins.first[bin];
    for (unsigned looks = 0; looks < HEAP_OWN_BIN_LOOKS; looks++) {
        if (heap_more_after(heap, run) >= more) {
            heap->bins.first[bin] = (uint32_t)run;
            return bin;
        }
        run = heap_entry(heap, run)->next;
    }
    return BINS_NONE;
}

/* Makes the first block of a free run and `more` after it a live run; what is left stays free. */
static inline void take_front(heap_t *heap, size_t first, size_t more)
{
    size_t left = heap_more_after(heap, first) - more;
    if (left != 0) {
        size_t last = first + more;
        make_written(heap, last);
        if (left > 1) {
            make_written(heap, last + 2); /* pairs: with the line above, this covers last + 1 too */
        }
        make_free(heap, last + 1, left - 1);
    }
    set_run(heap, first, more, RUN_LIVE);
}

void *heap_malloc(heap_t *heap, size_t size)
{
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (more >= heap->table.total) {
        return NULL; /* size 0 too: it wraps */
    }
    size_t bin = bins_find(&heap->bins, bins_fitting(more));
    if (bin == BINS_NONE) {
        bin = look_in_own_bin(heap, more);
        if (bin == BINS_NONE) {
            return NULL;
        }
    }
    size_t first = heap->bins.first[bin];
    unlist_run(heap, first, bin);
    take_front(heap, first, more);
    heap->live_runs++;
    heap->used += more + 1;
    if (heap->used > heap->peak) {
        heap->peak = heap->used;
    }
    return (void *)heap_block_address(heap, first);
}

/* Frees a live run, merged with its free neighbours. */
static inline void free_run(heap_t *heap, size_t first, size_t more)
{
    size_t last = first + more;
    heap->live_runs--;
    heap->used -= more + 1;
    if (first > 0 && block_is_free_last(heap_entry(heap, first - 1)->kind)) {
        size_t before = heap_more_before(heap, first - 1);
        erase_end(heap, first - 1);
        erase_end(heap, first);
        first -= before + 1;
        unlist_run(heap, first, bins_of(before));
    }
    if (last + 1 < heap->table.total && block_is_free_first(heap_entry(heap, last + 1)->kind)) {
        size_t after = heap_more_after(heap, last + 1);
        unlist_run(heap, last + 1, bins_of(after));
        erase_end(heap, last);
        erase_end(heap, last + 1);
        last += after + 1;
    }
    make_free(heap, first, last - first);
}

/* The block that starts at `ptr`; at least the total when no block of the heap does: unaligned bits go to the top. */
static inline size_t block_starting_at(const heap_t *heap, const void *ptr)
{
    size_t offset = (uintptr_t)ptr - heap->start;
    return offset / HEAP_BLOCK_SIZE | offset << (64 - BLOCK_SHIFT);
}

enum free_fault heap_release(heap_t *heap, void *ptr, struct heap_refusal *refusal)
{
    size_t block = block_starting_at(heap, ptr);
    if (block >= heap->table.total || !heap_written(heap, block) ||
        !block_is_live_first(heap_entry(heap, block)->kind)) {
        heap->refused++;
        heap_explain(heap, ptr, refusal);
        return refusal->fault;
    }
    free_run(heap, block, heap_more_after(heap, block));
    return FREE_OK;
}

int heap_try_free(heap_t *heap, void *ptr)
{
    struct heap_refusal refusal;
    if (ptr == NULL || heap_release(heap, ptr, &refusal) == FREE_OK) {
        return 0;
    }
    heap_refused(&refusal);
    return -EINVARG;
}

void heap_free(heap_t *heap, void *ptr)
{
    (void)heap_try_free(heap, ptr);
}
