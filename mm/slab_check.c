/* Whether slabs and owners are sound: the part of kheap_check beside the regions'. The invariants: mm/kheap.h. */
#include "mm/heap_check.h"
#include "mm/heap_runs.h"
#include "mm/kheap_state.h"

/* What walks over all owners find. */
struct findings {
    size_t live; /* runs in all regions, slabs included   */
    size_t slabs;
    size_t runs; /* that are no slabs                     */
    size_t held; /* blocks of the owner that is looked at */
};

static bool is_full(const struct slab *slab)
{
    for (size_t word = 0; word < SLAB_WORDS; word++) {
        if (slab->free[word] != slab_taken(slab, word)) {
            return false;
        }
    }
    return true;
}

static const char *check_slab(const struct kheap *heap, const struct owner *owner, size_t class,
                              const struct slab *slab)
{
    heap_t *region = regions_find(heap, slab->start);
    if (slab->class != class || slab->owner != owner->number || region == NULL) {
        return "S1: a slab is in the ring of its owner and class";
    }
    size_t block = (slab->start - region->start) / HEAP_BLOCK_SIZE;
    const HEAP_BLOCK_TABLE_ENTRY *entry = heap_entry(region, block);
    if (!heap_written(region, block) || entry->tag != slab->owner || entry->slab != slab) {
        return "S1: a slab's blocks name it";
    }
    if (slab->next->prev != slab) {
        return "S1: the links of a ring agree in both directions";
    }
    for (size_t word = 0; word < SLAB_WORDS; word++) {
        if ((slab->free[word] & slab_taken(slab, word)) != slab_taken(slab, word)) {
            return "S3: no object past a slab's last one is live";
        }
    }
    if (slab_empty(slab) && heap->slabs.kept[class] != slab) {
        return "S4: an empty slab is the one that is kept";
    }
    return NULL;
}

/* Active, partial up to the last, full: in this order. */
static const char *check_order(const struct slab_bin *bin, const struct slab *slab, bool *past_last)
{
    bool full = slab->reciprocal == 0;
    if (slab->reciprocal != (full ? 0 : size_classes[slab->class].reciprocal)) {
        return "S2: a slab that is not full divides by the size of its objects";
    }
    if (full != *past_last) {
        return "S2: full slabs come after the last partial one, and only they";
    }
    if (slab != bin->active && is_full(slab) != full) {
        return "S2: a slab is full when nothing is left in it";
    }
    *past_last = *past_last || slab == bin->last;
    return NULL;
}

static const char *check_word(const struct slab_bin *bin, size_t class)
{
    if (bin->size != size_classes[class].size) {
        return "S3: a bin knows the size of its objects";
    }
    if (bin->active == NULL) {
        return *bin->word == bin->taken && bin->last == NULL ? NULL : "S3: a bin without slabs has nothing";
    }
    size_t word = (size_t)(bin->word - bin->active->free);
    bool right = word < SLAB_WORDS && bin->taken == slab_taken(bin->active, word) &&
                 bin->base == bin->active->start + word * 64 * bin->size;
    return right ? NULL : "S3: a bin's word is its active slab's";
}

/* Ends: links that agree lead back to the active slab. */
static const char *check_bin(const struct kheap *heap, const struct owner *owner, size_t class,
                             struct findings *findings)
{
    const struct slab_bin *bin = &owner->bins[class];
    const char *broken = check_word(bin, class);
    if (broken == NULL && bin->active == NULL && owner->slab_blocks[class] != 0) {
        broken = "S6: an owner without slabs of a class has no blocks in them";
    }
    if (broken != NULL || bin->active == NULL) {
        return broken;
    }
    bool past_last = false;
    size_t blocks = 0;
    const struct slab *slab = bin->active;
    do {
        broken = check_slab(heap, owner, class, slab);
        if (broken == NULL) {
            broken = check_order(bin, slab, &past_last);
        }
        if (broken != NULL) {
            return broken;
        }
        findings->slabs++;
        blocks += slab_blocks(slab);
        slab = slab->next;
    } while (slab != bin->active);
    findings->held += blocks;
    if (blocks != owner->slab_blocks[class]) {
        return "S6: an owner knows how many blocks its slabs of a class have";
    }
    return past_last ? NULL : "S2: the last partial slab is in the ring";
}

static bool is_run_of(const heap_t *region, size_t block, owner_t owner)
{
    return block < region->table.total && heap_written(region, block) &&
           tag_is_live(heap_entry(region, block)->tag) && tag_owner(heap_entry(region, block)->tag) == owner;
}

/* Ends: links that agree lead back to the first run, and so no run is listed twice. */
static const char *check_listed(const heap_t *region, const struct owner *owner, uint64_t head,
                                struct findings *findings)
{
    size_t link = head;
    do {
        size_t run = heap_linked_block(link);
        if (link % 2 != 0 || !is_run_of(region, run, owner->number)) {
            return "O3: an owner's list lists its live runs";
        }
        findings->held += heap_more(region, run) + 1;
        findings->runs++;
        size_t next = heap_entry(region, run)->next;
        if (heap_linked_block(next) < region->table.total && heap_linked(region->table.entries, next)->prev != link) {
            return "O3: the links of an owner's list agree in both directions";
        }
        link = next;
    } while (link != head);
    return NULL;
}

/* Of an owner without lists. */
static void find_runs(const heap_t *region, owner_t owner, struct findings *findings)
{
    for (size_t first = heap_next_run(region, 0); first < region->table.total;
         first = heap_next_run(region, first + heap_run_at(region, first).blocks)) {
        if (is_run_of(region, first, owner)) {
            findings->held += heap_more(region, first) + 1;
            findings->runs++;
        }
    }
}

static const char *check_runs(const struct kheap *heap, const struct owner *owner, struct findings *findings)
{
    const char *broken = NULL;
    for (size_t i = 0; i < heap->count && broken == NULL; i++) {
        const heap_t *region = heap->regions[i].heap;
        if (owner->runs == NULL) {
            find_runs(region, owner->number, findings);
        } else if (owner->runs[i] != OWNER_NO_RUNS) {
            broken = check_listed(region, owner, owner->runs[i], findings);
        }
    }
    return broken;
}

static const char *check_owner(const struct kheap *heap, size_t slot, struct findings *findings)
{
    const struct owner *owner = heap->owners[slot];
    if (owner_slot(owner->number) != slot || heap->numbers[slot] != owner->number) {
        return "O1: an owner's record is in the slot of its number";
    }
    findings->held = 0;
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        const char *broken = check_bin(heap, owner, class, findings);
        if (broken != NULL) {
            return broken;
        }
    }
    const char *broken = check_runs(heap, owner, findings);
    if (broken != NULL) {
        return broken;
    }
    if (owner_held(owner) != findings->held + owner->charged || owner->peak > owner->quota) {
        return "O2: an owner holds its runs and slabs and what it is charged for, and never held more than its quota";
    }
    return NULL;
}

/* Adds the descriptors in use of the listed blocks; idle ones have none. */
static const char *check_descriptors(const struct descriptor_block *block, bool idle, size_t *spare)
{
    for (const struct descriptor_block *prev = NULL; block != NULL; prev = block, block = block->next) {
        bool none_used = (block->free | 1) == ~UINT64_C(0);
        if (block->prev != prev || (block->free & 1) != 0 || none_used != idle || block->free == 0) {
            return "S5: spare descriptor blocks have some in use and some not, idle ones none";
        }
        for (uint64_t free = block->free; free != 0; free &= free - 1) {
            ++*spare;
        }
    }
    return NULL;
}

static const char *check_store(const struct kheap *heap, const struct findings *findings)
{
    size_t spare = 0;
    const char *broken = check_descriptors(heap->slabs.spare, false, &spare);
    if (broken == NULL) {
        broken = check_descriptors(heap->slabs.idle, true, &spare);
    }
    if (broken == NULL && heap->slabs.idle != NULL && heap->slabs.idle->next != NULL) {
        broken = "S5: one idle descriptor block is kept";
    }
    if (broken != NULL) {
        return broken;
    }
    struct findings own = {.slabs = 0}; /* its runs are the descriptor blocks */
    for (size_t i = 0; i < heap->count; i++) {
        find_runs(heap->regions[i].heap, OWNER_HEAP, &own);
    }
    return own.runs * (SLAB_DESCRIPTORS - 1) == findings->slabs + spare
               ? NULL
               : "S5: each slab has a descriptor, each other descriptor is listed";
}

static const char *check_free_slots(const struct kheap *heap)
{
    bool listed[OWNER_SLOTS] = {false};
    for (size_t i = 0; i < heap->free_slot_count; i++) {
        size_t slot = heap->free_slots[(heap->first_free_slot + i) % OWNERS_MAX];
        if (slot >= OWNER_SLOTS || heap->owners[slot] != NULL || listed[slot]) {
            return "O1: a slot that is listed as free has no record, and is listed once";
        }
        listed[slot] = true;
    }
    return NULL;
}

static const char *check_slots(const struct kheap *heap)
{
    size_t live = 0;
    for (size_t slot = 0; slot < OWNER_SLOTS; slot++) {
        live += heap->owners[slot] != NULL;
        if (heap->owners[slot] == NULL && owner_slot(heap->numbers[slot]) != slot) {
            return "O1: an owner's number tells its slot";
        }
    }
    const char *broken = check_free_slots(heap);
    if (broken == NULL && live + heap->free_slot_count != OWNER_SLOTS) {
        broken = "O1: a slot is free or has a record";
    }
    return broken;
}

const char *kheap_check(void)
{
    const struct kheap *heap = kheap_state();
    struct findings findings = {.slabs = 0};
    if (heap->count == 0) {
        return NULL;
    }
    const char *broken = regions_check(heap);
    if (broken == NULL) {
        broken = check_slots(heap);
    }
    for (size_t i = 0; broken == NULL && i < heap->count; i++) {
        findings.live += heap_census(heap->regions[i].heap).live_runs;
    }
    for (size_t slot = 0; broken == NULL && slot < OWNER_SLOTS; slot++) {
        broken = heap->owners[slot] != NULL ? check_owner(heap, slot, &findings) : NULL;
    }
    if (broken == NULL && findings.runs + findings.slabs != findings.live) {
        broken = "O3: each live run is its owner's";
    }
    return broken != NULL ? broken : check_store(heap, &findings);
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
    return (digest ^ value) * UINT64_C(0x100000001b3);
}

static uint64_t runs_digest(uint64_t digest, const heap_t *region, uint64_t head)
{
    if (head != OWNER_NO_RUNS) {
        size_t run = head;
        do {
            digest = mix(digest, run);
            run = heap_entry(region, heap_linked_block(run))->next;
        } while (run != head);
    }
    return mix(digest, head);
}

static uint64_t owner_digest(uint64_t digest, const struct kheap *heap, const struct owner *owner)
{
    digest = mix(mix(digest, owner->number), owner->quota);
    digest = mix(mix(mix(digest, owner->below), owner->peak), owner->charged);
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        const struct slab_bin *bin = &owner->bins[class];
        if (bin->active != NULL) {
            digest = mix(mix(digest, class), (uintptr_t)bin->active);
            digest = mix(mix(digest, (uintptr_t)bin->word), (uintptr_t)bin->last);
        }
    }
    for (size_t i = 0; owner->runs != NULL && i < heap->count; i++) {
        digest = runs_digest(digest, heap->regions[i].heap, owner->runs[i]);
    }
    return digest;
}

static uint64_t descriptors_digest(uint64_t digest, const struct descriptor_block *block)
{
    for (; block != NULL; block = block->next) {
        digest = mix(mix(digest, (uintptr_t)block), block->free);
    }
    return mix(digest, 1);
}

uint64_t kheap_digest(void)
{
    const struct kheap *heap = kheap_state();
    uint64_t digest = mix(mix(UINT64_C(0xcbf29ce484222325), heap->current), heap->peak);
    digest = mix(mix(digest, heap->first_free_slot), heap->free_slot_count);
    for (size_t i = 0; i < heap->count; i++) {
        digest = mix(mix(digest, heap_digest(heap->regions[i].heap)), heap->links[i].next);
    }
    for (size_t bin = bins_find(&heap->bins, 0); bin != BINS_NONE; bin = bins_after(&heap->bins, bin)) {
        digest = mix(digest, heap->bins.first[bin]);
    }
    for (size_t slot = 0; slot < OWNER_SLOTS; slot++) {
        if (heap->owners[slot] != NULL) {
            digest = owner_digest(digest, heap, heap->owners[slot]);
        } else {
            digest = mix(digest, heap->numbers[slot]); /* their turns change only with one of these */
        }
    }
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        digest = mix(digest, (uintptr_t)heap->slabs.kept[class]);
    }
    return descriptors_digest(descriptors_digest(digest, heap->slabs.spare), heap->slabs.idle);
}
