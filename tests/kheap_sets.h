/* The kernel heap as sets: what is live, whose it is, and what follows from that alone. It knows nothing of tables, bins,
 * slabs' descriptors or where the next allocation goes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/kheap.h"
#include "mm/owner.h"

enum { SETS_LIVE_MAX = 40, SETS_OWNERS = 3 };

/* One live allocation. */
struct piece {
    uint32_t start; /* bytes from the start of memory       */
    uint16_t bytes; /* as asked for                         */
    uint8_t owner;  /* which of the owners, 0 is the kernel */
    uint8_t zero;   /* in place of padding: sets are compared byte by byte */
};
static_assert(sizeof(struct piece) == 8, "a piece has no padding");

struct sets {
    uint8_t count;
    bool ended[SETS_OWNERS];
    struct piece live[SETS_LIVE_MAX]; /* by start; zero from `count` on */
};
static_assert(offsetof(struct sets, live) == 1 + SETS_OWNERS * sizeof(bool), "sets have no padding");

static inline bool is_small(size_t bytes)
{
    return size_is_small(bytes);
}

/* The bytes that an allocation takes from all others: its object or its blocks. */
static inline size_t footprint(size_t bytes)
{
    return is_small(bytes) ? size_classes[size_class_of(bytes)].size : heap_blocks_for(bytes) * HEAP_BLOCK_SIZE;
}

static inline size_t end_of(const struct piece *piece)
{
    return piece->start + footprint(piece->bytes);
}

/* The allocation that holds the byte `at`, or NULL. */
static inline const struct piece *sets_over(const struct sets *sets, size_t at)
{
    for (size_t i = 0; i < sets->count; i++) {
        if (sets->live[i].start <= at && at < end_of(&sets->live[i])) {
            return &sets->live[i];
        }
    }
    return NULL;
}

/* An allocation that has bytes in the block of `at`, or NULL. */
static inline const struct piece *sets_in_block(const struct sets *sets, size_t at)
{
    size_t block = at / HEAP_BLOCK_SIZE * HEAP_BLOCK_SIZE;
    for (size_t i = 0; i < sets->count; i++) {
        if (sets->live[i].start < block + HEAP_BLOCK_SIZE && block < end_of(&sets->live[i])) {
            return &sets->live[i];
        }
    }
    return NULL;
}

/* Whether a new allocation could be there: it touches no other, and small objects share a block only with their like. */
static inline bool sets_disjoint(const struct sets *sets, const struct piece *new)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct piece *old = &sets->live[i];
        bool like = is_small(old->bytes) && is_small(new->bytes) &&
                    old->owner == new->owner &&footprint(old->bytes) == footprint(new->bytes);
        size_t grain = like ? 1 : HEAP_BLOCK_SIZE;
        if (old->start / grain * grain < end_of(new) && new->start / grain *grain < end_of(old)) {
            return false;
        }
    }
    return true;
}

/* Blocks that `owner` must be charged for: its runs, and each block that has objects. (Slabs of one block.) */
static inline size_t sets_blocks(const struct sets *sets, unsigned owner)
{
    size_t blocks = 0;
    size_t last = SIZE_MAX; /* the block counted last: pieces are sorted */
    for (size_t i = 0; i < sets->count; i++) {
        const struct piece *piece = &sets->live[i];
        size_t block = piece->start / HEAP_BLOCK_SIZE;
        if (piece->owner == owner && block != last) {
            blocks += heap_blocks_for(footprint(piece->bytes));
            last = block;
        }
    }
    return blocks;
}

/* Whether `owner` has a slab in which one more object of `bytes` bytes fits: that request must not fail. */
static inline bool sets_has_slot(const struct sets *sets, unsigned owner, size_t bytes)
{
    size_t in_block = 0;
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < sets->count; i++) {
        const struct piece *piece = &sets->live[i];
        if (piece->owner != owner || !is_small(piece->bytes) || footprint(piece->bytes) != footprint(bytes)) {
            continue;
        }
        size_t block = piece->start / HEAP_BLOCK_SIZE;
        if (block != last && last != SIZE_MAX && in_block < HEAP_BLOCK_SIZE / footprint(bytes)) {
            return true;
        }
        in_block = block == last ? in_block + 1 : 1;
        last = block;
    }
    return last != SIZE_MAX && in_block < HEAP_BLOCK_SIZE / footprint(bytes);
}

/* What a free of the byte `at` by `owner` must come to, where the sets alone decide it; FREE_NOT_A_START: a refusal for
 * whatever reason. */
static inline enum free_fault sets_fault(const struct sets *sets, unsigned owner, size_t at)
{
    const struct piece *there = sets_over(sets, at);
    if (there != NULL && there->start == at) {
        return there->owner == owner ? FREE_OK : FREE_FOREIGN;
    }
    const struct piece *near = there != NULL ? there : sets_in_block(sets, at);
    if (near == NULL) {
        return FREE_NOT_A_START;
    }
    if (!is_small(near->bytes)) {
        return at % HEAP_BLOCK_SIZE != 0 ? FREE_UNALIGNED : FREE_INSIDE_RUN;
    }
    size_t size = footprint(near->bytes);
    size_t offset = at % HEAP_BLOCK_SIZE;
    return offset % size == 0 && offset + size <= HEAP_BLOCK_SIZE ? FREE_ALREADY_FREE : FREE_NOT_AN_OBJECT;
}

static inline void sets_add(struct sets *sets, struct piece piece)
{
    size_t i = sets->count++;
    for (; i > 0 && sets->live[i - 1].start > piece.start; i--) {
        sets->live[i] = sets->live[i - 1];
    }
    sets->live[i] = piece;
}

static inline void sets_remove(struct sets *sets, size_t which)
{
    sets->count--;
    for (size_t i = which; i < sets->count; i++) {
        sets->live[i] = sets->live[i + 1];
    }
    sets->live[sets->count] = (struct piece){0, 0, 0, 0}; /* equal sets are equal bytes */
}

/* Everything of `owner` is gone, and so is the owner. */
static inline void sets_end(struct sets *sets, unsigned owner)
{
    for (size_t i = sets->count; i-- > 0;) {
        if (sets->live[i].owner == owner) {
            sets_remove(sets, i);
        }
    }
    sets->ended[owner] = true;
}
