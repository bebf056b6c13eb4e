#include "mm/handover.h"

#include "core/status.h"
#include "mm/kheap_fast.h"
#include KHEAP_HOOKS

/* Whether it starts there. */
static bool is_run(const struct place *place, const struct handover *what)
{
    if (place->block >= place->heap->table.total || !heap_written(place->heap, place->block)) {
        return false;
    }
    uint32_t tag = heap_entry(place->heap, place->block)->tag;
    return tag_is_live(tag) && tag_owner(tag) == what->from &&
           heap_more(place->heap, place->block) + 1 == what->blocks;
}

/* A block in the current region, between owners with lists: the usual case, in a straight line. False: it is not that, and nothing
 * has changed. */
static bool hand_over_block(struct kheap *heap, const struct handover *what)
{
    size_t offset = (uintptr_t)what->run - heap->start, block = offset / HEAP_BLOCK_SIZE;
    struct owner *from = owner_public(what->from), *to = owner_public(what->to);
    if (what->blocks != 1 || block >= heap->cleared || offset % HEAP_BLOCK_SIZE != 0 || from == NULL || to == NULL ||
        from->runs == NULL || to->runs == NULL || heap->entries[block].tag != (TAG_LIVE | what->from) ||
        !owner_may_hold(to, 1)) {
        return false;
    }
    unlist_run(heap->entries, heap_link(block), &from->runs[heap->current]);
    list_run(heap->entries, heap_link(block), &to->runs[heap->current]);
    heap->entries[block].tag = TAG_LIVE | what->to;
    from->below++;
    owner_charge(to, 1);
    return true;
}

static int hand_over(struct kheap *heap, const struct handover *what, struct quota_refusal *over)
{
    struct owner *from = owner_public(what->from), *to = owner_public(what->to);
    struct place place = {regions_find(heap, (uintptr_t)what->run), 0};
    if (from == NULL || to == NULL || place.heap == NULL) {
        return -EINVARG;
    }
    place.block = heap_block_starting_at(place.heap, what->run);
    return is_run(&place, what) ? owner_give(heap, from, to, place, over) : -EINVARG;
}

int kheap_hand_over(const struct handover *what)
{
    struct quota_refusal over;
    struct kheap *heap = kheap_state();
    uintptr_t state = kheap_lock();
    int status = hand_over_block(heap, what) ? 0 : hand_over(heap, what, &over);
    /* an empty slab that `to` only keeps may stand in the way */
    if (status == -EQUOTA && kheap_relieve(heap, status, what->to, &state)) {
        status = hand_over(heap, what, &over);
    }
    kheap_unlock(state);
    if (status == -EQUOTA) {
        kheap_quota_refused(&over);
    }
    return status;
}
