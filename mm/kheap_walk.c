#include "mm/kheap_walk.h"

#include "mm/heap_table.h"
#include "mm/kheap_state.h"
#include KHEAP_HOOKS

enum { LOOKS = 64 }; /* at entries, under one lock */

/* What was a run's first block may be any block now; a dead end is erased. */
static bool is_first(const heap_t *heap, size_t block)
{
    if (!heap_written(heap, block)) {
        return false;
    }
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, block);
    if (tag_is_slab(entry->tag)) {
        return entry->slab->start == heap_block_address(heap, block);
    }
    return tag_is_free_first(entry->tag) || tag_is_live(entry->tag);
}

static void meet(const heap_t *heap, const struct kheap_walk *walk, struct kheap_met *met)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(heap, walk->block);
    *met = (struct kheap_met){.region = walk->region,
                              .run = heap_run_at(heap, walk->block),
                              .owner = tag_owner(entry->tag),
                              .class = SIZE_CLASSES};
    if (tag_is_slab(entry->tag)) {
        met->class = entry->slab->class;
        met->objects = slab_live(entry->slab);
    }
}

/* Where the region's last run begins at the latest. */
static size_t end_of(const heap_t *heap)
{
    return heap_is_window(heap) ? heap->reached : heap->table.total;
}

/* Whether one was met; `*more`: there may be others. */
static bool look(const struct kheap *kheap, struct kheap_walk *walk, struct kheap_met *met, bool *more)
{
    *more = walk->region < kheap->count;
    if (!*more) {
        return false;
    }
    const heap_t *heap = kheap->regions[walk->region].heap;
    for (size_t looks = 0; looks < LOOKS && walk->block < end_of(heap); looks++, walk->block++) {
        if (is_first(heap, walk->block)) {
            meet(heap, walk, met);
            walk->block += met->run.blocks;
            return true;
        }
    }
    if (walk->block >= end_of(heap)) {
        *walk = (struct kheap_walk){.region = walk->region + 1};
    }
    return false;
}

bool kheap_walk(struct kheap_walk *walk, struct kheap_met *met)
{
    bool met_one, more;
    do {
        uintptr_t state = kheap_lock();
        met_one = look(kheap_state(), walk, met, &more);
        kheap_unlock(state);
    } while (!met_one && more);
    return met_one;
}
