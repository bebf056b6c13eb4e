#include "mm/owner.h"

#include "mm/heap_runs.h"
#include "mm/kheap_state.h"
#include "mm/kheap_walk.h"
#include "mm/range.h"
#include KHEAP_HOOKS

struct owner owner_nobody;

static void init_record(struct owner *record, owner_t number, size_t quota, const char *name)
{
    *record = (struct owner){.quota = quota, .number = number, .run_tag = TAG_LIVE | number};
    slab_bins_init(record->bins);
    for (size_t i = 0; i < OWNER_NAME_BYTES - 1 && name[i] != '\0'; i++) {
        record->name[i] = name[i];
    }
}

void owners_init(struct kheap *heap)
{
    init_record(&heap->kernel, OWNER_KERNEL, OWNER_NO_QUOTA, "kernel");
    init_record(&heap->own, OWNER_HEAP, OWNER_NO_QUOTA, "heap");
    for (size_t slot = 0; slot < OWNER_SLOTS; slot++) {
        heap->owners[slot] = NULL;
        heap->numbers[slot] = (owner_t)slot;
    }
    heap->owners[OWNER_KERNEL] = &heap->kernel;
    heap->owners[OWNER_HEAP] = &heap->own;
    heap->first_free_slot = 0;
    heap->free_slot_count = OWNERS_MAX;
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        heap->free_slots[i] = (uint16_t)(OWNER_FIRST + i);
    }
}

owner_t kheap_owner(void)
{
    return kheap_here()->owner;
}

int kheap_context(owner_t owner, struct kheap_context *context)
{
    uintptr_t state = kheap_lock();
    struct owner *record = owner_public(owner);
    if (record != NULL) {
        *context = (struct kheap_context){record, SIZE_CLASS_GRAINS, owner};
    }
    kheap_unlock(state);
    return record != NULL ? 0 : -EINVARG;
}

int kheap_act_as(owner_t owner)
{
    return kheap_context(owner, kheap_here());
}

/* Of a record with its lists, in a size that has a class: a run of the heap's own is a descriptor block. */
static size_t record_bytes(const struct kheap *heap)
{
    size_t bytes = sizeof(struct owner) + heap->count * sizeof(uint64_t);
    return size_is_small(bytes) ? bytes : round_up(bytes, HEAP_BLOCK_SIZE) + 1;
}

static int create(struct kheap *heap, const char *name, size_t quota_blocks, owner_t *owner)
{
    int status = -ENOMEM;
    struct owner *record = NULL;
    if (heap->free_slot_count != 0) {
        record = kheap_take(heap, &heap->own, record_bytes(heap), &status);
    }
    if (record == NULL) {
        return status;
    }
    size_t slot = heap->free_slots[heap->first_free_slot];
    heap->first_free_slot = (heap->first_free_slot + 1) % OWNERS_MAX;
    heap->free_slot_count--;
    init_record(record, heap->numbers[slot], quota_blocks, name);
    record->runs = (uint64_t *)(record + 1);
    record->run_tag = OWNER_NO_TAG;
    for (size_t i = 0; i < heap->count; i++) {
        record->runs[i] = OWNER_NO_RUNS;
    }
    heap->owners[slot] = record;
    *owner = record->number;
    return 0;
}

int owner_create(const char *name, size_t quota_blocks, owner_t *owner)
{
    struct kheap *heap = kheap_state();
    if (name == NULL || owner == NULL) {
        return -EINVARG;
    }
    uintptr_t state = kheap_lock();
    int status = create(heap, name, quota_blocks, owner);
    if (status != 0 && heap->free_slot_count != 0 && kheap_relieve(heap, status, OWNER_HEAP, &state)) {
        status = create(heap, name, quota_blocks, owner);
    }
    kheap_unlock(state);
    return status;
}

/* As if the owner of that number freed it; of one that is not live nothing is. */
static enum free_fault put_of(struct kheap *heap, owner_t owner, void *ptr, struct heap_refusal *refusal)
{
    struct owner *record = owner_public(owner);
    if (record != NULL) {
        return kheap_put(heap, record, ptr, refusal);
    }
    if (kheap_explain(heap, owner, ptr, refusal) == FREE_OK) {
        refusal->fault = FREE_FOREIGN; /* it is being ended */
    }
    kheap_count_refusal(heap, refusal);
    return refusal->fault;
}

int kheap_free_of(owner_t owner, void *ptr)
{
    struct heap_refusal refusal;
    if (ptr == NULL) {
        return 0;
    }
    uintptr_t state = kheap_lock();
    enum free_fault fault = put_of(kheap_state(), owner, ptr, &refusal);
    kheap_unlock(state);
    if (fault == FREE_OK) {
        return 0;
    }
    heap_refused(&refusal);
    return -EINVARG;
}

/* A run that is to change hands. */
struct gift {
    void *ptr;
    owner_t from, to;
};

/* Whether it is a run of who gives it; fills in the refusal if not. */
static bool is_gift(const struct kheap *heap, const struct gift *gift, struct heap_refusal *refusal)
{
    if (kheap_explain(heap, gift->from, gift->ptr, refusal) != FREE_OK) {
        return false;
    }
    if (refusal->object_bytes != 0) {
        refusal->fault = FREE_SMALL;
        return false;
    }
    return true;
}

int owner_give(const struct kheap *heap, struct owner *from, struct owner *to, struct place place,
               struct quota_refusal *refusal)
{
    size_t more = heap_more(place.heap, place.block);
    if (to != from && !owner_may_hold(to, more + 1)) {
        *refusal = (struct quota_refusal){to->number, more + 1, owner_held(to), to->quota};
        return -EQUOTA;
    }
    kheap_let_go(heap, from, place);
    kheap_hold(heap, to, place, more);
    from->below += more + 1;
    owner_charge(to, more + 1);
    return 0;
}

static int try_gift(struct kheap *heap, const struct gift *gift, struct heap_refusal *bad, struct quota_refusal *over)
{
    struct owner *from = owner_public(gift->from), *to = owner_public(gift->to);
    if (from == NULL || to == NULL) {
        return -EINVARG;
    }
    if (!is_gift(heap, gift, bad)) {
        kheap_count_refusal(heap, bad);
        return -EINVARG;
    }
    heap_t *region = regions_find(heap, (uintptr_t)gift->ptr);
    return owner_give(heap, from, to, (struct place){region, heap_block_starting_at(region, gift->ptr)}, over);
}

int kheap_gift_of(owner_t from, void *ptr, owner_t to)
{
    struct kheap *heap = kheap_state();
    const struct gift gift = {ptr, from, to};
    struct heap_refusal bad = {.fault = FREE_OK};
    struct quota_refusal over;
    uintptr_t state = kheap_lock();
    int status = try_gift(heap, &gift, &bad, &over);
    /* an empty slab that `to` only keeps may stand in the way */
    if (status == -EQUOTA && kheap_relieve(heap, status, to, &state)) {
        status = try_gift(heap, &gift, &bad, &over);
    }
    kheap_unlock(state);
    if (bad.fault != FREE_OK) {
        heap_refused(&bad);
    } else if (status == -EQUOTA) {
        kheap_quota_refused(&over);
    }
    return status;
}

int kheap_gift(void *ptr, owner_t to)
{
    return kheap_gift_of(kheap_owner(), ptr, to);
}

/* Reclaim: each step frees one slab or one run, under the lock. */

/* The first one of class `*class` or a later one. */
static bool reclaim_slab(struct kheap *heap, struct owner *owner, size_t *class, struct reclaim_report *report)
{
    for (; *class < SIZE_CLASSES; ++*class) {
        struct slab *slab = owner->bins[*class].active;
        if (slab != NULL) {
            report->objects[*class] += slab_live(slab);
            report->blocks += slab_blocks(slab);
            slab_destroy(heap, slab);
            return true;
        }
    }
    return false;
}

/* The first one in region `*index` or a later one. */
static bool reclaim_run(struct kheap *heap, struct owner *owner, size_t *index, struct reclaim_report *report)
{
    for (; *index < heap->count; ++*index) {
        if (owner->runs[*index] != OWNER_NO_RUNS) {
            struct place place = {heap->regions[*index].heap, heap_linked_block(owner->runs[*index])};
            size_t more = heap_more(place.heap, place.block);
            report->runs++;
            report->blocks += more + 1;
            kheap_free_run(heap, owner, place, more);
            return true;
        }
    }
    return false;
}

/* The number goes to the next owner of the slot, as its next generation. */
static void end(struct kheap *heap, struct owner *owner)
{
    struct heap_refusal refusal;
    size_t slot = owner_slot(owner->number);
    heap->owners[slot] = NULL;
    heap->numbers[slot] = (owner_t)(owner->number + (1u << OWNER_SLOT_BITS));
    heap->free_slots[(heap->first_free_slot + heap->free_slot_count) % OWNERS_MAX] = (uint16_t)slot;
    heap->free_slot_count++;
    (void)kheap_put(heap, &heap->own, owner, &refusal);
}

int kheap_reclaim(owner_t owner, struct reclaim_report *report)
{
    struct kheap *heap = kheap_state();
    uintptr_t state = kheap_lock();
    struct owner *record = owner_public(owner);
    if (record == NULL || owner == OWNER_KERNEL || owner == kheap_owner() || report == NULL) {
        kheap_unlock(state);
        return -EINVARG;
    }
    *report = (struct reclaim_report){.blocks = 0};
    record->ending = true;
    size_t class = 0;
    size_t index = 0;
    while (reclaim_slab(heap, record, &class, report) || reclaim_run(heap, record, &index, report)) {
        kheap_unlock(state);
        state = kheap_lock();
    }
    report->charged = record->charged;
    end(heap, record);
    kheap_unlock(state);
    return 0;
}

/* Whether there is such an owner: what its record says of it, then. */
static bool read_record(owner_t owner, struct owner_totals *totals)
{
    uintptr_t state = kheap_lock();
    const struct owner *record = owner_record(kheap_state(), owner);
    if (record != NULL) {
        *totals = (struct owner_totals){.quota = record->quota,
                                        .held = owner_held(record),
                                        .peak = record->peak,
                                        .charged = record->charged};
        __builtin_memcpy(totals->name, record->name, sizeof totals->name);
    }
    kheap_unlock(state);
    return record != NULL;
}

size_t owner_blocks(owner_t owner)
{
    struct owner_totals totals = {.held = 0};
    (void)read_record(owner, &totals);
    return totals.held;
}

int owner_totals(owner_t owner, struct owner_totals *totals)
{
    struct kheap_walk walk = {0};
    struct kheap_met met;
    if (totals == NULL || !read_record(owner, totals)) {
        return -EINVARG;
    }
    while (kheap_walk(&walk, &met)) {
        bool his = met.run.live && met.owner == owner;
        if (his && met.class != SIZE_CLASSES) {
            totals->slabs++;
            totals->objects[met.class] += met.objects;
        } else {
            totals->runs += his;
        }
    }
    return 0;
}

bool owner_in_slot(size_t slot, owner_t *owner)
{
    uintptr_t state = kheap_lock();
    const struct owner *record = slot < OWNER_SLOTS ? kheap_state()->owners[slot] : NULL;
    if (record != NULL) {
        *owner = record->number;
    }
    kheap_unlock(state);
    return record != NULL;
}
