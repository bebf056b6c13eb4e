/* The kernel heap: kmalloc and kfree. Their fast paths serve small objects and stand whole in kmalloc and kfree below;
 * everything else is out of their way. */
#include "mm/kheap.h"

#include "core/assert.h"
#include "mm/kheap_runs.h"

#define COLD __attribute__((noinline, cold))

struct kheap *kheap_state(void)
{
    return &kheap;
}

__attribute__((noinline)) void kheap_word_emptied(struct slab *slab)
{
    if (kheap.slabs.kept[slab->class] != slab) {
        slab_emptied(&kheap, slab);
    }
}

void kheap_use(const struct plan *plan, uintptr_t base)
{
    kheap.plan = plan;
    kheap.base = base;
}

void kheap_init(void)
{
    kheap.below = 0;
    kheap.peak = 0;
    kheap.refused = 0;
    kheap.slabs = (struct slab_store){.spare = NULL};
    regions_init(&kheap);
    owners_init(&kheap);
    *kheap_here() = (struct kheap_context){&kheap.kernel, SIZE_CLASS_GRAINS, OWNER_KERNEL};
}

/* Whatever the fast paths leave over. Unlocks. */
STEP void *allocate_slowly(size_t size, uintptr_t state)
{
    int status = 0;
    void *ptr = kheap_take(&kheap, kheap_here()->record, size, &status);
    if (!LIKELY(ptr != NULL)) {
        return kheap_allocate_again(size, 0, status, state);
    }
    kheap_unlock(state);
    return ptr;
}

/* Off a new slab, or a lender's. Unlocks. */
STEP void *allocate_off_new(struct slab_bin *bin, size_t size, uintptr_t state)
{
    struct owner *owner = kheap_here()->record;
    struct slab_bin *lender = LIKELY(owner->runs == NULL) ? NULL : slab_find_lender(owner, bin, size);
    int status = LIKELY(lender == NULL) ? slab_refill(&kheap, owner, (size_t)(bin - owner->bins)) : 0;
    if (!LIKELY(status == 0)) {
        return kheap_allocate_again(size, 0, status, state);
    }
    void *object = take_object(LIKELY(lender == NULL) ? bin : lender);
    kheap_unlock(state);
    return object;
}

/* Off a run if the size has no class. Unlocks. */
STEP void *allocate_small(struct slab_bin *bin, size_t size, uintptr_t state)
{
    if (!LIKELY(bin->size != 0)) {
        return allocate_run(size, (size - 1) / SIZE_CLASS_GRAIN, kheap_here()->record, state);
    }
    if (!LIKELY(slab_advance(bin))) {
        return allocate_off_new(bin, size, state);
    }
    void *object = take_object(bin);
    kheap_unlock(state);
    return object;
}

static_assert(offsetof(struct owner, bins) == 0, "offsets of bins are offsets in the record");
static_assert(sizeof(struct slab_bin) == SIZE_CLASS_BIN_BYTES, "size_class_bins knows how far bins are apart");

void *kmalloc(size_t size)
{
    size_t grain = (size - 1) / SIZE_CLASS_GRAIN;
    uintptr_t state = kheap_lock();
    struct owner *owner = kheap_here()->record;
    if (!LIKELY(grain < kheap_here()->grains)) {
        return allocate_run(size, grain, owner, state);
    }
    struct slab_bin *bin = (struct slab_bin *)(void *)((char *)owner + size_class_bins[grain]);
    if (!LIKELY(has_object(bin))) {
        return allocate_small(bin, size, state);
    }
    void *object = take_object(bin);
    kheap_unlock(state);
    return object;
}

/* What neither of the fast paths could free. Unlocks. */
static COLD int free_slowly(void *ptr, uintptr_t state)
{
    struct heap_refusal refusal;
    enum free_fault fault = ptr != NULL ? kheap_put(&kheap, kheap_here()->record, ptr, &refusal) : FREE_OK;
    kheap_unlock(state);
    if (fault == FREE_OK) {
        return 0;
    }
    heap_refused(&refusal);
    return -EINVARG;
}

/* In a slab of the current owner: it is full, or this is not the start of a live object. Unlocks. */
STEP int free_otherwise(void *ptr, struct slab *slab, uintptr_t state)
{
    const struct size_class *class = &size_classes[slab->class];
    uint64_t quotient = ((uintptr_t)ptr - slab->start) * class->reciprocal;
    size_t object = quotient >> 32;
    if (!LIKELY(slab->reciprocal == 0 && (uint32_t)quotient < class->reciprocal) ||
        !LIKELY((slab->free[object / 64] >> (object % 64) & 1) == 0)) {
        return free_slowly(ptr, state);
    }
    put_in_full(kheap_here()->record, slab, object);
    kheap_unlock(state);
    return 0;
}

/* In the current region, at a block whose entry was written. Unlocks. */
HEAP_INLINE int free_at(void *ptr, size_t block, uintptr_t state)
{
    HEAP_BLOCK_TABLE_ENTRY *entry = &kheap.entries[block];
    if (!LIKELY(entry->tag == kheap_here()->owner)) {
        return free_run(ptr, entry, state);
    }
    if (!LIKELY(put_object(entry->slab, (uintptr_t)ptr))) {
        return free_otherwise(ptr, entry->slab, state);
    }
    kheap_unlock(state);
    return 0;
}

/* At a block whose entry needs proof, or in another region. Moves `cleared` up after a good free, so that one day this is
 * not needed. Unlocks. */
STEP int free_unproven(void *ptr, size_t block, uintptr_t state)
{
    heap_t *heap = kheap.heap;
    if (heap == NULL || block >= heap->table.total || !heap_written(heap, block)) {
        return free_slowly(ptr, state);
    }
    int status = free_at(ptr, block, state);
    if (status == 0) {
        state = kheap_lock();
        heap_clear_on(heap);
        kheap_see_cleared(&kheap);
        kheap_unlock(state);
    }
    return status;
}

static inline size_t block_of(const void *ptr)
{
    return ((uintptr_t)ptr - kheap.start) / HEAP_BLOCK_SIZE;
}

void kfree(void *ptr)
{
    uintptr_t state = kheap_lock();
    size_t block = block_of(ptr);
    if (LIKELY(block < kheap.cleared)) {
        (void)free_at(ptr, block, state);
    } else {
        (void)free_unproven(ptr, block, state);
    }
    kheap_freed(kheap_used(&kheap));
}

int kheap_try_free(void *ptr)
{
    uintptr_t state = kheap_lock();
    return free_unproven(ptr, block_of(ptr), state);
}
