/* A pretended memory map, for tests: the kernel boots on a list that is not the machine's own, but never touches memory
 * that the machine does not have. */
#pragma once

#include <stdint.h>

#include "mm/memmap.h"

/* Adds a reserved entry to the list for each stretch of addresses that `real` does not call usable.
 *   entries   *count of them are the pretended list; room for `capacity`
 *   real      the machine's own map
 * 0, or -ENOMEM with nothing written when there is not enough room. */
int pretend_limit(MemoryMapEntry *entries, uint32_t *count, uint32_t capacity, const struct memmap *real);
