/* Runs of blocks: good fit from two-level bins, neighbours merged at once. Invariants: mm/heap_check.h. */
#include "mm/heap.h"

#include "mm/heap_runs.h"
#include "mm/range.h"

enum { BLOCK_SHIFT = 12 };
static_assert(HEAP_BLOCK_SIZE == 1 << BLOCK_SHIFT, "blocks are 4096 bytes");
static_assert(HEAP_LINE_ENTRIES >= 2, "a line has two proof words");

static void write_line(heap_t *heap, size_t line)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, line * HEAP_LINE_ENTRIES);
#pragma GCC unroll 8
    for (size_t i = 0; i < HEAP_LINE_ENTRIES; i++) {
        entry[i].tag = TAG_INSIDE;
    }
    size_t place = heap->lines;
    entry->proof = (uint32_t)place;
    heap_entry(heap, place * HEAP_LINE_ENTRIES + 1)->proof = (uint32_t)line;
    heap->lines = place + 1;
}

static inline void write_entry(heap_t *heap, size_t block)
{
    if (!heap_proven(heap, block)) {
        write_line(heap, block / HEAP_LINE_ENTRIES);
    }
}

void heap_clear_on(heap_t *heap)
{
    if (heap->cleared < heap->reached) {
        write_entry(heap, heap->cleared);
        size_t cleared = heap->cleared + HEAP_LINE_ENTRIES;
        heap->cleared = cleared / HEAP_LINE_ENTRIES < heap_lines(heap) ? cleared : heap->table.total;
    }
}

void heap_write_entries(heap_t *heap, size_t block)
{
    if (heap->cleared == heap->table.total) {
        return; /* all were, and in a window there is no proof */
    }
    if (heap->reached <= block) {
        heap->reached = block + 1;
    }
    size_t lines = heap->lines;
    write_entry(heap, block);
    if ((block + 1) % HEAP_LINE_ENTRIES == 0) {
        write_entry(heap, block + 1);
    }
    if (heap->lines == lines) {
        heap_clear_on(heap);
    }
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

__attribute__((cold)) int create_heap(heap_t *heap, heap_table_t *table, void *start, size_t size)
{
    if (!acceptable(heap, table, (uintptr_t)start, size)) {
        return -EINVARG;
    }
    *heap = (heap_t){.start = (uintptr_t)start, .table = *table};
    size_t total = heap->table.total;
    for (size_t block = heap_lines(heap) * HEAP_LINE_ENTRIES; block < total; block++) {
        heap_entry(heap, block)->tag = TAG_INSIDE;
    }
    write_entry(heap, 0);
    write_entry(heap, total - 1);
    heap_put_free(heap, 0, total - 1);
    return 0;
}

/* For when every run of the bins searched is gone: some of the request's own bin may be long enough; it is listed anew, and
 * first. */
static __attribute__((noinline, cold)) size_t look_in_own_bin(heap_t *heap, size_t more)
{
    size_t bin = bins_of(more);
    if (!bins_filled(&heap->bins, bin)) {
        return BINS_NONE;
    }
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t head = heap->bins.first[bin];
    size_t run = head;
    for (unsigned looks = 0; looks < HEAP_OWN_BIN_LOOKS; looks++) {
        if (heap_more(heap, heap_linked_block(run)) >= more) {
            if (run != head) {
                heap_unlist_free(heap, entries, run, bin, bin / 64);
                heap_linked(entries, run)->next = (uint32_t)head;
                heap_linked(entries, head)->prev = (uint32_t)run;
                heap->bins.first[bin] = (uint32_t)run;
            }
            return bin;
        }
        size_t next = heap_linked(entries, run)->next;
        if (next == run) {
            break;
        }
        run = next;
    }
    return BINS_NONE;
}

__attribute__((noinline)) size_t heap_find_bin(heap_t *heap, size_t more)
{
    size_t bin = more < BINS_EXACT && heap->bins.filled[0] >> more == 0 ? bins_find_long(&heap->bins)
                                                                        : bins_find(&heap->bins, bins_fitting(more));
    return bin != BINS_NONE ? bin : look_in_own_bin(heap, more);
}

__attribute__((noinline)) void heap_write_second(heap_t *heap, size_t first)
{
    write_entry(heap, first + 1);
}

__attribute__((noinline)) void heap_put_free(heap_t *heap, size_t first, size_t more)
{
    if (HEAP_LIKELY(more < BINS_EXACT)) {
        heap_set_short_free(heap, heap->table.entries, heap_link(first), more);
    } else {
        heap_make_second(heap, heap_link(first));
        heap_set_long_free(heap, heap->table.entries, heap_link(first), more);
    }
}

__attribute__((noinline)) void heap_cut_front(heap_t *heap, size_t bin, size_t blocks, size_t left)
{
    size_t link = heap->bins.first[bin];
    size_t first = heap_linked_block(link);
    size_t rest = first + blocks;
    if (left > BINS_EXACT && left - 1 >= bins_floor_long(bin)) { /* and so the bin is a long one */
        heap_make_second(heap, heap_link(rest));
        heap_move_first(heap, heap->table.entries, bin, link, heap_link(rest), left - 1);
        return;
    }
    heap_pop_free(heap, link, heap_entry(heap, first)->next, bin, bin / 64);
    if (left != 0) {
        heap_put_free(heap, rest, left - 1);
    } else {
        heap_entry(heap, rest - 1)->tag = TAG_INSIDE; /* it was the last of the free run */
    }
}

/* Where no short free run fits, or an entry has to be written first. */
static __attribute__((noinline)) size_t carve_otherwise(heap_t *heap, size_t more)
{
    size_t bin = more < BINS_EXACT && heap->bins.filled[0] >> more == 0 ? bins_find_long(&heap->bins)
                                                                        : heap_find_bin(heap, more);
    bin = HEAP_LIKELY(bin != BINS_NONE) ? bin : heap_find_bin(heap, more);
    if (!HEAP_LIKELY(bin != BINS_NONE)) {
        return HEAP_NONE;
    }
    size_t first = heap_linked_block(heap->bins.first[bin]);
    size_t left = (bin < BINS_EXACT ? bin : heap_entry(heap, first + 1)->more) - more;
    if (left != 0) {
        heap_make_written(heap, first + more);
    }
    heap_cut_front(heap, bin, more + 1, left);
    return first;
}

__attribute__((noinline)) size_t heap_carve(heap_t *heap, size_t more)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    uint64_t fitting = more < BINS_EXACT ? heap->bins.filled[0] >> more : 0;
    if (!HEAP_LIKELY(fitting != 0)) {
        return carve_otherwise(heap, more);
    }
    uint32_t left = (uint32_t)__builtin_ctzll(fitting);
    uint32_t bin = (uint32_t)more + left;
    size_t first = heap->bins.first[bin];
    if (!HEAP_LIKELY(heap_linked_block(first) + more + 1 < heap->cleared)) {
        return carve_otherwise(heap, more);
    }
    heap_pop_free(heap, first, heap_linked(entries, first)->next, bin, 0);
    if (left != 0) {
        heap_set_short_free(heap, entries, first + heap_link(more + 1), left - 1);
    } else {
        heap_linked(entries, first + heap_link(more))->tag = TAG_INSIDE; /* it was the last of the free run */
    }
    return heap_linked_block(first);
}

__attribute__((noinline)) void heap_merge(heap_t *heap, size_t first, size_t more)
{
    HEAP_BLOCK_TABLE_ENTRY *entries = heap->table.entries;
    size_t next = first + more + 1;
    if (next < heap->table.total && (entries[next].tag & TAG_FREE) != 0) {
        size_t after = heap_more(heap, next);
        size_t bin = bins_of(after);
        entries[next].tag = TAG_INSIDE;
        heap_unlist_free(heap, entries, heap_link(next), bin, bin / 64);
        more += after + 1;
    }
    if (first > 0 && (entries[first - 1].tag & TAG_FREE) != 0) {
        size_t before = heap_before(heap, first - 1);
        size_t bin = bins_of(before);
        entries[first - 1].tag = TAG_INSIDE;
        entries[first].tag = TAG_INSIDE;
        first -= before + 1;
        heap_unlist_free(heap, entries, heap_link(first), bin, bin / 64);
        more += before + 1;
    }
    heap_put_free(heap, first, more);
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
    heap_set_live(heap, first, more, 0);
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
    heap_return(heap, first, heap_more(heap, first));
    return 0;
}

void heap_free(heap_t *heap, void *ptr)
{
    (void)heap_try_free(heap, ptr);
}
