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
 * request, kheap_trim or the end of its owner takes it from there. */
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
    uint8_t unused;
};
static_assert(sizeof(struct slab) == SLAB_DESCRIPTOR_BYTES, "a descriptor is a cache line");

/* Where an owner stands in one size class. The first four fields are all that the fast path of kmalloc reads. */
struct slab_bin {
    uint64_t *word;      /* of the active slab's `free`; without an active slab: one that has nothing */
    uint64_t taken;      /* what `*word` says when nothing is left in it                              */
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
    struct descriptor_block *idle;   /* those with none in use, to be given back                                */
};

/* Classes of at least SLAB_ONE_WORD bytes have at most 64 objects in a slab: one word. Smaller ones have
 * SLAB_OBJECTS_MAX: each bit of each word is an object. */
enum { SLAB_ONE_WORD = 64 };

struct kheap;
struct owner;

static inline size_t slab_blocks(const struct slab *slab)
{
    return size_classes[slab->class].blocks;
}

/* What word `word` of a slab of the class says when all its objects are taken. */
uint64_t slab_taken(size_t class, size_t word);

/* Points the bin to the first word of its active slab that has an object: whether there is one. */
static inline bool slab_find_word(struct slab_bin *bin)
{
    struct slab *slab = bin->active;
    for (size_t word = 0; word < SLAB_WORDS; word++) {
        if (slab->free[word] != 0) {
            bin->word = &slab->free[word];
            bin->base = slab->start + word * 64 * bin->size;
            return true;
        }
    }
    return false;
}

/* Goes on to the next word of a bin, or to its next slab that has room: whether there was one. The bin's word has nothing
 * left. */
static inline bool slab_advance(struct slab_bin *bin)
{
    struct slab *slab = bin->active;
    bool one_word = bin->size >= SLAB_ONE_WORD;
    if (!one_word && slab != NULL && slab_find_word(bin)) {
        return true;
    }
    if (slab == NULL || slab == bin->last) {
        return false;
    }
    struct slab *next = slab->next;
    slab->reciprocal = 0;
    bin->active = next;
    bin->word = &next->free[0];
    bin->base = next->start;
    return one_word || slab_find_word(bin);
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

/* The bins of a new owner. */
void slab_bins_init(struct slab_bin *bins);

/* Sees to it that the active slab's word of the owner's bin has an object: 0, -ENOMEM or -EQUOTA. At most one run
 * operation. */
int slab_refill(struct kheap *heap, struct owner *owner, size_t class);

/* A free has left nothing but ones in a word of the slab: keeps or gives back the slab if it is empty. */
void slab_emptied(struct kheap *heap, struct slab *slab);

/* Takes the slab away from its owner and gives it back, whatever lives in it. One run operation. */
void slab_destroy(struct kheap *heap, struct slab *slab);

/* Gives back one thing that is kept: an idle descriptor block or an empty slab; whether there was one. One run
 * operation. */
bool slab_relieve(struct kheap *heap);

/* The number of the object that starts at `ptr`, an address in the slab; SLAB_OBJECTS_MAX when none does. */
size_t slab_object_at(const struct slab *slab, uintptr_t ptr);
