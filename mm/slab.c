#include "mm/slab.h"

#include "mm/kheap_fast.h"

/* What the bins without an active slab point to: it never has an object. */
static _Alignas(SLAB_DESCRIPTOR_BYTES) struct slab nothing;

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
    size_t size = size_classes[slab->class].size;
    size_t offset = ptr - slab->start;
    size_t object = offset / size;
    return offset % size == 0 && object <= slab->last_object ? object : (size_t)SLAB_OBJECTS_MAX;
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
    disarm(&bins[SIZE_CLASSES]);
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
    slab_use_word(bin, 0);
}

/* Takes the slab out of its owner's ring. Where only full ones are left, one of them is the active slab. */
static void detach(struct owner *owner, struct slab *slab)
{
    struct slab_bin *bin = &owner->bins[slab->class];
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
        slab_use_word(bin, 0);
    } else if (slab == bin->last) {
        bin->last = slab->prev;
    }
}

static inline struct place place_of(const struct kheap *heap, uintptr_t start)
{
    size_t block = (start - heap->start) / HEAP_BLOCK_SIZE;
    if (HEAP_LIKELY(block < heap->heap->table.total)) {
        return (struct place){heap->heap, block};
    }
    heap_t *region = regions_find(heap, start);
    return (struct place){region, (start - region->start) / HEAP_BLOCK_SIZE};
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

/* The block that is given back for it: one idle block is kept, any other is not. NULL: none. */
static struct descriptor_block *return_descriptor(struct slab_store *store, struct slab *slab)
{
    uintptr_t start = (uintptr_t)slab / HEAP_BLOCK_SIZE * HEAP_BLOCK_SIZE;
    struct descriptor_block *block = (struct descriptor_block *)start;
    uint64_t before = block->free;
    block->free = before | UINT64_C(1) << (((uintptr_t)slab - start) / SLAB_DESCRIPTOR_BYTES);
    if (before == 0) {
        list_block(&store->spare, block);
    }
    if (block->free != DESCRIPTORS_ALL) {
        return NULL;
    }
    unlist_block(&store->spare, block);
    if (store->idle != NULL) {
        return block;
    }
    list_block(&store->idle, block);
    return NULL;
}

static void give_back_block(struct kheap *heap, struct descriptor_block *block)
{
    heap->own.below++;
    kheap_return(heap, place_of(heap, (uintptr_t)block), 0);
}

/* Makes the block, carved already, a descriptor block with one descriptor in use: that. */
static struct slab *make_descriptor_block(struct kheap *heap, struct place place)
{
    struct descriptor_block *block = (struct descriptor_block *)heap_block_address(place.heap, place.block);
    heap_set_live(place.heap, place.block, 0, OWNER_HEAP);
    owner_charge(&heap->own, 1);
    block->free = DESCRIPTORS_ALL & (DESCRIPTORS_ALL - 1);
    list_block(&heap->slabs.spare, block);
    return (struct slab *)block + DESCRIPTOR_FIRST;
}

static size_t objects_in(size_t class, size_t blocks)
{
    size_t objects = (blocks * HEAP_BLOCK_SIZE * size_classes[class].reciprocal) >> 32; /* exact, as in put_object */
    return objects < SLAB_OBJECTS_MAX ? objects : (size_t)SLAB_OBJECTS_MAX;
}

/* Blocks of the owner's next slab of the class, from as few as hold an object to as many as pack them best, so that what is
 * held ready is in proportion to what is used. The kernel, of which there is one, doubles what it has in the class; of the
 * others there are many, and each adds a quarter. */
static size_t blocks_wanted(const struct owner *owner, size_t class)
{
    size_t blocks = owner->runs == NULL ? owner->slab_blocks[class] : owner->slab_blocks[class] / 4;
    size_t least = heap_blocks_for(size_classes[class].size);
    size_t most = size_classes[class].blocks;
    blocks = blocks < least ? least : blocks;
    return blocks < most ? blocks : most;
}

/* An empty slab in no ring becomes the owner's, who may hold its blocks. */
HEAP_INLINE void assign(struct owner *owner, struct place place, struct slab *slab, size_t class, size_t blocks)
{
    slab->owner = owner->number;
    heap_set_slab(place.heap, place.block, blocks, owner->number, slab);
    owner->slab_blocks[class] += (uint32_t)blocks;
    owner_charge(owner, blocks);
    activate(&owner->bins[class], slab);
}

/* The slab is its owner's no more. */
HEAP_INLINE void take_away(struct kheap *heap, struct slab *slab, size_t blocks)
{
    struct owner *owner = heap->owners[owner_slot(slab->owner)];
    detach(owner, slab);
    owner->below += blocks;
    owner->slab_blocks[slab->class] -= (uint32_t)blocks;
}

/* Of at most so many blocks, which hold an object. One block for its descriptor, if need be, and the slab's own blocks come
 * out of one run. */
HEAP_INLINE int create(struct kheap *heap, struct owner *owner, size_t class, size_t at_most)
{
    const struct size_class *shape = &size_classes[class];
    size_t objects = objects_in(class, at_most);
    size_t blocks = (objects * shape->size + HEAP_BLOCK_SIZE - 1) / HEAP_BLOCK_SIZE;
    if (!HEAP_LIKELY(owner_may_hold(owner, blocks))) {
        return -EQUOTA;
    }
    struct slab *slab = take_descriptor(&heap->slabs);
    struct place place = kheap_carve(heap, slab == NULL ? blocks : blocks - 1);
    if (!HEAP_LIKELY(place.heap != NULL)) {
        if (slab != NULL) {
            (void)return_descriptor(&heap->slabs, slab);
        }
        return -ENOMEM;
    }
    if (slab == NULL) {
        slab = make_descriptor_block(heap, place);
        place.block++;
    }
    slab->free[0] = slab->free[1] = slab->free[2] = slab->free[3] = ~UINT64_C(0);
    slab->start = heap_block_address(place.heap, place.block);
    slab->reciprocal = shape->reciprocal;
    slab->class = (uint8_t) class;
    slab->last_object = (uint8_t)(objects - 1);
    assign(owner, place, slab, class, blocks);
    return 0;
}

static __attribute__((noinline, cold)) int create_at_last(struct kheap *heap, struct owner *owner, size_t class,
                                                          size_t blocks)
{
    return create(heap, owner, class, blocks);
}

/* When no run holds both a descriptor block and a slab: each off a run of its own. */
static __attribute__((noinline, cold)) int create_apart(struct kheap *heap, struct owner *owner, size_t class,
                                                        size_t blocks)
{
    struct place place = kheap_carve(heap, 0);
    if (place.heap == NULL) {
        return -ENOMEM;
    }
    struct slab *unused = make_descriptor_block(heap, place);
    (void)return_descriptor(&heap->slabs, unused); /* the only descriptor block is idle now */
    int status = create_at_last(heap, owner, class, blocks);
    if (status != 0) {
        (void)slab_relieve(heap);
    }
    return status;
}

static __attribute__((noinline, cold)) int create_smaller(struct kheap *heap, struct owner *owner, size_t class,
                                                          int status)
{
    size_t least = heap_blocks_for(size_classes[class].size);
    if (least < blocks_wanted(owner, class)) {
        status = create_at_last(heap, owner, class, least);
    }
    bool none = heap->slabs.spare == NULL && heap->slabs.idle == NULL;
    return status == -ENOMEM && none ? create_apart(heap, owner, class, least) : status;
}

static bool lends(const struct owner *owner, struct slab_bin *lender)
{
    return owner->slab_blocks[lender - owner->bins] <= SLAB_LENDER_BLOCKS &&
           (has_object(lender) || slab_advance(lender));
}

struct slab_bin *slab_find_lender(struct owner *owner, struct slab_bin *bin, size_t size)
{
    struct slab_bin *lender = bin + 1;
    const struct slab_bin *end = &owner->bins[SIZE_CLASSES];
    if (owner->runs == NULL || owner->slab_blocks[bin - owner->bins] > 1) {
        return NULL;
    }
    for (size_t looks = 0; looks < SLAB_LENDERS && lender < end && slab_may_lend(lender->size, size);
         looks++, lender++) {
        if (lends(owner, lender)) {
            return lender;
        }
    }
    return NULL;
}

void slab_destroy(struct kheap *heap, struct slab *slab)
{
    size_t blocks = slab_blocks(slab);
    struct place place = place_of(heap, slab->start);
    take_away(heap, slab, blocks);
    if (heap->slabs.kept[slab->class] == slab) {
        heap->slabs.kept[slab->class] = NULL;
    }
    struct descriptor_block *block = return_descriptor(&heap->slabs, slab);
    heap_unset_slab(place.heap, place.block, blocks);
    if (HEAP_LIKELY(place.heap == heap->heap)) {
        heap->below += blocks;
        heap_return(place.heap, place.block, blocks - 1);
    } else {
        kheap_return(heap, place, blocks - 1);
    }
    if (block != NULL) {
        give_back_block(heap, block);
    }
}

int slab_refill(struct kheap *heap, struct owner *owner, size_t class)
{
    struct slab *kept = heap->slabs.kept[class];
    if (kept == NULL || !slab_empty(kept) || !owner_may_hold(owner, slab_blocks(kept))) {
        int status = create(heap, owner, class, blocks_wanted(owner, class));
        return status == 0 ? 0 : create_smaller(heap, owner, class, status);
    }
    size_t blocks = slab_blocks(kept);
    take_away(heap, kept, blocks);
    assign(owner, place_of(heap, kept->start), kept, class, blocks);
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
    } else {
        slab_destroy(heap, slab);
    }
}

static bool is_kept(const struct slab *slab)
{
    return slab != NULL && slab_empty(slab);
}

bool slab_relieve_owner(struct kheap *heap, owner_t owner)
{
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        struct slab *slab = heap->slabs.kept[class];
        if (is_kept(slab) && slab->owner == owner) {
            slab_destroy(heap, slab);
            return true;
        }
    }
    return false;
}

static bool relieve_any_owner(struct kheap *heap)
{
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        if (is_kept(heap->slabs.kept[class])) {
            return slab_relieve_owner(heap, heap->slabs.kept[class]->owner);
        }
    }
    return false;
}

bool slab_relieve(struct kheap *heap)
{
    struct descriptor_block *block = heap->slabs.idle;
    if (block == NULL) {
        return relieve_any_owner(heap);
    }
    unlist_block(&heap->slabs.idle, block);
    give_back_block(heap, block);
    return true;
}
