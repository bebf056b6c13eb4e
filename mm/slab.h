/* Slabs: runs of a few blocks for small objects of one size class and one owner. All that is known of a slab stands in a
 * descriptor outside it; the objects are never read or written here. Descriptors live in descriptor blocks, which belong to
 * OWNER_HEAP; each block's table entry of a slab names the descriptor.
 *
 * An owner's slabs of one class form a ring: the active slab, which objects are taken from; the partial ones, which have
 * room; and the full ones.
 *
 *     active -> partial -> ... -> partial (last) -> full -> ... -> full -> back to active
 *
 * An active slab that has run out is full as soon as the next one is active: it is in the right place already. A full slab
 * that gets room becomes the last partial one, so that it has the longest time to get more. At most one empty slab of a
 * class is kept, in the whole heap (struct slab_store); it stays in its ring, and only another owner's need, a failing
 * request or gift, kheap_trim or the end of its owner takes it from there. So is one descriptor block with none in use. */
#pragma once

#include <assert.h>
#include <stdbool.h>

#include "mm/heap.h"
#include "mm/size_class.h"

enum {
    SLAB_WORDS = SLAB_OBJECTS_MAX / 64,
    SLAB_DESCRIPTOR_BYTES = 64,                                 /* a cache line */
    SLAB_DESCRIPTORS = HEAP_BLOCK_SIZE / SLAB_DESCRIPTOR_BYTES, /* in a block; the first is its head */
};

struct slab {
    /* Bit i % 64 of word i / 64: object i may be handed out. Bits past the last object are set too, so that no such
     * address can be freed; they are never handed out (slab_taken). */
    uint64_t free[SLAB_WORDS];
    uintptr_t start;   /* address of object 0, and of the first block                   */
    struct slab *next; /* in the ring                                                   */
    struct slab *prev;
    uint32_t reciprocal; /* the class's; 0 in a full slab: kfree then takes a slower path */
    owner_t owner;
    uint8_t class;
    uint8_t last_object; /* its number: objects in the slab, less one */
};
static_assert(sizeof(struct slab) == SLAB_DESCRIPTOR_BYTES, "a descriptor is a cache line");

/* Where an owner stands in one size class. The first four fields are all that the fast path of kmalloc reads. */
struct slab_bin {
    uint64_t *word;      /* of the active slab's `free`; without an active slab: one that has nothing */
    uint64_t taken;      /* what `*word` says when nothing is left in it (slab_taken)                 */
    uintptr_t base;      /* address of the object of the word's bit 0                                 */
    size_t size;         /* of an object                                                              */
    struct slab *active; /* NULL: there is no slab                                                */
    struct slab *last;   /* partial one; the active slab when there is none                       */
};

/* The first descriptor of a descriptor block. */
struct descriptor_block {
    uint64_t free; /* bit i: descriptor i is not in use; bit 0 is never set */
    struct descriptor_block *next;
    struct descriptor_block *prev;
    uint8_t unused[SLAB_DESCRIPTOR_BYTES - 24];
};
static_assert(sizeof(struct descriptor_block) == SLAB_DESCRIPTOR_BYTES, "it takes the place of a descriptor");
static_assert(SLAB_DESCRIPTORS == 64, "one word says which are in use");

struct slab_store {
    struct slab *kept[SIZE_CLASSES]; /* the slab of each class that was empty last; it may have been used since */
    struct descriptor_block *spare;  /* those with some descriptors in use, and some not                        */
    struct descriptor_block *idle;   /* one with none in use, or NULL                                           */
};

static_assert((int)SLAB_BLOCKS_MAX <= (int)HEAP_LINE_ENTRIES,
              "heap_set_slab writes no entry that may not be written");

enum {
    SLAB_LENDERS = 3,        /* bins that may lend an object to the one below them       */
    SLAB_LENDER_BLOCKS = 16, /* who has more of a class is no owner of few objects there */
};

/* Whether an object of `bytes` may be lent for `size`: half as long again at most; never for a power of two, which is aligned to
 * itself. */
static inline bool slab_may_lend(size_t bytes, size_t size)
{
    return 2 * bytes <= 3 * size && (size & (size - 1)) != 0;
}

/* Classes of at least SLAB_ONE_WORD bytes have at most 64 objects in a slab: one word. */
enum { SLAB_ONE_WORD = 64 };

struct kheap;
struct owner;

static inline size_t slab_blocks(const struct slab *slab)
{
    size_t bytes = ((size_t)slab->last_object + 1) * size_classes[slab->class].size;
    return (bytes + HEAP_BLOCK_SIZE - 1) / HEAP_BLOCK_SIZE;
}

/* What word `word` of a slab says when all its objects are taken. */
static inline uint64_t slab_taken(const struct slab *slab, size_t word)
{
    size_t objects = (size_t)slab->last_object + 1;
    if (objects >= (word + 1) * 64) {
        return 0;
    }
    return objects <= word * 64 ? ~UINT64_C(0) : ~UINT64_C(0) << (objects % 64);
}

static inline void slab_use_word(struct slab_bin *bin, size_t word)
{
    struct slab *slab = bin->active;
    bin->word = &slab->free[word];
    bin->taken = slab_taken(slab, word);
    bin->base = slab->start + word * 64 * bin->size;
}

/* Points the bin to the first word of its active slab that has an object, if one has: whether one has. */
static inline bool slab_find_word(struct slab_bin *bin)
{
    const struct slab *slab = bin->active;
    size_t last = slab->last_object / 64;
    size_t word = 0;
    while (word < last && slab->free[word] == 0) {
        word++;
    }
    slab_use_word(bin, word);
    return slab->free[word] != bin->taken;
}

/* Goes on to the next word of a bin, or to its next slab that has room: whether there was one. The bin's word has nothing
 * left. */
static inline bool slab_advance(struct slab_bin *bin)
{
    struct slab *slab = bin->active;
    if (slab == NULL) {
        return false;
    }
    bool one_word = bin->size >= SLAB_ONE_WORD;
    if (!one_word && slab_find_word(bin)) {
        return true;
    }
    if (slab == bin->last) {
        return false;
    }
    slab->reciprocal = 0;
    bin->active = slab->next;
    if (!one_word) {
        return slab_find_word(bin);
    }
    slab_use_word(bin, 0);
    return true;
}

/* Marks a live object free in a full slab of the bin. */
static inline void slab_free_in_full(struct slab_bin *bin, struct slab *slab, size_t object)
{
    struct slab *last = bin->last;
    struct slab *after = last->next;
    slab->free[object / 64] |= UINT64_C(1) << (object % 64);
    slab->reciprocal = size_classes[slab->class].reciprocal;
    bin->last = slab;
    if (after == slab) {
        return;
    }
    struct slab *prev = slab->prev;
    struct slab *next = slab->next;
    prev->next = next;
    next->prev = prev;
    slab->prev = last;
    slab->next = after;
    last->next = slab;
    after->prev = slab;
}

/* Whether all its objects are free. */
bool slab_empty(const struct slab *slab);

/* Live objects in it. Outside the bound. */
size_t slab_live(const struct slab *slab);

/* The bins of a new owner: SIZE_CLASSES, and one that stays without a slab. */
void slab_bins_init(struct slab_bin *bins);

/* For a request of `size` bytes, in whose bin of the owner slab_advance finds nothing: where an owner who has lists, and at most a
 * block for that class, finds one that is ready in the next SLAB_LENDERS bins, which have SLAB_LENDER_BLOCKS at most, rather than hold
 * a block for each of many classes; or NULL. */
struct slab_bin *slab_find_lender(struct owner *owner, struct slab_bin *bin, size_t size);

/* Gives the owner's bin, in which slab_advance finds nothing, another slab, active and with an object: 0, -ENOMEM or
 * -EQUOTA. One run operation; two where no free run holds a descriptor block beside the slab. */
int slab_refill(struct kheap *heap, struct owner *owner, size_t class);

/* A free has left nothing but ones in a word of a slab that is not kept: keeps or gives back the slab if it is empty. */
void slab_emptied(struct kheap *heap, struct slab *slab);

/* Takes the slab away from its owner and gives it back, whatever lives in it. One run operation, and another one where its
 * descriptor block becomes idle beside the idle one that is kept. */
void slab_destroy(struct kheap *heap, struct slab *slab);

/* Gives back one thing that is kept: the idle descriptor block or an empty slab; whether there was one. One run operation,
 * two where a slab's descriptor block becomes idle beside another. */
bool slab_relieve(struct kheap *heap);

/* The same for an empty slab that `owner` keeps. */
bool slab_relieve_owner(struct kheap *heap, owner_t owner);

/* The number of the object that starts at `ptr`, an address in the slab; SLAB_OBJECTS_MAX when none does. */
size_t slab_object_at(const struct slab *slab, uintptr_t ptr);
