/* Runs of blocks: good fit from two-level bins, neighbours merged at once. Invariants: mm/heap_check.h. */
#include "mm/heap.h"

#include "mm/heap_runs.h"
#include "mm/range.h"

enum { BLOCK_SHIFT = 12 };
static_assert(HEAP_BLOCK_SIZE == 1 << BLOCK_SHIFT, "blocks are 4096 bytes");

static inline void write_pair(heap_t *heap, size_t pair)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    if (heap_pair_written(heap, pair)) {
        return;
    }
    entry_set(&entries[2 * pair], BLOCK_INSIDE, 0);
    entry_set(&entries[2 * pair + 1], BLOCK_INSIDE, 0);
    entries[2 * pair].proof = (uint32_t)heap->pairs;
    entries[2 * heap->pairs + 1].proof = (uint32_t)pair;
    heap->pairs++;
}

__attribute__((noinline)) void heap_clear_on(heap_t *heap)
{
    for (size_t i = 0; i < HEAP_CLEAR_PAIRS && heap->cleared < heap->reached; i++) {
        write_pair(heap, heap->cleared / 2);
        heap->cleared += 2;
    }
    if (heap->cleared + 1 == heap->table.total) { /* the entry without a pair was always written */
        heap->cleared = heap->table.total;
        heap->reached = heap->table.total;
    }
}

static inline void write_pairs(heap_t *heap, size_t block, size_t count)
{
    size_t pairs = heap->table.total / 2; /* an entry without a pair needs no proof */
    size_t end = (block + count) / 2 + 1 < pairs ? (block + count) / 2 + 1 : pairs;
    for (size_t pair = block / 2; pair < end; pair++) {
        write_pair(heap, pair);
    }
    if (2 * end > heap->reached) {
        heap->reached = 2 * end;
    }
}

__attribute__((noinline)) void heap_write_entries(heap_t *heap, size_t block, size_t count)
{
    write_pairs(heap, block, count);
    heap_clear_on(heap);
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
    size_t last = heap->table.total - 1;
    if (last != 0) {
        write_pair(heap, 0);
    }
    if (last % 2 != 0) {
        write_pair(heap, last / 2);
    }
    entry_set(heap_entry(heap, last), BLOCK_INSIDE, 0);
    heap_set_free(heap, 0, last);
    return 0;
}

/* For when every run of the bins searched is gone: some of the request's own bin may be long enough; it becomes the
 * first there. */
static size_t look_in_own_bin(heap_t *heap, size_t more)
{
    size_t bin = bins_of(more);
    if (!bins_filled(&heap->bins, bin)) {
        return BINS_NONE;
    }
    size_t run = heap->bins.first[bin];
    for (unsigned looks = 0; looks < HEAP_OWN_BIN_LOOKS; looks++) {
        if (heap_free_more(heap, run) >= more) {
            heap_unlist_free(heap, run, bin);
            heap_list_free(heap, run, bin);
            return bin;
        }
        size_t next = heap_entry(heap, run)->next;
        if (next == run) {
            break;
        }
        run = next;
    }
    return BINS_NONE;
}

__attribute__((noinline, cold)) size_t heap_find_bin(heap_t *heap, size_t more)
{
    size_t bin = bins_find(&heap->bins, bins_fitting(more));
    return bin != BINS_NONE ? bin : look_in_own_bin(heap, more);
}

void heap_set_slab(heap_t *heap, size_t first, size_t more, owner_t owner, struct slab *slab)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    if (first + more >= heap->cleared) {
        write_pairs(heap, first, more); /* the carving has moved `cleared` on already */
    }
    for (size_t block = first; block <= first + more; block++) {
        entry_set(&entries[block], BLOCK_SLAB, owner);
        entries[block].slab = slab;
    }
}

void heap_unset_slab(heap_t *heap, size_t first, size_t more)
{
    for (size_t block = first; block <= first + more; block++) {
        entry_set(heap_entry(heap, block), BLOCK_INSIDE, 0);
    }
}

void *heap_malloc(heap_t *heap, size_t size)
{
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (more >= heap->table.total) {
        return NULL; /* size 0 too: it wraps */
    }
    size_t first = heap_carve(heap, more);
    if (first == HEAP_NONE) {
        return NULL;
    }
    heap_hold(heap, first, more, 0);
    return (void *)heap_block_address(heap, first);
}

int heap_try_free(heap_t *heap, void *ptr)
{
    struct heap_refusal refusal;
    if (ptr == NULL) {
        return 0;
    }
    if (heap_explain(heap, ptr, 0, &refusal) != FREE_OK) {
        heap->refused++;
        heap_refused(&refusal);
        return -EINVARG;
    }
    size_t first = heap_block_starting_at(heap, ptr);
    size_t more = heap_live_more(heap, first);
    heap_let_go(heap, first);
    heap_return(heap, first, more);
    return 0;
}

void heap_free(heap_t *heap, void *ptr)
{
    (void)heap_try_free(heap, ptr);
}
