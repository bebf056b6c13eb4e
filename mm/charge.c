#include "mm/charge.h"

#include "core/assert.h"
#include "core/status.h"
#include "mm/kheap_state.h"
#include KHEAP_HOOKS

/* NULL, too, for one who is not live or is being ended. */
static void *take_for(owner_t owner, size_t size, int *status, struct quota_refusal *over)
{
    struct owner *record = owner_public(owner);
    if (record == NULL) {
        *status = -EINVARG;
        return NULL;
    }
    *over = (struct quota_refusal){owner, heap_blocks_for(size), owner_held(record), record->quota};
    return kheap_take(kheap_state(), record, size, status);
}

void *kmalloc_for(owner_t owner, size_t size, int *status)
{
    struct quota_refusal over;
    uintptr_t state = kheap_lock();
    void *ptr = take_for(owner, size, status, &over);
    if (ptr == NULL && *status != -EINVARG && kheap_relieve(kheap_state(), *status, owner, &state)) {
        ptr = take_for(owner, size, status, &over);
    }
    kheap_unlock(state);
    if (ptr == NULL && *status == -EQUOTA) {
        kheap_quota_refused(&over);
    }
    return ptr;
}

void *kmalloc_kernel(size_t size)
{
    struct kheap *heap = kheap_state();
    int status;
    uintptr_t state = kheap_lock();
    void *ptr = kheap_take(heap, &heap->kernel, size, &status);
    if (ptr == NULL && kheap_relieve(heap, status, OWNER_KERNEL, &state)) {
        ptr = kheap_take(heap, &heap->kernel, size, &status);
    }
    kheap_unlock(state);
    return ptr;
}

static int try_charge(owner_t owner, size_t blocks, struct quota_refusal *over)
{
    struct owner *record = owner_public(owner);
    if (record == NULL) {
        return -EINVARG;
    }
    if (owner == OWNER_KERNEL) {
        return 0;
    }
    if (!owner_may_hold(record, blocks)) {
        *over = (struct quota_refusal){owner, blocks, owner_held(record), record->quota};
        return -EQUOTA;
    }
    owner_charge(record, blocks);
    record->charged += blocks;
    return 0;
}

int kheap_charge(owner_t owner, size_t blocks)
{
    struct quota_refusal over;
    uintptr_t state = kheap_lock();
    int status = try_charge(owner, blocks, &over);
    /* an empty slab that it only keeps may stand in the way */
    if (status == -EQUOTA && kheap_relieve(kheap_state(), status, owner, &state)) {
        status = try_charge(owner, blocks, &over);
    }
    kheap_unlock(state);
    if (status == -EQUOTA) {
        kheap_quota_refused(&over);
    }
    return status;
}

int kheap_discharge(owner_t owner, size_t blocks)
{
    uintptr_t state = kheap_lock();
    struct owner *record = owner != OWNER_HEAP ? owner_record(kheap_state(), owner) : NULL;
    bool too_many = record != NULL && owner != OWNER_KERNEL && blocks > record->charged;
    if (record != NULL && owner != OWNER_KERNEL && !too_many) {
        record->charged -= blocks;
        record->below += blocks;
    }
    kheap_unlock(state);
    kassert(!too_many, "charge: an owner is discharged of more than it was charged");
    return record != NULL ? 0 : -EINVARG;
}
