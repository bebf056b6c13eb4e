/* The kernel heap over memory that comes and goes: in ring 3, where a server has a window onto all memory of the machine, of which
 * the kernel grants it blocks, others give it some, and it gives some back and away. Each region covers a piece of the
 * window, and nearly all of its blocks are *away*: their entries say that they are inside a run, of which there is no
 * start. So nothing merges with them and no free of them is good, and any of them can come, and any run can go, in
 * constant time. No entry needs proof: table memory that was never touched must read as if it all were inside a run
 * (WINDOW_BLANK), which is how whoever maps it on demand fills it.
 *
 *   | away ...... | live | free | live | away .......................... |
 *   0                                  reached                          total      what walks over runs looks no further
 *
 * All calls are those of the one thread of a server. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "mm/kheap.h"

/* An entry of table memory that nobody has touched. */
#define WINDOW_BLANK ((HEAP_BLOCK_TABLE_ENTRY){.tag = TAG_INSIDE})

/* Where a window is, and where what the heap knows of its blocks goes. */
struct window_plan {
    uintptr_t table; /* KHEAP_NOTES_BYTES and an entry a block for each region, from here on; blank */
    uintptr_t start; /* the address of block 0 of the window                                        */
    size_t blocks;   /* at least HEAP_LINE_ENTRIES; at most WINDOW_REGIONS_MAX regions' worth       */
};
enum { WINDOW_REGIONS_MAX = 8 };

/* Region by region: its record, an entry a block, and the guard behind them; aligned as entries must be. */
#define WINDOW_TABLE_STRIDE (KHEAP_NOTES_BYTES + HEAP_BLOCKS_MAX * sizeof(HEAP_BLOCK_TABLE_ENTRY))

/* Where the entry of a block of the window is. */
static inline uintptr_t window_entry(uintptr_t table, size_t block)
{
    return table + block / HEAP_BLOCKS_MAX * WINDOW_TABLE_STRIDE + KHEAP_RECORD_BYTES +
           block % HEAP_BLOCKS_MAX * sizeof(HEAP_BLOCK_TABLE_ENTRY);
}

/* Instead of kheap_use and kheap_init: nothing is there yet, and kmalloc finds nothing. The one owner that there is has no quota and
 * no lists: the kernel's place is the server's. Takes the same few instructions for any
 * window, and touches a page of the table for each HEAP_BLOCKS_MAX blocks. */
void kheap_window_open(const struct window_plan *plan);

/* Blocks come: from now on they are free, or, where `live`, an allocation that kfree takes. 0, or -EINVARG and nothing has
 * changed, when they are none, or not in one region's window. The caller vouches that they were away. */
int kheap_window_adopt(void *ptr, size_t blocks, bool live);

/* An allocation goes: returns its blocks, which are away from now on. 0: refused as by kfree, and reported; an object in a
 * slab is FREE_SMALL. */
size_t kheap_window_part(void *ptr);

/* A free run of those that are about the longest goes: returns its blocks, and where they are. 0: there is none. */
size_t kheap_window_part_free(void **ptr);

/* Blocks that are not away. */
size_t kheap_window_held(void);
