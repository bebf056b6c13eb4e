/* The kernel heap's work for any owner, under the lock: what the fast paths of mm/kheap.c leave over. */
#include "mm/kheap_fast.h"

/* For a run that starts at a multiple of `alignment` blocks: whether one was found (heap_carve_aligned). */
static bool carve_aligned(struct kheap *heap, size_t more, size_t alignment, bool search, struct place *place)
{
    size_t block = heap_carve_aligned(heap->heap, more, alignment, search);
    if (block == HEAP_NONE && search && more + alignment - 1 < HEAP_BLOCKS_MAX &&
        regions_choose(heap, more + alignment - 1)) {
        block = heap_carve_aligned(heap->heap, more, alignment, search);
    }
    if (block == HEAP_NONE) {
        return false;
    }
    count_taken(heap, more + 1);
    *place = (struct place){heap->heap, block};
    return true;
}

void kheap_return(struct kheap *heap, struct place place, size_t more)
{
    heap_return(place.heap, place.block, more);
    heap->below += more + 1;
    regions_relist(heap, place.heap);
}

void kheap_hold(const struct kheap *heap, struct owner *owner, struct place place, size_t more)
{
    heap_set_live(place.heap, place.block, more, owner->number);
    if (owner->runs != NULL) {
        list_run(place.heap->table.entries, heap_link(place.block), &owner->runs[regions_index(heap, place.heap)]);
    }
}

void kheap_let_go(const struct kheap *heap, const struct owner *owner, struct place place)
{
    if (owner->runs != NULL) {
        unlist_run(place.heap->table.entries, heap_link(place.block), &owner->runs[regions_index(heap, place.heap)]);
    }
}

void kheap_free_run(struct kheap *heap, struct owner *owner, struct place place, size_t more)
{
    kheap_let_go(heap, owner, place);
    owner->below += more + 1;
    kheap_return(heap, place, more);
}

bool kheap_resize_run(struct kheap *heap, struct owner *owner, struct place place, size_t more)
{
    size_t had = heap_more(place.heap, place.block);
    if (more < had) {
        heap_shorten(place.heap, place.block, had, more);
        owner->below += had - more;
        heap->below += had - more;
    } else if (more > had) {
        if (!owner_may_hold(owner, more - had) || !heap_lengthen(place.heap, place.block, had, more)) {
            return false;
        }
        owner_charge(owner, more - had);
        count_taken(heap, more - had);
    }
    regions_relist(heap, place.heap);
    return true;
}

/* On a boundary of `alignment` blocks, where `search` for certain. */
static void *take_run(struct kheap *heap, struct owner *owner, size_t size, size_t alignment, bool search,
                      int *status)
{
    size_t more = (size - 1) / HEAP_BLOCK_SIZE;
    if (more >= HEAP_BLOCKS_MAX) {
        *status = -ENOMEM; /* size 0 too: it wraps */
        return NULL;
    }
    if (!owner_may_hold(owner, more + 1)) {
        *status = -EQUOTA;
        return NULL;
    }
    struct place place = {NULL, 0};
    bool found = alignment != 1 && carve_aligned(heap, more, alignment, search, &place);
    if (!found && (!search || alignment == 1)) {
        place = kheap_carve(heap, more);
    }
    if (place.heap == NULL) {
        *status = -ENOMEM;
        return NULL;
    }
    kheap_hold(heap, owner, place, more);
    owner_charge(owner, more + 1);
    return (void *)heap_block_address(place.heap, place.block);
}

void *kheap_take(struct kheap *heap, struct owner *owner, size_t size, int *status)
{
    if (!size_is_small(size)) {
        return take_run(heap, owner, size, natural_alignment(size), false, status);
    }
    if (heap->count == 0) {
        *status = -ENOMEM;
        return NULL;
    }
    struct slab_bin *bin = &owner->bins[size_class_of(size)];
    if (has_object(bin) || slab_advance(bin)) {
        return take_object(bin);
    }
    struct slab_bin *lender = slab_find_lender(owner, bin, size);
    if (lender != NULL) {
        return take_object(lender);
    }
    *status = slab_refill(heap, owner, size_class_of(size));
    return *status == 0 ? take_object(bin) : NULL;
}

void *kheap_take_aligned(struct kheap *heap, struct owner *owner, size_t size, size_t alignment, int *status)
{
    return take_run(heap, owner, size, alignment, true, status);
}

/* Of an address in the slab that is not the start of one of the caller's live objects. */
static enum free_fault explain_in_slab(const struct slab *slab, owner_t caller, uintptr_t ptr)
{
    size_t object = slab_object_at(slab, ptr);
    if (object == SLAB_OBJECTS_MAX) {
        return FREE_NOT_AN_OBJECT;
    }
    if (slab->free[object / 64] >> (object % 64) & 1) {
        return FREE_ALREADY_FREE;
    }
    return slab->owner == caller ? FREE_OK : FREE_FOREIGN;
}

enum free_fault kheap_explain(const struct kheap *heap, owner_t caller, const void *ptr, struct heap_refusal *refusal)
{
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    *refusal = (struct heap_refusal){.pointer = ptr, .caller = caller};
    if (region == NULL) {
        refusal->fault = heap->count == 0 ? FREE_NO_HEAP : FREE_OUTSIDE;
        return refusal->fault;
    }
    size_t block = ((uintptr_t)ptr - region->start) / HEAP_BLOCK_SIZE;
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(region, block);
    if (!heap_written(region, block) || !tag_is_slab(entry->tag)) {
        return heap_explain(region, ptr, caller, refusal);
    }
    const struct slab *slab = entry->slab;
    refusal->heap = region;
    refusal->run = (struct heap_run){(slab->start - region->start) / HEAP_BLOCK_SIZE, slab_blocks(slab), true};
    refusal->owner = slab->owner;
    refusal->object_bytes = size_classes[slab->class].size;
    refusal->fault = explain_in_slab(slab, caller, (uintptr_t)ptr);
    return refusal->fault;
}

void kheap_count_refusal(struct kheap *heap, const struct heap_refusal *refusal)
{
    heap_t *region = regions_find(heap, (uintptr_t)refusal->pointer);
    if (region != NULL) {
        region->refused++;
    } else {
        heap->refused++;
    }
}

enum free_fault kheap_put(struct kheap *heap, struct owner *owner, void *ptr, struct heap_refusal *refusal)
{
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    enum free_fault fault = kheap_explain(heap, owner->number, ptr, refusal);
    if (fault != FREE_OK) {
        kheap_count_refusal(heap, refusal);
        return fault;
    }
    struct place place = {region, ((uintptr_t)ptr - region->start) / HEAP_BLOCK_SIZE};
    struct slab *slab = heap_entry(region, place.block)->slab;
    if (refusal->object_bytes == 0) {
        kheap_free_run(heap, owner, place, heap_more(region, place.block));
    } else if (!put_object(slab, (uintptr_t)ptr)) {
        put_in_full(owner, slab, slab_object_at(slab, (uintptr_t)ptr));
    }
    return FREE_OK;
}
