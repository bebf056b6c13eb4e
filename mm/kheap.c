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
    kheap.used = 0;
    kheap.peak = 0;
    kheap.refused = 0;
    kheap.slabs = (struct slab_store){.spare = NULL};
    regions_init(&kheap);
    owners_init(&kheap);
    *kheap_here() = (struct kheap_context){&kheap.kernel, SIZE_CLASS_GRAINS, OWNER_KERNEL};
}

/* Whatever the fast paths leave over. Unlocks. */
static __attribute__((noinline)) void *allocate_slowly(size_t size, uintptr_t state)
{
    int status = 0;
    void *ptr = kheap_take(&kheap, kheap_here()->record, size, &status);
    if (!LIKELY(ptr != NULL)) {
        return kheap_allocate_again(size, 0, status, state);
    }
    kheap_unlock(state);
    return ptr;
}

/* A free run, its bin, and how many of its blocks stay free. */
struct source {
    size_t bin;
    size_t first;
    size_t left;
};

/* The shortest free run that holds `more` + 1 blocks, fewer than BINS_EXACT: of the short ones, of which one does, or of the
 * `long_ones`, where there may be none. */
HEAP_INLINE bool find_source(const heap_t *heap, size_t more, bool long_ones, struct source *source)
{
    if (!long_ones) {
        source->left = (size_t)(unsigned)__builtin_ctzll(heap->bins.filled[0] >> more);
        source->bin = more + source->left;
        source->first = heap->bins.first[source->bin];
        return true;
    }
    source->bin = bins_find_long(&heap->bins);
    if (source->bin == BINS_NONE) {
        return false;
    }
    source->first = heap->bins.first[source->bin];
    source->left = heap_more(heap, source->first) - more;
    return true;
}

/* Of the first free run of its bin, `more` + 1 blocks become a live run, charged and counted already. */
HEAP_INLINE void take_off(heap_t *heap, const struct source *source, size_t more, bool long_ones, owner_t owner)
{
    size_t first = source->first;
    HEAP_BLOCK_TABLE_ENTRY *entry = &heap->table.entries[first];
    uint32_t tag = TAG_LIVE | (uint32_t)more << TAG_MORE_SHIFT | owner;
    size_t next = entry->next;
    if (next == first) {
        heap->bins.filled[long_ones] &= ~(UINT64_C(1) << (source->bin % 64)); /* which word is known here */
    } else {
        heap->bins.first[source->bin] = (uint32_t)next;
    }
    if (source->left == 0) {
        entry[more].tag = TAG_INSIDE; /* it was the last of the free run */
        entry->tag = tag;
        return;
    }
    entry->tag = tag;
    heap_set_free(heap, heap->table.entries, first + more + 1, source->left - 1);
}

/* Whether a run of `size` bytes may start where the free run does: its size is no power of two, it lies on its own
 * boundary, or no such boundary is in the free run. Asked of long free runs only: in short ones a boundary costs a second
 * rest, and such rests add up. */
HEAP_INLINE bool may_stay(const heap_t *heap, size_t size, size_t first, size_t left)
{
    if (LIKELY((size & (size - 1)) != 0)) {
        return true;
    }
    size_t pad = -(heap->start + first * HEAP_BLOCK_SIZE) & (size - 1);
    return pad == 0 || pad / HEAP_BLOCK_SIZE > left;
}

/* A run that was taken for an owner who has lists. Unlocks. */
static __attribute__((noinline)) void *list_taken(void *ptr, uintptr_t state)
{
    const struct owner *owner = kheap_here()->record;
    list_run(kheap.entries, ((uintptr_t)ptr - kheap.start) / HEAP_BLOCK_SIZE, &owner->runs[kheap.current]);
    kheap_unlock(state);
    return ptr;
}

/* A run of no more than BINS_EXACT blocks that the owner may hold, where nothing has to be written first, nor a boundary be
 * looked for. `long_ones`: there is no short free run for it. Unlocks. */
HEAP_INLINE void *allocate_short_run(size_t size, bool long_ones, uintptr_t state)
{
    heap_t *heap = kheap.heap;
    struct owner *owner = kheap_here()->record;
    struct source source;
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (!LIKELY(find_source(heap, more, long_ones, &source)) || !LIKELY(source.first + more + 1 < heap->cleared) ||
        (long_ones && !LIKELY(may_stay(heap, size, source.first, source.left)))) {
        return allocate_slowly(size, state);
    }
    owner_charge(owner, more + 1);
    count_taken(&kheap, more + 1);
    take_off(heap, &source, more, long_ones, owner->number);
    void *ptr = (void *)heap_block_address(heap, source.first);
    if (owner->runs != NULL) {
        return list_taken(ptr, state);
    }
    kheap_unlock(state);
    return ptr;
}

static __attribute__((noinline)) void *allocate_off_long(size_t size, uintptr_t state)
{
    return allocate_short_run(size, true, state);
}

static __attribute__((noinline)) void *allocate_run(size_t size, uintptr_t state)
{
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (!LIKELY(more < BINS_EXACT) || !LIKELY(owner_may_hold(kheap_here()->record, more + 1))) {
        return allocate_slowly(size, state); /* before kheap_init too: nobody may hold anything */
    }
    return LIKELY(kheap.heap->bins.filled[0] >> more != 0) ? allocate_short_run(size, false, state)
                                                           : allocate_off_long(size, state);
}

/* Off a new slab, or a run if the size has no class. Unlocks. */
static __attribute__((noinline)) void *allocate_off_new(struct slab_bin *bin, size_t size, uintptr_t state)
{
    if (bin->size == 0) {
        return allocate_run(size, state);
    }
    struct owner *owner = kheap_here()->record;
    int status = slab_refill(&kheap, owner, (size_t)(bin - owner->bins));
    if (!LIKELY(status == 0)) {
        return kheap_allocate_again(size, 0, status, state);
    }
    void *object = take_object(bin);
    kheap_unlock(state);
    return object;
}

static __attribute__((noinline)) void *allocate_small(struct slab_bin *bin, size_t size, uintptr_t state)
{
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
    char *record = (char *)kheap_here()->record;
    if (!LIKELY(grain < kheap_here()->grains)) {
        return allocate_run(size, state);
    }
    struct slab_bin *bin = (struct slab_bin *)(void *)(record + size_class_bins[grain]);
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

/* Blocks of the current region that are nobody's any more: where a neighbour is free, and where none is. Unlock. */
static __attribute__((noinline)) int put_back_merging(size_t first, size_t more, uintptr_t state)
{
    heap_merge(kheap.heap, first, more);
    kheap_unlock(state);
    return 0;
}

static __attribute__((noinline)) int put_back(size_t first, size_t more, uintptr_t state)
{
    heap_set_free(kheap.heap, kheap.entries, first, more);
    kheap_unlock(state);
    return 0;
}

HEAP_INLINE int give_back(size_t first, size_t more, uintptr_t state)
{
    const HEAP_BLOCK_TABLE_ENTRY *entry = &kheap.entries[first];
    uint32_t around = first > 0 ? entry[-1].tag : 0;
    around |= first + more + 1 < kheap.heap->table.total ? entry[more + 1].tag : 0;
    return (around & TAG_FREE) != 0 ? put_back_merging(first, more, state) : put_back(first, more, state);
}

/* A run that its owner, who has lists, frees. Unlocks. */
static __attribute__((noinline)) int unlist_freed(size_t first, size_t more, uintptr_t state)
{
    const struct owner *owner = kheap_here()->record;
    unlist_run(kheap.entries, first, &owner->runs[kheap.current]);
    return give_back(first, more, state);
}

/* The current owner's, if the tag says so, and not in a slab of the current owner. Unlocks. */
static __attribute__((noinline)) int free_run(void *ptr, HEAP_BLOCK_TABLE_ENTRY *entry, uintptr_t state)
{
    struct owner *owner = kheap_here()->record;
    uint32_t tag = entry->tag;
    const uint32_t short_more = (BINS_EXACT - 1) << TAG_MORE_SHIFT;
    if (!LIKELY((tag & ~short_more) == (TAG_LIVE | owner->number)) ||
        !LIKELY((uintptr_t)ptr % HEAP_BLOCK_SIZE == 0)) {
        return free_slowly(ptr, state);
    }
    size_t first = (size_t)(entry - kheap.entries);
    size_t more = (tag & short_more) >> TAG_MORE_SHIFT;
    owner->held -= more + 1;
    kheap.used -= more + 1;
    if (owner->runs != NULL) {
        return unlist_freed(first, more, state);
    }
    return give_back(first, more, state);
}

/* In a slab of the current owner: it is full, or this is not the start of a live object. Unlocks. */
static __attribute__((noinline)) int free_otherwise(void *ptr, struct slab *slab, uintptr_t state)
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
static __attribute__((noinline)) int free_unproven(void *ptr, size_t block, uintptr_t state)
{
    heap_t *heap = kheap.heap;
    if (heap == NULL || block >= heap->table.total || !heap_written(heap, block)) {
        return free_slowly(ptr, state);
    }
    int status = free_at(ptr, block, state);
    if (status == 0) {
        state = kheap_lock();
        heap_clear_on(heap);
        kheap.cleared = kheap.heap->cleared;
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
}

int kheap_try_free(void *ptr)
{
    uintptr_t state = kheap_lock();
    return free_unproven(ptr, block_of(ptr), state);
}
