/* Whether a heap is sound. For the self-check, the tests and the debugger: outside every bound.
 *
 * The invariants, by number (docs/memory.md quotes them):
 *   H1  The record makes sense: it has blocks and starts on a block's boundary.
 *   H2  The proof is sound: the lines listed as written are different lines of the table, each knows its place in the
 *       list, the last entry was written, and so was every entry that needs no proof.
 *   H3  Block 0 starts a run, and each run starts where the one before ends: its first entry was written and says so.
 *   H4  A run ends in the table: its first entry gives its length (of a long run the second), and of a free run the last
 *       entry too; a slab's entries all name the slab and its owner. The last entry of each was written.
 *   H5  No end is dead: apart from the runs' own ends, every written entry says that it is inside a run.
 *   H6  No free run has a free neighbour.
 *   H7  Each free run is listed once, in the bin of its length, by links that agree in both directions.
 *   H8  A bin that is marked as filled lists free runs only. */
#pragma once

#include <stdint.h>

#include "mm/heap.h"

/* The first invariant that is broken, as a sentence that starts with its number; NULL when all hold. Reads nothing
 * outside the record and the table, and ends, however broken they are. Time is proportional to runs and lines written. */
const char *heap_check(const heap_t *heap);

/* A number that changes when anything changes that later calls depend on: runs, their order in the bins, entries
 * written. For a sound heap. */
uint64_t heap_digest(const heap_t *heap);
