#include "mm/heap_check.h"

#include "mm/heap_table.h"

/* What a walk over all runs finds. */
struct census {
    size_t used;
    size_t live_runs;
    size_t free_runs;
};

static size_t pairs_of(const heap_t *heap)
{
    return heap->table.total / 2;
}

static const char *check_record(const heap_t *heap)
{
    if (heap->table.entries == NULL || heap->table.total == 0 || heap->table.total > HEAP_BLOCKS_MAX ||
        heap->start == 0 || heap->start % HEAP_BLOCK_SIZE != 0) {
        return "H1: a heap has blocks and starts on a block's boundary";
    }
    if (heap->used > heap->peak || heap->peak > heap->table.total) {
        return "H1: used <= peak <= total";
    }
    return NULL;
}

/* When each listed pair knows its place, no pair is listed twice. */
static const char *check_proof(const heap_t *heap)
{
    if (heap->pairs > pairs_of(heap)) {
        return "H2: more pairs listed as written than there are";
    }
    for (size_t place = 0; place < heap->pairs; place++) {
        size_t pair = heap_entry(heap, 2 * place + 1)->proof;
        if (pair >= pairs_of(heap)) {
            return "H2: a pair listed as written is not in the table";
        }
        if (heap_entry(heap, 2 * pair)->proof != place) {
            return "H2: a pair listed as written does not know its place in the list";
        }
    }
    size_t last = heap->table.total - 1;
    if (last / 2 < pairs_of(heap) && !heap_pair_written(heap, last / 2)) {
        return "H2: the last entry was not written";
    }
    return NULL;
}

/* One run; `*first` goes on to the next. */
static const char *check_run(const heap_t *heap, size_t *first, struct census *census)
{
    size_t total = heap->table.total;
    if (!heap_written(heap, *first) || !block_is_first(heap_entry(heap, *first)->kind)) {
        return "H3: a run starts where the one before ends";
    }
    uint32_t kind = heap_entry(heap, *first)->kind;
    bool one = block_is_last(kind);
    if (!one && (*first + 1 >= total || !heap_written(heap, *first + 1))) {
        return "H4: a run of more than one block has a second entry";
    }
    size_t more = heap_more_after(heap, *first);
    size_t last = *first + more;
    if (last >= total || (more == 0) != one) {
        return "H4: a run ends in the table";
    }
    uint32_t end = heap_entry(heap, last)->kind;
    if (!heap_written(heap, last) || !block_is_last(end) || heap_more_before(heap, last) != more) {
        return "H4: the last entry of a run gives its length";
    }
    if (block_is_live_first(kind) != !block_is_free_last(end)) {
        return "H4: both ends of a run are live, or both free";
    }
    bool live = block_is_live_first(kind);
    census->used += live ? more + 1 : 0;
    census->live_runs += live;
    census->free_runs += !live;
    *first = last + 1;
    if (!live && *first < total && heap_written(heap, *first) &&
        block_is_free_first(heap_entry(heap, *first)->kind)) {
        return "H6: a free run has no free neighbour";
    }
    return NULL;
}

struct ends {
    size_t firsts;
    size_t lasts;
    size_t strange; /* neither an end nor inside */
};

static void count_end(struct ends *ends, uint32_t kind)
{
    ends->firsts += block_is_first(kind);
    ends->lasts += block_is_last(kind);
    ends->strange += kind > BLOCK_LIVE_ONE || kind == KIND_LIVE;
}

/* Every run has one first and one last entry, so as many written ends as there are runs means that none is dead. */
static const char *check_ends(const heap_t *heap, const struct census *census)
{
    struct ends ends = {0, 0, 0};
    for (size_t place = 0; place < heap->pairs; place++) {
        const HEAP_BLOCK_TABLE_ENTRY *pair = heap_entry(heap, 2 * (size_t)heap_entry(heap, 2 * place + 1)->proof);
        count_end(&ends, pair[0].kind);
        count_end(&ends, pair[1].kind);
    }
    if (heap->table.total % 2 != 0) {
        count_end(&ends, heap_entry(heap, heap->table.total - 1)->kind);
    }
    size_t runs = census->live_runs + census->free_runs;
    bool right = ends.firsts == runs && ends.lasts == runs && ends.strange == 0;
    return right ? NULL : "H5: an entry that is no run's end says that it is inside a run";
}

/* Adds the runs that `bin` lists to `listed`; no more than there are in all. */
static const char *check_bin(const heap_t *heap, size_t bin, const struct census *census, size_t *listed)
{
    size_t run = heap->bins.first[bin];
    do {
        if (run >= heap->table.total || !heap_written(heap, run) ||
            !block_is_free_first(heap_entry(heap, run)->kind)) {
            return "H8: a filled bin lists free runs";
        }
        if (bins_of(heap_more_after(heap, run)) != bin) {
            return "H7: a free run is listed in the bin of its length";
        }
        size_t next = heap_entry(heap, run)->next;
        if (next >= heap->table.total || !heap_written(heap, next) || heap_entry(heap, next)->prev != run) {
            return "H7: the links of a bin agree in both directions";
        }
        if (++*listed > census->free_runs) {
            return "H7: a free run is listed once";
        }
        run = next;
    } while (run != heap->bins.first[bin]);
    return NULL;
}

static const char *check_bins(const heap_t *heap, const struct census *census)
{
    size_t listed = 0;
    for (size_t bin = bins_find(&heap->bins, 0); bin != BINS_NONE; bin = bins_after(&heap->bins, bin)) {
        const char *broken = check_bin(heap, bin, census, &listed);
        if (broken != NULL) {
            return broken;
        }
    }
    return listed == census->free_runs ? NULL : "H7: every free run is listed";
}

const char *heap_check(const heap_t *heap)
{
    const char *broken = check_record(heap);
    if (broken == NULL) {
        broken = check_proof(heap);
    }
    struct census census = {0, 0, 0};
    for (size_t first = 0; broken == NULL && first < heap->table.total;) {
        broken = check_run(heap, &first, &census);
    }
    if (broken == NULL) {
        broken = check_ends(heap, &census);
    }
    if (broken == NULL) {
        broken = check_bins(heap, &census);
    }
    if (broken != NULL) {
        return broken;
    }
    bool right =
        census.used == heap->used && census.live_runs == heap->live_runs && census.free_runs == heap->free_runs;
    return right ? NULL : "H9: the counts of blocks in use, live runs and free runs are right";
}

static uint64_t mix(uint64_t digest, uint64_t value) /* FNV-1a, a word at a time */
{
    return (digest ^ value) * UINT64_C(0x100000001b3);
}

uint64_t heap_digest(const heap_t *heap)
{
    uint64_t digest = mix(mix(UINT64_C(0xcbf29ce484222325), heap->used), heap->peak);
    digest = mix(mix(digest, heap->live_runs), heap->free_runs);
    for (size_t place = 0; place < heap->pairs; place++) {
        digest = mix(digest, heap_entry(heap, 2 * place + 1)->proof);
    }
    for (size_t first = 0; first < heap->table.total;) {
        struct heap_run run = heap_run_at(heap, first);
        digest = mix(mix(digest, run.blocks), run.live);
        if (!run.live) {
            digest = mix(mix(digest, heap_entry(heap, first)->next), heap_entry(heap, first)->prev);
        }
        first += run.blocks;
    }
    for (size_t bin = bins_find(&heap->bins, 0); bin != BINS_NONE; bin = bins_after(&heap->bins, bin)) {
        digest = mix(mix(digest, bin), heap->bins.first[bin]);
    }
    return digest;
}
