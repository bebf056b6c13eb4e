/* Bins: sizes from 0 to 2^32 - 1 sorted into classes, and a map of the bins that list something. Sizes below 64 have a bin
 * each (that is where good fit is won), larger ones share two to a power of two. What a bin lists, and how, is its
 * user's affair: mm/heap_runs.h lists free runs by length, mm/kheap_regions.c regions by their longest free run. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BINS_EXACT_BITS = 6,
    BINS_EXACT = 1 << BINS_EXACT_BITS, /* smaller sizes have a bin each           */
    BINS_SPLIT_BITS = 1,
    BINS_SPLIT = 1 << BINS_SPLIT_BITS, /* bins to a power of two from there on */
    BINS_COUNT = BINS_EXACT + (32 - BINS_EXACT_BITS) * BINS_SPLIT,
    BINS_WORDS = (BINS_COUNT + 63) / 64,
    BINS_NONE = BINS_COUNT,
};

struct bins {
    uint32_t first[BINS_COUNT];  /* what a bin lists first; meaningful where its bit is set */
    uint64_t filled[BINS_WORDS]; /* bit b: bin b lists something                            */
};

static_assert(BINS_EXACT == 64, "the first word of the map is the exact bins");

/* The bin that lists `size`, from BINS_EXACT up and below 2^32: one of BINS_SPLIT by the digits that follow the first. */
static inline size_t bins_of_long(size_t size)
{
    unsigned highest = 63 - (unsigned)__builtin_clzll(size);
    return BINS_EXACT + (highest - BINS_EXACT_BITS - 1) * BINS_SPLIT + (size >> (highest - BINS_SPLIT_BITS));
}

/* The bin that lists `size`, below 2^32. Monotonic. */
static inline size_t bins_of(size_t size)
{
    if (size < BINS_EXACT) {
        return size;
    }
    return bins_of_long(size);
}

/* Whether two sizes from BINS_EXACT up have the same bin: they begin with the same digits. */
static inline bool bins_same_long(size_t one, size_t other)
{
    unsigned highest = 63 - (unsigned)__builtin_clzll(one);
    return (one ^ other) >> (highest - BINS_SPLIT_BITS) == 0;
}

/* The smallest size that a bin from BINS_EXACT up lists. */
static inline size_t bins_floor_long(size_t bin)
{
    size_t step = bin - BINS_EXACT;
    return (BINS_SPLIT + step % BINS_SPLIT) << (step / BINS_SPLIT + BINS_EXACT_BITS - BINS_SPLIT_BITS);
}

/* The smallest size that `bin` lists. */
static inline size_t bins_floor(size_t bin)
{
    if (bin < BINS_EXACT) {
        return bin;
    }
    return bins_floor_long(bin);
}

/* The lowest bin in which everything is at least `size`, below 2^32; BINS_NONE when there is no such bin. */
static inline size_t bins_fitting(size_t size)
{
    return size < BINS_EXACT ? size : bins_of(size - 1) + 1;
}

/* The lowest bin from BINS_EXACT up that lists something, or BINS_NONE. */
static inline size_t bins_find_long(const struct bins *bins)
{
    return bins->filled[1] != 0 ? BINS_EXACT + (size_t)(unsigned)__builtin_ctzll(bins->filled[1]) : (size_t)BINS_NONE;
}
static_assert(BINS_WORDS == 2,
              "all long bins share a word: which it is makes no difference, and so a heap's size does not");

/* The lowest bin from `bin` up that lists something, or BINS_NONE. Looks at every word, from the top: the cost does not
 * depend on which bin it is, and so not on the size of a heap. */
static inline size_t bins_find(const struct bins *bins, size_t bin)
{
    size_t found = BINS_NONE;
    for (size_t word = BINS_WORDS; word-- > 0;) {
        uint64_t from = word * 64 >= bin ? ~UINT64_C(0) : 0;
        uint64_t here = word == bin / 64 ? ~UINT64_C(0) << (bin % 64) : from;
        uint64_t candidates = bins->filled[word] & here;
        size_t lowest = word * 64 + (size_t)__builtin_ctzll(candidates | UINT64_C(1) << 63);
        found = candidates != 0 ? lowest : found;
    }
    return found;
}

/* The next bin after `bin` that lists something, or BINS_NONE: for walks over all of them. */
static inline size_t bins_after(const struct bins *bins, size_t bin)
{
    return bin + 1 < BINS_COUNT ? bins_find(bins, bin + 1) : (size_t)BINS_NONE;
}

/* The highest bin that lists something, or BINS_NONE. Looks at every word, likewise. */
static inline size_t bins_highest(const struct bins *bins)
{
    size_t found = BINS_NONE;
    for (size_t word = 0; word < BINS_WORDS; word++) {
        uint64_t candidates = bins->filled[word];
        size_t highest = word * 64 + 63 - (size_t)__builtin_clzll(candidates | 1);
        found = candidates != 0 ? highest : found;
    }
    return found;
}

static inline bool bins_filled(const struct bins *bins, size_t bin)
{
    return (bins->filled[bin / 64] >> (bin % 64) & 1) != 0;
}

static inline void bins_set_filled(struct bins *bins, size_t bin)
{
    bins->filled[bin / 64] |= UINT64_C(1) << (bin % 64);
}

static inline void bins_set_empty(struct bins *bins, size_t bin)
{
    bins->filled[bin / 64] &= ~(UINT64_C(1) << (bin % 64));
}
