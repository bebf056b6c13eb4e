/* What the kernel heap knows of an address, in words, for reports of faults and of bad frees. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "mm/report.h"

/* Prints a phrase that follows "0x1234 is ", without a full stop:
 *
 *     the start of a 3-block run of `store` (0x...)
 *     0x10 inside a 3-block run of `store` (0x...)
 *     0x10 past the end of a 3-block run of `store` (0x...), in a free block (5 from 0x...)
 *     0x10 past the end of a slab of 64-byte objects of `store` (0x...), in a free block (5 from 0x...)
 *     in a free block (5 from 0x...)
 *     0x8 inside a 64-byte object of `store` (0x...)
 *     0x8 inside a free 64-byte object in a slab of `store` (0x...)
 *     0x8 past the end of the last 48-byte object in a slab of `store` (0x...)
 *     in a live run with no end within 128 blocks
 *     metadata of the heap: the entry of block 7 of the region at 0x...
 *
 * An owner that has ended is a number. "Past the end" is said in the first free block behind a live run, which is where
 * writing too far gets to, and in a slab behind its last object. False, and nothing printed, when the address is neither in
 * a region nor in a region's table, nor right behind a region whose last run is live.
 * Bounded, changes nothing and takes no lock: any context. The heap must be sound; of one that is just being changed the
 * phrase may be wrong. */
bool heap_word(uintptr_t address, print_fn *print);
