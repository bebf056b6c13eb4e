#include "mm/heap_check.h"

#include "mm/heap_runs.h"
#include "mm/slab.h"

/* What a walk over all runs finds. */
struct census {
    size_t lives; /* runs that are no slabs */
    size_t slab_blocks;
    size_t free_runs;
    size_t free_lasts; /* those that are not the first too */
    bool after_free;   /* the run before is free           */
};

static const char *check_record(const heap_t *heap)
{
    if (heap->table.entries == NULL || heap->table.total == 0 || heap->table.total > HEAP_BLOCKS_MAX ||
        heap->start == 0 || heap->start % HEAP_BLOCK_SIZE != 0) {
        return "H1: a heap has blocks and starts on a block's boundary";
    }
    return NULL;
}

static const char *check_cleared(const heap_t *heap)
{
    if ((heap->cleared % HEAP_LINE_ENTRIES != 0 || heap->cleared / HEAP_LINE_ENTRIES > heap_lines(heap)) &&
        heap->cleared != heap->table.total) {
        return "H2: what needs no proof is whole lines of the table";
    }
    size_t whole = heap_lines(heap) * HEAP_LINE_ENTRIES; /* the entries behind these need no proof anyway */
    size_t cleared = heap->cleared < whole ? heap->cleared : whole;
    if (heap->reached > heap->table.total || cleared >= heap->reached + HEAP_LINE_ENTRIES) {
        return "H2: what needs no proof goes no further than runs have reached";
    }
    for (size_t line = 0; line < cleared / HEAP_LINE_ENTRIES; line++) {
        if (!heap_line_written(heap, line)) {
            return "H2: an entry that needs no proof was not written";
        }
    }
    return NULL;
}

/* When each listed line knows its place, no line is listed twice. */
static const char *check_proof(const heap_t *heap)
{
    if (heap_is_window(heap)) {
        return heap->cleared == heap->table.total && heap->reached <= heap->table.total
                   ? NULL
                   : "H2: in a window no entry needs proof";
    }
    if (heap->lines > heap_lines(heap)) {
        return "H2: more lines listed as written than there are";
    }
    for (size_t place = 0; place < heap->lines; place++) {
        size_t line = heap_entry(heap, place * HEAP_LINE_ENTRIES + 1)->proof;
        if (line >= heap_lines(heap)) {
            return "H2: a line listed as written is not in the table";
        }
        if (heap_entry(heap, line * HEAP_LINE_ENTRIES)->proof != place) {
            return "H2: a line listed as written does not know its place in the list";
        }
    }
    return heap_written(heap, heap->table.total - 1) ? check_cleared(heap) : "H2: the last entry was not written";
}

/* Whether the tag gives the length in the one way that there is. */
static bool length_is_said_well(const heap_t *heap, size_t first, size_t more)
{
    return (tag_more(heap_entry(heap, first)->tag) == TAG_MORE_LONG) == (more >= TAG_MORE_LONG);
}

/* Of a run that is no slab. */
static const char *check_length(const heap_t *heap, size_t first, size_t *more)
{
    if (tag_more(heap_entry(heap, first)->tag) == TAG_MORE_LONG &&
        (first + 1 >= heap->table.total || !heap_written(heap, first + 1))) {
        return "H4: a long run has a second entry";
    }
    *more = heap_more(heap, first);
    if (first + *more >= heap->table.total || !length_is_said_well(heap, first, *more)) {
        return "H4: a run ends in the table";
    }
    return heap_written(heap, first + *more) ? NULL : "H4: the last entry of a run was written";
}

static const char *check_free_run(const heap_t *heap, size_t first, size_t *blocks)
{
    size_t more;
    const char *broken = check_length(heap, first, &more);
    if (broken != NULL) {
        return broken;
    }
    size_t last = first + more;
    if (!tag_is_free_last(heap_entry(heap, last)->tag) || heap_before(heap, last) != more) {
        return "H4: the last entry of a free run gives its length";
    }
    *blocks = more + 1;
    return NULL;
}

static const char *check_live_run(const heap_t *heap, size_t first, size_t *blocks)
{
    size_t more;
    const char *broken = check_length(heap, first, &more);
    *blocks = broken == NULL ? more + 1 : 0;
    return broken;
}

static const char *check_slab_run(const heap_t *heap, size_t first, size_t *blocks)
{
    const struct slab *slab = heap_entry(heap, first)->slab;
    if (slab->class >= SIZE_CLASSES || slab->start != heap_block_address(heap, first) ||
        first + slab_blocks(slab) > heap->table.total) {
        return "H4: a slab's first entry names the slab that starts there";
    }
    *blocks = slab_blocks(slab);
    for (size_t block = first; block < first + *blocks; block++) {
        if (!heap_written(heap, block) || heap_entry(heap, block)->tag != slab->owner ||
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
    uint32_t tag = heap_entry(heap, *first)->tag;
    bool free = tag_is_free_first(tag);
    bool slab = tag_is_slab(tag);
    bool live = (tag & ~TAG_MORE & ~TAG_OWNER) == TAG_LIVE;
    if (free) {
        broken = census->after_free ? "H6: a free run has no free neighbour" : check_free_run(heap, *first, &blocks);
    } else if (live) {
        broken = check_live_run(heap, *first, &blocks);
    } else if (slab) {
        broken = check_slab_run(heap, *first, &blocks);
    }
    census->after_free = free;
    census->slab_blocks += slab ? blocks : 0;
    census->lives += live;
    census->free_runs += free;
    census->free_lasts += free && blocks > 1;
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

static void count_end(struct ends *ends, uint32_t tag)
{
    ends->free_firsts += tag_is_free_first(tag);
    ends->free_lasts += (tag & (TAG_FREE | TAG_LAST)) == (TAG_FREE | TAG_LAST);
    ends->lives += tag_is_live(tag);
    ends->slab_blocks += tag_is_slab(tag);
    ends->strange += (tag & (TAG_FREE | TAG_LIVE)) == 0 && !tag_is_slab(tag) && tag != TAG_INSIDE;
}

/* The walk over the runs has met as many ends as there are: so none is dead. */
static const char *check_ends(const heap_t *heap, const struct census *census)
{
    struct ends ends = {0, 0, 0, 0, 0};
    for (size_t place = 0; place < heap->lines; place++) {
        size_t line = heap_entry(heap, place * HEAP_LINE_ENTRIES + 1)->proof;
        for (size_t i = 0; i < HEAP_LINE_ENTRIES; i++) {
            count_end(&ends, heap_entry(heap, line * HEAP_LINE_ENTRIES + i)->tag);
        }
    }
    bool window = heap_is_window(heap); /* beyond `reached` there is nothing, and nothing is to be touched */
    size_t end = window ? heap->reached : heap->table.total;
    for (size_t block = window ? 0 : heap_lines(heap) * HEAP_LINE_ENTRIES; block < end; block++) {
        count_end(&ends, heap_entry(heap, block)->tag);
    }
    bool right = ends.free_firsts == census->free_runs && ends.free_lasts == census->free_lasts &&
                 ends.lives == census->lives && ends.slab_blocks == census->slab_blocks && ends.strange == 0;
    return right ? NULL : "H5: an entry that is no run's end says that it is inside a run";
}

/* Adds the runs that `bin` lists to `listed`; no more than there are in all. */
static const char *check_bin(const heap_t *heap, size_t bin, const struct census *census, size_t *listed)
{
    size_t prev = heap->bins.first[bin];
    for (size_t link = prev;;) {
        size_t run = heap_linked_block(link);
        if (link % 2 != 0 || run >= heap->table.total || !heap_written(heap, run) ||
            !tag_is_free_first(heap_entry(heap, run)->tag)) {
            return "H8: a filled bin lists free runs";
        }
        if (bins_of(heap_more(heap, run)) != bin) {
            return "H7: a free run is listed in the bin of its length";
        }
        if (link != prev && heap_entry(heap, run)->prev != prev) {
            return "H7: the links of a bin agree in both directions";
        }
        if (++*listed > census->free_runs) {
            return "H7: a free run is listed once";
        }
        size_t next = heap_entry(heap, run)->next;
        if (next == link) {
            return NULL;
        }
        prev = link;
        link = next;
    }
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
    struct census census = {.lives = 0};
    for (size_t first = 0; broken == NULL && first < heap->table.total;) {
        size_t next = heap_next_run(heap, first);
        census.after_free = census.after_free && next == first;
        first = next;
        broken = first < heap->table.total ? check_run(heap, &first, &census) : NULL;
    }
    if (broken == NULL) {
        broken = check_ends(heap, &census);
    }
    if (broken == NULL) {
        broken = check_bins(heap, &census);
    }
    return broken;
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
    uint64_t digest = mix(mix(UINT64_C(0xcbf29ce484222325), heap->cleared), heap->reached);
    for (size_t place = 0; place < heap->lines; place++) {
        digest = mix(digest, heap_entry(heap, place * HEAP_LINE_ENTRIES + 1)->proof);
    }
    for (size_t first = heap_next_run(heap, 0); first < heap->table.total;) {
        const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, first);
        struct heap_run run = heap_run_at(heap, first);
        digest = mix(mix(digest, run.blocks), entry->tag);
        if (tag_is_slab(entry->tag)) {
            digest = slab_digest(digest, entry->slab);
        } else if (!run.live) {
            bool head = heap->bins.first[bins_of(run.blocks - 1)] == heap_link(first);
            digest =
                mix(mix(digest, entry->next), head ? 0 : entry->prev); /* the first of a bin has none before it */
        }
        first = heap_next_run(heap, first + run.blocks);
    }
    for (size_t bin = bins_find(&heap->bins, 0); bin != BINS_NONE; bin = bins_after(&heap->bins, bin)) {
        digest = mix(mix(digest, bin), heap->bins.first[bin]);
    }
    return digest;
}
