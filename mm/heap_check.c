#include "mm/heap_check.h"

#include "mm/heap_runs.h"
#include "mm/slab.h"

/* What a walk over all runs finds. */
struct census {
    size_t used;
    size_t live_runs; /* slabs too */
    size_t slabs;
    size_t slab_blocks;
    size_t free_runs;
    bool after_free; /* the run before is free */
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
    if (heap->used > heap->table.total) {
        return "H1: used <= total";
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
    if ((heap->cleared % 2 != 0 && heap->cleared != heap->table.total) || heap->cleared > heap->reached ||
        heap->reached > heap->table.total) {
        return "H2: what needs no proof is whole pairs of the table";
    }
    for (size_t pair = 0; pair < heap->cleared / 2; pair++) {
        if (!heap_pair_written(heap, pair)) {
            return "H2: an entry that needs no proof was not written";
        }
    }
    return NULL;
}

static const char *check_free_run(const heap_t *heap, size_t first, size_t *blocks)
{
    if (!block_is_free_last(heap_entry(heap, first)->kind) &&
        (first + 1 >= heap->table.total || !heap_written(heap, first + 1))) {
        return "H4: a run of more than one block has a second entry";
    }
    size_t more = heap_free_more(heap, first);
    size_t last = first + more;
    if (last >= heap->table.total || (more == 0) != (heap_entry(heap, first)->kind == BLOCK_FREE_ONE)) {
        return "H4: a run ends in the table";
    }
    if (!heap_written(heap, last) || !block_is_free_last(heap_entry(heap, last)->kind) ||
        heap_free_before(heap, last) != more) {
        return "H4: the last entry of a free run gives its length";
    }
    *blocks = more + 1;
    return NULL;
}

static const char *check_live_run(const heap_t *heap, size_t first, size_t *blocks)
{
    bool one = heap_entry(heap, first)->kind == BLOCK_LIVE_ONE;
    if (!one && (first + 1 >= heap->table.total || !heap_written(heap, first + 1))) {
        return "H4: a run of more than one block has a second entry";
    }
    size_t more = heap_live_more(heap, first);
    if (first + more >= heap->table.total || (more == 0) != one) {
        return "H4: a run ends in the table";
    }
    if (!heap_written(heap, first + more)) {
        return "H4: the last entry of a run was written";
    }
    *blocks = more + 1;
    return NULL;
}

static const char *check_slab_run(const heap_t *heap, size_t first, size_t *blocks)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
    const struct slab *slab = entry->slab;
    if (slab->class >= SIZE_CLASSES || slab->start != heap_block_address(heap, first) ||
        first + slab_blocks(slab) > heap->table.total) {
        return "H4: a slab's first entry names the slab that starts there";
    }
    *blocks = slab_blocks(slab);
    for (size_t block = first; block < first + *blocks; block++) {
        if (!heap_written(heap, block) || heap_entry(heap, block)->owner_of_slab != slab->owner ||
            heap_entry(heap, block)->slab != slab) {
            return "H4: each entry of a slab names it and its owner";
        }
    }
    return NULL;
}

/* One run; `*first` goes on to the next. */
static const char *check_run(const heap_t *heap, size_t *first, struct census *census)
{
    const char *broken = "H3: a run starts where the one before ends";
    size_t blocks = 0;
    if (!heap_written(heap, *first)) {
        return broken;
    }
    uint32_t kind = heap_entry(heap, *first)->kind;
    bool free = kind == BLOCK_FREE_FIRST || kind == BLOCK_FREE_ONE;
    if (free) {
        broken = census->after_free ? "H6: a free run has no free neighbour" : check_free_run(heap, *first, &blocks);
    } else if (kind == BLOCK_LIVE_FIRST || kind == BLOCK_LIVE_ONE) {
        broken = check_live_run(heap, *first, &blocks);
    } else if (kind == BLOCK_SLAB) {
        broken = check_slab_run(heap, *first, &blocks);
    }
    census->after_free = free;
    census->used += free ? 0 : blocks;
    census->slab_blocks += kind == BLOCK_SLAB ? blocks : 0;
    census->slabs += kind == BLOCK_SLAB;
    census->live_runs += !free;
    census->free_runs += free;
    *first += blocks;
    return broken;
}

struct ends {
    size_t free_firsts;
    size_t free_lasts;
    size_t lives;
    size_t slab_blocks;
    size_t strange; /* none of these, and not inside */
};

static void count_end(struct ends *ends, uint32_t kind)
{
    ends->free_firsts += block_is_free_first(kind);
    ends->free_lasts += block_is_free_last(kind);
    ends->lives += block_is_live_first(kind);
    ends->slab_blocks += kind == BLOCK_SLAB;
    ends->strange +=
        kind > BLOCK_FREE_ONE && kind != BLOCK_LIVE_FIRST && kind != BLOCK_LIVE_ONE && kind != BLOCK_INSIDE;
}

/* The walk over the runs has met as many ends as there are: so none is dead. */
static const char *check_ends(const heap_t *heap, const struct census *census)
{
    struct ends ends = {0, 0, 0, 0, 0};
    for (size_t place = 0; place < heap->pairs; place++) {
        const HEAP_BLOCK_TABLE_ENTRY *pair = heap_entry(heap, 2 * (size_t)heap_entry(heap, 2 * place + 1)->proof);
        count_end(&ends, pair[0].kind);
        count_end(&ends, pair[1].kind);
    }
    if (heap->table.total % 2 != 0) {
        count_end(&ends, heap_entry(heap, heap->table.total - 1)->kind);
    }
    bool right = ends.free_firsts == census->free_runs && ends.free_lasts == census->free_runs &&
                 ends.lives == census->live_runs - census->slabs && ends.slab_blocks == census->slab_blocks &&
                 ends.strange == 0;
    return right ? NULL : "H5: an entry that is no run's end says that it is inside a run";
}

/* Adds the runs that `bin` lists to `listed`; no more than there are in all. */
static const char *check_bin(const heap_t *heap, size_t bin, const struct census *census, size_t *listed)
{
    size_t prev = heap->bins.first[bin];
    for (size_t run = prev;;) {
        if (run >= heap->table.total || !heap_written(heap, run) ||
            !block_is_free_first(heap_entry(heap, run)->kind)) {
            return "H8: a filled bin lists free runs";
        }
        if (bins_of(heap_free_more(heap, run)) != bin) {
            return "H7: a free run is listed in the bin of its length";
        }
        if (heap_entry(heap, run)->prev != prev) {
            return "H7: the links of a bin agree in both directions";
        }
        if (++*listed > census->free_runs) {
            return "H7: a free run is listed once";
        }
        size_t next = heap_entry(heap, run)->next;
        if (next == run) {
            return NULL;
        }
        prev = run;
        run = next;
    }
}

/* Adds the runs that the owner in `slot` holds to `listed`. */
static const char *check_held(const heap_t *heap, size_t slot, const struct census *census, size_t *listed)
{
    size_t prev = heap->held[slot];
    for (size_t run = prev;;) {
        if (run >= heap->table.total || !heap_written(heap, run) ||
            !block_is_live_first(heap_entry(heap, run)->kind) ||
            heap_owner_slot(heap_entry(heap, run)->owner) != slot) {
            return "H10: an owner's list lists its live runs";
        }
        if (heap_entry(heap, run)->prev != prev) {
            return "H10: the links of an owner's list agree in both directions";
        }
        if (++*listed > census->live_runs - census->slabs) {
            return "H10: a live run is listed once";
        }
        size_t next = heap_entry(heap, run)->next;
        if (next == run) {
            return NULL;
        }
        prev = run;
        run = next;
    }
}

static const char *check_owners(const heap_t *heap, const struct census *census)
{
    size_t listed = 0;
    for (size_t slot = 0; slot < HEAP_OWNER_SLOTS; slot++) {
        if (heap->holding[slot / 64] >> (slot % 64) & 1) {
            const char *broken = check_held(heap, slot, census, &listed);
            if (broken != NULL) {
                return broken;
            }
        }
    }
    return listed == census->live_runs - census->slabs ? NULL : "H10: every live run is listed by its owner";
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
    struct census census = {.used = 0};
    for (size_t first = 0; broken == NULL && first < heap->table.total;) {
        broken = check_run(heap, &first, &census);
    }
    if (broken == NULL) {
        broken = check_ends(heap, &census);
    }
    if (broken == NULL) {
        broken = check_bins(heap, &census);
    }
    if (broken == NULL) {
        broken = check_owners(heap, &census);
    }
    if (broken != NULL) {
        return broken;
    }
    bool right = census.used == heap->used && census.live_runs == heap->live_runs;
    return right ? NULL : "H9: the counts of blocks in use and live runs are right";
}

static uint64_t mix(uint64_t digest, uint64_t value) /* FNV-1a, a word at a time */
{
    return (digest ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t slab_digest(uint64_t digest, const struct slab *slab)
{
    for (size_t word = 0; word < SLAB_WORDS; word++) {
        digest = mix(digest, slab->free[word]);
    }
    digest = mix(mix(digest, slab->class), (uintptr_t)slab->next);
    return mix(digest, slab->reciprocal);
}

uint64_t heap_digest(const heap_t *heap)
{
    uint64_t digest = mix(mix(UINT64_C(0xcbf29ce484222325), heap->used), heap->live_runs);
    for (size_t place = 0; place < heap->pairs; place++) {
        digest = mix(digest, heap_entry(heap, 2 * place + 1)->proof);
    }
    digest = mix(mix(digest, heap->cleared), heap->reached);
    for (size_t first = 0; first < heap->table.total;) {
        const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
        struct heap_run run = heap_run_at(heap, first);
        digest = mix(mix(digest, run.blocks), entry->owner_of_slab);
        if (entry->kind == BLOCK_SLAB) {
            digest = slab_digest(digest, entry->slab);
        } else {
            digest = mix(mix(digest, entry->next), entry->prev);
        }
        first += run.blocks;
    }
    for (size_t bin = bins_find(&heap->bins, 0); bin != BINS_NONE; bin = bins_after(&heap->bins, bin)) {
        digest = mix(mix(digest, bin), heap->bins.first[bin]);
    }
    return digest;
}
