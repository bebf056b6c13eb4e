#include "mm/kheap_cut.h"

#include "mm/heap_runs.h"
#include "mm/kheap_state.h"
#include KHEAP_HOOKS

/* What is to be cut out of which runs. All block numbers of the region. */
struct cut {
    heap_t *region;
    size_t first; /* of the first run that has any of the blocks */
    size_t block; /* from here                                   */
    size_t end;   /* up to here                                  */
    size_t after; /* behind the last run that has any of them    */
};

static bool is_run(const heap_t *region, size_t block, owner_t owner)
{
    uint32_t tag = heap_entry(region, block)->tag;
    return heap_written(region, block) && tag_is_live(tag) && tag_owner(tag) == owner;
}

/* Whether a run that is not the owner's, or a free one, begins or ends in the block. */
static bool is_other(const heap_t *region, size_t block)
{
    return heap_written(region, block) && heap_entry(region, block)->tag != TAG_INSIDE;
}

/* Finds where the run starts that `block` is in: the nearest end of any run before it, if that is a start of the owner's. */
static bool find_first(struct cut *cut, owner_t owner)
{
    size_t first = cut->block;
    for (size_t looks = 0; looks < KHEAP_CUT_MAX; looks++) {
        if (is_run(cut->region, first, owner)) {
            cut->first = first;
            return true;
        }
        if (is_other(cut->region, first)) { /* block 0 at the latest starts some run */
            return false;
        }
        first--;
    }
    return false;
}

static bool find_after(struct cut *cut, owner_t owner)
{
    cut->after = cut->first;
    while (cut->after < cut->end) {
        if (!is_run(cut->region, cut->after, owner)) {
            return false;
        }
        cut->after += heap_more(cut->region, cut->after) + 1;
    }
    return true;
}

static bool find(const struct kheap *heap, owner_t owner, const void *ptr, size_t blocks, struct cut *cut)
{
    cut->region = regions_find(heap, (uintptr_t)ptr);
    if (cut->region == NULL || (uintptr_t)ptr % HEAP_BLOCK_SIZE != 0) {
        return false;
    }
    cut->block = heap_block_starting_at(cut->region, ptr);
    cut->end = cut->block + blocks;
    return find_first(cut, owner) && find_after(cut, owner); /* the guard behind the last block is no run */
}

static void hold(const struct kheap *heap, struct owner *owner, heap_t *region, size_t from, size_t to)
{
    if (from < to) {
        kheap_hold(heap, owner, (struct place){region, from}, to - from - 1);
    }
}

static void cut_out(struct kheap *heap, struct owner *owner, const struct cut *cut)
{
    heap_t *region = cut->region;
    for (size_t first = cut->first, next; first < cut->after; first = next) {
        next = first + heap_more(region, first) + 1;
        kheap_let_go(heap, owner, (struct place){region, first});
        heap_entry(region, first)->tag = TAG_INSIDE;
    }
    if (cut->block > cut->first) {
        heap_make_written(region, cut->block - 1);
    }
    heap_make_written(region, cut->end - 1);
    hold(heap, owner, region, cut->first, cut->block);
    hold(heap, owner, region, cut->block, cut->end);
    hold(heap, owner, region, cut->end, cut->after);
    kheap_see_cleared(heap);
}

int kheap_cut(owner_t owner, const void *ptr, size_t blocks)
{
    struct kheap *heap = kheap_state();
    struct cut cut;
    if (blocks == 0 || blocks > KHEAP_CUT_MAX) {
        return -EINVARG;
    }
    uintptr_t state = kheap_lock();
    struct owner *record = owner_public(owner);
    bool found = record != NULL && find(heap, owner, ptr, blocks, &cut);
    if (found && (cut.first != cut.block || heap_more(cut.region, cut.first) + 1 != blocks)) {
        cut_out(heap, record, &cut);
    }
    kheap_unlock(state);
    return found ? 0 : -EINVARG;
}
