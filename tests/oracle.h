/* The judge of memory maps: says what a firmware list means, address by address, straight from the rules of
 * docs/memory.md. Written without a look at mm/memmap.c and core/e820.c, with another algorithm, and slow. */
#pragma once

#include <stddef.h>

#include "mm/memmap.h"
#include "tests/maps.h"

struct oracle {
    struct memory_range ranges[MEMMAP_RANGES_MAX]; /* whole pages, sorted, disjoint, equal neighbours merged */
    size_t count;
};

/* What the list means on a CPU with `phys_bits` (12 to 64) address bits. `oracle` is written whole. Time is the
 * square of `map->count`. */
void oracle_read(struct oracle *oracle, const struct firmware_map *map, unsigned phys_bits);

/* The first difference between `map` and the oracle as a sentence, NULL when they are the same, range by range. */
const char *oracle_difference(const struct oracle *oracle, const struct memmap *map);
