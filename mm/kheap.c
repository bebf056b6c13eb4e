/* The kernel heap: kmalloc and kfree. Their fast paths serve small objects and stand whole in kmalloc and kfree below;
 * everything else is out of their way. */
#include "mm/kheap.h"

#include "core/assert.h"
#include "mm/kheap_fast.h"
#include KHEAP_HOOKS

#define COLD __attribute__((noinline, cold))

static struct kheap kheap;

struct kheap *kheap_state(void)
{
    return &kheap;
}

void kheap_use(const struct plan *plan, uintptr_t base)
{
    kheap.plan = plan;
    kheap.base = base;
}

void kheap_init(void)
{
    kheap.used = 0;
    kheap.peak = 0;
    kheap.refused = 0;
    kheap.slabs = (struct slab_store){.spare = NULL};
    regions_init(&kheap);
    owners_init(&kheap);
    *kheap_here() = (struct kheap_context){&kheap.kernel, OWNER_KERNEL};
}

/* For when a request fails: gives back what is kept, at most KHEAP_RELIEF_MAX things, unlocking in between. Whether there
 * was any. */
static bool relieve(struct kheap *heap, uintptr_t *state)
{
    unsigned given = 0;
    while (given < KHEAP_RELIEF_MAX && slab_relieve(heap)) {
        given++;
        kheap_unlock(*state);
        *state = kheap_lock();
    }
    return given != 0;
}

static size_t blocks_asked(size_t size)
{
    return size <= SIZE_CLASS_LONGEST ? size_classes[size_class_of(size)].blocks : heap_blocks_for(size);
}

/* The second attempt; `status` says why the first one failed. Unlocks. */
static COLD void *allocate_again(size_t size, size_t alignment, int status, uintptr_t state)
{
    struct owner *owner = kheap_here()->record;
    void *ptr = NULL;
    if (size != 0 && heap_blocks_for(size) < HEAP_BLOCKS_MAX && relieve(&kheap, &state)) {
        ptr = alignment == 0 ? kheap_take(&kheap, owner, size, &status)
                             : kheap_take_aligned(&kheap, owner, size, alignment, &status);
    }
    struct quota_refusal refusal = {owner->number, 0, owner->held, owner->quota};
    bool refused = ptr == NULL && status == -EQUOTA && owner != &owner_nobody;
    kheap_unlock(state);
    if (refused) {
        refusal.asked = blocks_asked(size);
        kheap_quota_refused(&refusal);
    }
    return ptr;
}

static COLD void *allocate_refilled(size_t size, uintptr_t state)
{
    int status = 0;
    void *ptr = kheap_take(&kheap, kheap_here()->record, size, &status);
    if (ptr == NULL) {
        return allocate_again(size, 0, status, state);
    }
    kheap_unlock(state);
    return ptr;
}

static __attribute__((noinline)) void *allocate_small(struct slab_bin *bin, size_t size, uintptr_t state)
{
    if (!LIKELY(slab_advance(bin))) {
        return allocate_refilled(size, state);
    }
    void *object = take_object(bin);
    kheap_unlock(state);
    return object;
}

static __attribute__((noinline)) void *allocate_run(size_t size, uintptr_t state)
{
    int status = 0;
    void *ptr = take_run(&kheap, kheap_here()->record, size, natural_alignment(size), false, &status);
    if (!LIKELY(ptr != NULL)) {
        return allocate_again(size, 0, status, state);
    }
    kheap_unlock(state);
    return ptr;
}

/* Where in an owner's record the bin for each multiple of SIZE_CLASS_GRAIN stands. */
static const uint16_t bin_offsets[SIZE_CLASS_LONGEST / SIZE_CLASS_GRAIN] = {
#define X(class, before, bytes, blocks)                                                                              \
    [(before) / SIZE_CLASS_GRAIN...(bytes) / SIZE_CLASS_GRAIN - 1] = (class) * sizeof(struct slab_bin),
#include "mm/size_class.def.h"
#undef X
};
static_assert(offsetof(struct owner, bins) == 0, "offsets of bins are offsets in the record");

void *kmalloc(size_t size)
{
    size_t grain = (size - 1) / SIZE_CLASS_GRAIN;
    uintptr_t state = kheap_lock();
    char *record = (char *)kheap_here()->record;
    if (!LIKELY(grain < SIZE_CLASS_LONGEST / SIZE_CLASS_GRAIN)) {
        return allocate_run(size, state);
    }
    struct slab_bin *bin = (struct slab_bin *)(void *)(record + bin_offsets[grain]);
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

/* The current owner's, if the kind says so, and not in a slab of the current owner. Unlocks. */
static __attribute__((noinline)) int free_run(void *ptr, HEAP_BLOCK_TABLE_ENTRY *entry, uintptr_t state)
{
    struct owner *owner = kheap_here()->record;
    uint32_t first = (uint32_t)BLOCK_LIVE_FIRST << 16 | owner->number;
    if (!LIKELY((entry->owner_of_slab & ~((uint32_t)KIND_ONE << 16)) == first) ||
        !LIKELY((uintptr_t)ptr % HEAP_BLOCK_SIZE == 0)) {
        return free_slowly(ptr, state);
    }
    put_run(&kheap, owner, (struct place){kheap.heap, (size_t)(entry - kheap.entries)});
    kheap_unlock(state);
    return 0;
}

/* In a slab of the current owner that is full, or not the start of a live object. Unlocks. */
static __attribute__((noinline)) int free_in_full(void *ptr, struct slab *slab, uintptr_t state)
{
    const struct size_class *class = &size_classes[slab->class];
    uint64_t quotient = ((uintptr_t)ptr - slab->start) * class->reciprocal;
    size_t object = quotient >> 32;
    if (!LIKELY(slab->reciprocal == 0 && (uint32_t)quotient < class->reciprocal) ||
        !LIKELY((slab->free[object / 64] >> (object % 64) & 1) == 0)) {
        return free_slowly(ptr, state);
    }
    slab_free_in_full(&kheap_here()->record->bins[slab->class], slab, object);
    kheap_unlock(state);
    return 0;
}

static inline int try_free(void *ptr)
{
    uintptr_t state = kheap_lock();
    size_t block = ((uintptr_t)ptr - kheap.start) / HEAP_BLOCK_SIZE;
    if (!LIKELY(block < kheap.cleared)) {
        return free_slowly(ptr, state);
    }
    HEAP_BLOCK_TABLE_ENTRY *entry = &kheap.entries[block];
    if (!LIKELY(entry->owner_of_slab == kheap_here()->owner)) {
        return free_run(ptr, entry, state);
    }
    if (!LIKELY(put_object(&kheap, entry->slab, (uintptr_t)ptr))) {
        return free_in_full(ptr, entry->slab, state);
    }
    kheap_unlock(state);
    return 0;
}

int kheap_try_free(void *ptr)
{
    return try_free(ptr);
}

void kfree(void *ptr)
{
    (void)try_free(ptr);
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
    void *ptr = kheap_take_aligned(&kheap, kheap_here()->record, size, blocks, &status);
    if (ptr == NULL) {
        return allocate_again(size, blocks, status, state);
    }
    kheap_unlock(state);
    return ptr;
}

void kheap_trim(void)
{
    uintptr_t state = kheap_lock();
    while (slab_relieve(&kheap)) {
        kheap_unlock(state);
        state = kheap_lock();
    }
    kheap_unlock(state);
}
