/* The rest of kmalloc's family, what becomes of a request that fails, and the kernel heap in figures. */
#include "mm/heap_runs.h"
#include "mm/kheap_state.h"
#include "mm/kheap_walk.h"
#include KHEAP_HOOKS

bool kheap_relieve(struct kheap *heap, int status, owner_t owner, uintptr_t *state)
{
    unsigned given = 0;
    while (given < KHEAP_RELIEF_MAX && (status == -EQUOTA ? slab_relieve_owner(heap, owner) : slab_relieve(heap))) {
        given++;
        kheap_unlock(*state);
        *state = kheap_lock();
    }
    return given != 0;
}
static_assert(
    (int)KHEAP_RELIEF_MAX > 2 * (int)SIZE_CLASSES + 1,
    "all that is kept: the slabs, each perhaps the last with a descriptor in its block, and an idle block before");

static void *take_again(struct kheap *heap, struct owner *owner, size_t size, size_t alignment, int *status)
{
    return alignment == 0 ? kheap_take(heap, owner, size, status)
                          : kheap_take_aligned(heap, owner, size, alignment, status);
}

__attribute__((cold)) void *kheap_allocate_again(size_t size, size_t alignment, int status, uintptr_t state)
{
    struct kheap *heap = kheap_state();
    struct owner *owner = kheap_here()->record;
    void *ptr = NULL;
    bool sane = size != 0 && heap_blocks_for(size) < HEAP_BLOCKS_MAX;
    if (sane && kheap_relieve(heap, status, owner->number, &state)) {
        ptr = take_again(heap, owner, size, alignment, &status);
    }
    if (sane && ptr == NULL && kheap_ask(size, alignment)) {
        owner = kheap_here()->record; /* there may have been no heap before */
        ptr = take_again(heap, owner, size, alignment, &status);
    }
    struct quota_refusal refusal = {owner->number, heap_blocks_for(size), owner_held(owner), owner->quota};
    bool refused = ptr == NULL && status == -EQUOTA && owner != &owner_nobody;
    kheap_unlock(state);
    if (refused) {
        kheap_quota_refused(&refusal);
    }
    return ptr;
}

static size_t power_of_two(size_t size)
{
    return size <= 1 ? 1 : (size_t)1 << (64 - __builtin_clzll(size - 1));
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > KHEAP_ALIGNMENT_MAX) {
        return NULL;
    }
    if (alignment <= SIZE_CLASS_GRAIN || size == 0 || size > SIZE_MAX / 2) {
        return kmalloc(size);
    }
    if (size <= HEAP_BLOCK_SIZE && alignment < HEAP_BLOCK_SIZE) {
        return kmalloc(
            power_of_two(size > alignment ? size : alignment)); /* powers of two are aligned by themselves */
    }
    int status = 0;
    uintptr_t state = kheap_lock();
    size_t blocks = alignment > HEAP_BLOCK_SIZE ? alignment / HEAP_BLOCK_SIZE : 1;
    void *ptr = kheap_take_aligned(kheap_state(), kheap_here()->record, size, blocks, &status);
    if (ptr == NULL) {
        return kheap_allocate_again(size, blocks, status, state);
    }
    kheap_unlock(state);
    return ptr;
}

void kheap_trim(void)
{
    uintptr_t state = kheap_lock();
    while (slab_relieve(kheap_state())) {
        kheap_unlock(state);
        state = kheap_lock();
    }
    kheap_unlock(state);
}

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

/* Whether kmalloc might give the owner an object of that length for the size: of its class, or a lender's. */
static bool suits(const struct owner *owner, size_t object_bytes, size_t size)
{
    size_t class = size_class_of(size), has = size_class_of(object_bytes);
    bool lent =
        owner->runs != NULL && has > class && has - class <= SLAB_LENDERS && slab_may_lend(object_bytes, size);
    return has == class || lent;
}

/* Makes the allocation, a small object of `object_bytes` or, where that is 0, a run, hold `size` where it stands: whether it
 * could. */
static bool resize(struct kheap *heap, void *ptr, size_t object_bytes, size_t size)
{
    if (object_bytes != 0 || size_is_small(size)) {
        return object_bytes != 0 && size_is_small(size) && suits(kheap_here()->record, object_bytes, size);
    }
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    struct place place = {region, heap_block_starting_at(region, ptr)};
    return kheap_resize_run(heap, kheap_here()->record, place, heap_blocks_for(size) - 1);
}

/* Like kmalloc, but a full quota is not reported. */
static void *allocate_silently(size_t size)
{
    int status = 0;
    uintptr_t state = kheap_lock();
    void *ptr = kheap_take(kheap_state(), kheap_here()->record, size, &status);
    kheap_unlock(state);
    return ptr;
}

/* What is long enough already stays where it is if there is no better place: to get shorter never fails. */
static void *move(void *ptr, size_t had, size_t size)
{
    void *moved = size <= had ? allocate_silently(size) : kmalloc(size);
    if (moved == NULL) {
        return size <= had ? ptr : NULL;
    }
    __builtin_memcpy(moved, ptr, had < size ? had : size);
    kfree(ptr);
    return moved;
}

void *krealloc(void *ptr, size_t size)
{
    struct heap_refusal refusal;
    if (ptr == NULL) {
        return kmalloc(size);
    }
    struct kheap *heap = kheap_state();
    uintptr_t state = kheap_lock();
    size_t had = usable(heap, ptr, &refusal);
    bool done = had != 0 && size != 0 && resize(heap, ptr, refusal.object_bytes, size);
    if (had == 0) {
        kheap_count_refusal(heap, &refusal);
    }
    kheap_unlock(state);
    if (had == 0) {
        heap_refused(&refusal);
        return NULL;
    }
    if (done) {
        return ptr;
    }
    return size != 0 ? move(ptr, had, size) : NULL;
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
    struct kheap_walk walk = {0};
    struct kheap_met met;
    totals.kept = blocks_kept(heap);
    totals.used = kheap_used(heap) - totals.kept;
    for (size_t i = 0; i < heap->count; i++) {
        totals.blocks += heap->regions[i].heap->table.total;
        totals.refused += heap->regions[i].heap->refused;
    }
    while (kheap_walk(&walk, &met)) {
        bool longer = !met.run.live && met.run.blocks > totals.longest_free;
        totals.live_runs += met.run.live;
        totals.free_runs += !met.run.live;
        totals.longest_free = longer ? met.run.blocks : totals.longest_free;
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
