/* The rest of kmalloc's family, and the kernel heap in figures. */
#include "mm/heap_runs.h"
#include "mm/kheap_state.h"
#include KHEAP_HOOKS

void *kzalloc(size_t size)
{
    void *ptr = kmalloc(size);
    if (ptr != NULL) {
        __builtin_memset(ptr, 0, size);
    }
    return ptr;
}

void *kcalloc(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : kzalloc(bytes);
}

/* Bytes of the current owner's live allocation at `ptr`, or 0. */
static size_t usable(const struct kheap *heap, const void *ptr, struct heap_refusal *refusal)
{
    if (kheap_explain(heap, kheap_here()->owner, ptr, refusal) != FREE_OK) {
        return 0;
    }
    if (refusal->object_bytes != 0) {
        return refusal->object_bytes;
    }
    const heap_t *region = regions_find(heap, (uintptr_t)ptr);
    return (heap_more(region, heap_block_starting_at(region, ptr)) + 1) * HEAP_BLOCK_SIZE;
}

size_t kmalloc_usable_size(const void *ptr)
{
    struct heap_refusal refusal;
    uintptr_t state = kheap_lock();
    size_t bytes = ptr != NULL ? usable(kheap_state(), ptr, &refusal) : 0;
    kheap_unlock(state);
    return bytes;
}

/* Makes the allocation, a small object of `object_bytes` or, where that is 0, a run, hold `size` where it stands: whether it
 * could. */
static bool resize(struct kheap *heap, void *ptr, size_t object_bytes, size_t size)
{
    if (object_bytes != 0 || size_is_small(size)) {
        return object_bytes != 0 && size_is_small(size) && size_class_of(size) == size_class_of(object_bytes);
    }
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    struct place place = {region, heap_block_starting_at(region, ptr)};
    return kheap_resize_run(heap, kheap_here()->record, place, heap_blocks_for(size) - 1);
}

static void *move(void *ptr, size_t had, size_t size)
{
    void *moved = kmalloc(size);
    if (moved != NULL) {
        __builtin_memcpy(moved, ptr, had < size ? had : size);
        kfree(ptr);
    }
    return moved;
}

void *krealloc(void *ptr, size_t size)
{
    struct heap_refusal refusal;
    if (ptr == NULL) {
        return kmalloc(size);
    }
    uintptr_t state = kheap_lock();
    size_t had = usable(kheap_state(), ptr, &refusal);
    bool done = had != 0 && size != 0 && resize(kheap_state(), ptr, refusal.object_bytes, size);
    kheap_unlock(state);
    if (had == 0) {
        heap_refused(&refusal);
        return NULL;
    }
    if (done) {
        return ptr;
    }
    if (size == 0) {
        return NULL;
    }
    void *moved = move(ptr, had, size);
    return moved == NULL && size <= had ? ptr : moved; /* what is long enough already never fails to get shorter */
}

/* Blocks that are kept for the next request, and so count as free. */
static size_t blocks_kept(const struct kheap *heap)
{
    size_t blocks = 0;
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        const struct slab *slab = heap->slabs.kept[class];
        blocks += slab != NULL && slab_empty(slab) ? slab_blocks(slab) : 0;
    }
    return blocks;
}

struct kheap_totals kheap_totals(void)
{
    const struct kheap *heap = kheap_state();
    struct kheap_totals totals = {.regions = heap->count, .peak = heap->peak, .refused = heap->refused};
    totals.kept = blocks_kept(heap);
    totals.used = heap->used - totals.kept;
    for (size_t i = 0; i < heap->count; i++) {
        const heap_t *region = heap->regions[i].heap;
        size_t longest = heap_longest_free(region);
        struct heap_census census = heap_census(region);
        totals.blocks += region->table.total;
        totals.live_runs += census.live_runs;
        totals.free_runs += census.free_runs;
        totals.refused += region->refused;
        totals.longest_free = longest > totals.longest_free ? longest : totals.longest_free;
    }
    return totals;
}

const heap_t *kheap_region(size_t index)
{
    const struct kheap *heap = kheap_state();
    return index < heap->count ? heap->regions[index].heap : NULL;
}

const heap_t *kheap_region_of(const void *ptr)
{
    return regions_find(kheap_state(), (uintptr_t)ptr);
}

const char *kheap_matches_plan(const struct plan *plan)
{
    const struct kheap *kheap = kheap_state();
    if (kheap->count != plan->region_count) {
        return "the heap has not as many regions as the plan";
    }
    for (size_t i = 0; i < kheap->count; i++) {
        const heap_t *heap = kheap->regions[i].heap;
        const struct plan_region *region = &plan->regions[i];
        if (heap->start != kheap->base + region->blocks.start ||
            heap->table.total != range_bytes(region->blocks) / HEAP_BLOCK_SIZE) {
            return "a region's blocks are not where the plan has them";
        }
        if ((uintptr_t)heap != kheap->base + region->table.start) {
            return "a region's record is not where the plan has it";
        }
        if ((uintptr_t)heap->table.entries != kheap->base + region->table.start + KHEAP_RECORD_BYTES) {
            return "a region's entries are not right after its record";
        }
    }
    return NULL;
}
