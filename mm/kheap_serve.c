/* The kernel heap's work for any owner, under the lock: what the fast paths of mm/kheap.c leave over. */
#include "mm/kheap_fast.h"

struct place kheap_carve(struct kheap *heap, size_t more)
{
    struct place place = carve(heap, more);
    heap->cleared = heap->heap->cleared;
    return place;
}

void kheap_return(struct kheap *heap, struct place place, size_t more)
{
    return_blocks(heap, place, more);
}

struct place kheap_carve_aligned(struct kheap *heap, size_t more, size_t alignment)
{
    size_t block = heap_carve_aligned(heap->heap, more, alignment);
    if (block == HEAP_NONE && more + alignment - 1 < HEAP_BLOCKS_MAX && regions_choose(heap, more + alignment - 1)) {
        block = heap_carve_aligned(heap->heap, more, alignment);
    }
    if (block == HEAP_NONE) {
        return (struct place){NULL, 0};
    }
    count_taken(heap, more + 1);
    return (struct place){heap->heap, block};
}

bool kheap_resize_run(struct kheap *heap, struct owner *owner, struct place place, size_t more)
{
    size_t had = heap_live_more(place.heap, place.block);
    if (more < had) {
        heap_shorten(place.heap, place.block, had, more);
        owner->held -= had - more;
        heap->used -= had - more;
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

void *kheap_take(struct kheap *heap, struct owner *owner, size_t size, int *status)
{
    if (size - 1 >= SIZE_CLASS_LONGEST) {
        return take_run(heap, owner, size, natural_alignment(size), false, status);
    }
    size_t class = size_class_of(size);
    if (!has_object(&owner->bins[class])) {
        *status = slab_refill(heap, owner, class);
        if (*status != 0) {
            return NULL;
        }
    }
    return take_object(&owner->bins[class]);
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
    if (!heap_written(region, block) || entry->kind != BLOCK_SLAB) {
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

static enum free_fault refuse(struct kheap *heap, enum free_fault fault, heap_t *region)
{
    if (region != NULL) {
        region->refused++;
    } else {
        heap->refused++;
    }
    return fault;
}

enum free_fault kheap_put(struct kheap *heap, struct owner *owner, void *ptr, struct heap_refusal *refusal)
{
    heap_t *region = regions_find(heap, (uintptr_t)ptr);
    enum free_fault fault = kheap_explain(heap, owner->number, ptr, refusal);
    if (fault != FREE_OK) {
        return refuse(heap, fault, region);
    }
    struct place place = {region, ((uintptr_t)ptr - region->start) / HEAP_BLOCK_SIZE};
    struct slab *slab = heap_entry(region, place.block)->slab;
    if (refusal->object_bytes == 0) {
        put_run(heap, owner, place);
    } else if (!put_object(heap, slab, (uintptr_t)ptr)) {
        slab_free_in_full(&owner->bins[slab->class], slab, slab_object_at(slab, (uintptr_t)ptr));
    }
    heap_clear_on(region); /* so that one day this path is not needed */
    heap->cleared = heap->heap->cleared;
    return FREE_OK;
}
