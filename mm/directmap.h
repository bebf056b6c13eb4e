/* The direct map: page tables that make physical RAM reachable at DIRECT_MAP_BASE + physical address, read-write
 * and no-execute, with the largest pages that fit. Counting is used by the plan, building by the kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mm/range.h"

/* 4-KiB tables needed below the top level (PML4 is the caller's) for `ranges`, which are mapped to the byte:
 * page-aligned, sorted, disjoint, none empty, below DIRECT_MAP_BYTES. Ranges that touch are right too, but get no page
 * that covers both.
 *   page_bits  largest page: 21 or 30 */
uint64_t directmap_tables(const struct range *ranges, size_t count, unsigned page_bits);

/* The 512 entries of the table at physical address `table`, for the moment; resolved at link time: the kernel shows
 * it through a window, host tests through an array. The previous pointer is dead after the call. */
uint64_t *directmap_table(uint64_t table);

/* Fills in the tables and hooks them into the top-level table at physical `top`. Takes tables from `tables` front to
 * back, each cleared before use (memory is hostile). Returns the number of tables taken: exactly what
 * directmap_tables counted. Flushing is not needed: nothing was mapped there before. */
uint64_t directmap_build(uint64_t top, struct range tables, const struct range *ranges, size_t count,
                         unsigned page_bits);
