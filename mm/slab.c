#include "mm/slab.h"

#include "mm/heap_runs.h"
#include "mm/kheap_state.h"

/* What the bins without an active slab point to: it never has an object. */
static _Alignas(SLAB_DESCRIPTOR_BYTES) struct slab nothing;

uint64_t slab_taken(size_t class, size_t word)
{
    size_t objects = (size_t)size_classes[class].last_object + 1;
    if (objects >= (word + 1) * 64) {
        return 0;
    }
    return objects <= word * 64 ? ~UINT64_C(0) : ~UINT64_C(0) << (objects - word * 64);
}

bool slab_empty(const struct slab *slab)
{
    return (slab->free[0] & slab->free[1] & slab->free[2] & slab->free[3]) == ~UINT64_C(0);
}
static_assert(SLAB_WORDS == 4, "slab_empty looks at each word");

size_t slab_live(const struct slab *slab)
{
    size_t live = 0;
    for (size_t word = 0; word < SLAB_WORDS; word++) {
        for (uint64_t taken = ~slab->free[word]; taken != 0; taken &= taken - 1) {
            live++;
        }
    }
    return live;
}

size_t slab_object_at(const struct slab *slab, uintptr_t ptr)
{
    const struct size_class *class = &size_classes[slab->class];
    size_t offset = ptr - slab->start;
    size_t object = offset / class->size;
    return offset % class->size == 0 && object <= class->last_object ? object : (size_t)SLAB_OBJECTS_MAX;
}

/* Without a slab. */
static void disarm(struct slab_bin *bin)
{
    bin->word = &nothing.free[0];
    bin->taken = 0;
    bin->active = NULL;
    bin->last = NULL;
}

void slab_bins_init(struct slab_bin *bins)
{
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        bins[class] = (struct slab_bin){.size = size_classes[class].size};
        disarm(&bins[class]);
    }
}

static void use_word(struct slab_bin *bin, size_t word)
{
    struct slab *slab = bin->active;
    bin->word = &slab->free[word];
    bin->taken = slab_taken(slab->class, word);
    bin->base = slab->start + word * 64 * bin->size;
}

static void insert_after(struct slab *place, struct slab *slab)
{
    slab->prev = place;
    slab->next = place->next;
    place->next->prev = slab;
    place->next = slab;
}

/* A slab of the owner's that is in no ring becomes the active one. There is no partial slab. */
static void activate(struct slab_bin *bin, struct slab *slab)
{
    if (bin->active == NULL) {
        slab->next = slab;
        slab->prev = slab;
    } else {
        insert_after(bin->active, slab);
        bin->active->reciprocal = 0;
    }
    bin->active = slab;
    bin->last = slab;
    use_word(bin, 0);
}

/* Takes the slab out of its owner's ring. Where only full ones are left, one of them is the active slab. */
static void detach(struct kheap *heap, struct slab *slab)
{
    struct slab_bin *bin = &owner_record(heap, slab->owner)->bins[slab->class];
    struct slab *next = slab->next;
    if (next == slab) {
        disarm(bin);
        return;
    }
    slab->prev->next = next;
    next->prev = slab->prev;
    if (slab == bin->active) {
        bin->last = bin->last == slab ? next : bin->last;
        bin->active = next;
        next->reciprocal = size_classes[next->class].reciprocal;
        use_word(bin, 0);
    } else if (slab == bin->last) {
        bin->last = slab->prev;
    }
}

static struct place place_of(const struct kheap *heap, const struct slab *slab)
{
    heap_t *region = regions_find(heap, slab->start);
    return (struct place){region, (slab->start - region->start) / HEAP_BLOCK_SIZE};
}

/* Descriptors */

static void list_block(struct descriptor_block **list, struct descriptor_block *block)
{
    block->prev = NULL;
    block->next = *list;
    if (*list != NULL) {
        (*list)->prev = block;
    }
    *list = block;
}

static void unlist_block(struct descriptor_block **list, struct descriptor_block *block)
{
    if (block->prev != NULL) {
        block->prev->next = block->next;
    } else {
        *list = block->next;
    }
    if (block->next != NULL) {
        block->next->prev = block->prev;
    }
}

enum { DESCRIPTOR_FIRST = 1 };
#define DESCRIPTORS_ALL (~UINT64_C(0) << DESCRIPTOR_FIRST)

/* NULL when none is left. */
static struct slab *take_descriptor(struct slab_store *store)
{
    struct descriptor_block *block = store->spare;
    if (block == NULL) {
        block = store->idle;
        if (block == NULL) {
            return NULL;
        }
        unlist_block(&store->idle, block);
        list_block(&store->spare, block);
    }
    size_t index = (size_t)__builtin_ctzll(block->free);
    block->free &= block->free - 1;
    if (block->free == 0) {
        unlist_block(&store->spare, block);
    }
    return (struct slab *)block + index;
}

static void return_descriptor(struct slab_store *store, struct slab *slab)
{
    uintptr_t start = (uintptr_t)slab / HEAP_BLOCK_SIZE * HEAP_BLOCK_SIZE;
    struct descriptor_block *block = (struct descriptor_block *)start;
    if (block->free != 0) {
        unlist_block(&store->spare, block);
    }
    block->free |= UINT64_C(1) << (((uintptr_t)slab - start) / SLAB_DESCRIPTOR_BYTES);
    list_block(block->free == DESCRIPTORS_ALL ? &store->idle : &store->spare, block);
}

/* Makes the block, carved already, a descriptor block with one descriptor in use: that. */
static struct slab *make_descriptor_block(struct kheap *heap, struct place place)
{
    struct descriptor_block *block = (struct descriptor_block *)heap_block_address(place.heap, place.block);
    heap_hold(place.heap, place.block, 0, OWNER_HEAP);
    owner_charge(&heap->own, 1);
    *block = (struct descriptor_block){.free = DESCRIPTORS_ALL};
    list_block(&heap->slabs.idle, block);
    return take_descriptor(&heap->slabs);
}

/* One block for its descriptor, if need be, and the slab's own blocks come out of one run. */
static struct slab *create(struct kheap *heap, struct owner *owner, size_t class)
{
    size_t more = (size_t)size_classes[class].blocks - 1;
    struct slab *slab = take_descriptor(&heap->slabs);
    size_t extra = slab == NULL;
    struct place place = kheap_carve(heap, more + extra);
    if (place.heap == NULL) {
        if (slab != NULL) {
            return_descriptor(&heap->slabs, slab);
        }
        return NULL;
    }
    if (slab == NULL) {
        place.heap->live_runs++; /* one carved, two made of it */
        slab = make_descriptor_block(heap, place);
        place.block++;
    }
    *slab = (struct slab){.free = {~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)},
                          .start = heap_block_address(place.heap, place.block),
                          .reciprocal = size_classes[class].reciprocal,
                          .owner = owner->number,
                          .class = (uint8_t) class};
    heap_set_slab(place.heap, place.block, more, owner->number, slab);
    owner_charge(owner, more + 1);
    return slab;
}

void slab_destroy(struct kheap *heap, struct slab *slab)
{
    size_t blocks = slab_blocks(slab);
    struct place place = place_of(heap, slab);
    detach(heap, slab);
    owner_record(heap, slab->owner)->held -= blocks;
    if (heap->slabs.kept[slab->class] == slab) {
        heap->slabs.kept[slab->class] = NULL;
    }
    return_descriptor(&heap->slabs, slab);
    heap_unset_slab(place.heap, place.block, blocks - 1);
    kheap_return(heap, place, blocks - 1);
}

/* What was kept, empty, at another owner: it is `owner`'s then. NULL when there is no such slab. */
static struct slab *take_over(struct kheap *heap, struct owner *owner, size_t class)
{
    struct slab *slab = heap->slabs.kept[class];
    if (slab == NULL || !slab_empty(slab)) {
        return NULL;
    }
    size_t blocks = slab_blocks(slab);
    struct place place = place_of(heap, slab);
    detach(heap, slab);
    owner_record(heap, slab->owner)->held -= blocks;
    slab->owner = owner->number;
    heap_set_slab(place.heap, place.block, blocks - 1, owner->number, slab);
    owner_charge(owner, blocks);
    return slab;
}

int slab_refill(struct kheap *heap, struct owner *owner, size_t class)
{
    struct slab_bin *bin = &owner->bins[class];
    if (slab_advance(bin)) {
        return 0;
    }
    if (!owner_may_hold(owner, size_classes[class].blocks)) {
        return -EQUOTA;
    }
    struct slab *slab = take_over(heap, owner, class);
    slab = slab != NULL ? slab : create(heap, owner, class);
    if (slab == NULL) {
        return -ENOMEM;
    }
    activate(bin, slab);
    return 0;
}

void slab_emptied(struct kheap *heap, struct slab *slab)
{
    struct slab **kept = &heap->slabs.kept[slab->class];
    if (!slab_empty(slab)) {
        return;
    }
    if (*kept == NULL || !slab_empty(*kept)) {
        *kept = slab;
    } else if (*kept != slab) {
        slab_destroy(heap, slab);
    }
}

static bool return_idle(struct kheap *heap)
{
    struct descriptor_block *block = heap->slabs.idle;
    if (block == NULL) {
        return false;
    }
    unlist_block(&heap->slabs.idle, block);
    heap_t *region = regions_find(heap, (uintptr_t)block);
    struct place place = {region, ((uintptr_t)block - region->start) / HEAP_BLOCK_SIZE};
    heap_let_go(region, place.block);
    heap->own.held--;
    kheap_return(heap, place, 0);
    return true;
}

bool slab_relieve(struct kheap *heap)
{
    if (return_idle(heap)) {
        return true;
    }
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        struct slab *slab = heap->slabs.kept[class];
        heap->slabs.kept[class] = NULL;
        if (slab != NULL && slab_empty(slab)) {
            slab_destroy(heap, slab);
            return true;
        }
    }
    return false;
}
