/* Is this a sound plan for these inputs? Worked out again from the inputs, without the planner's helpers. */
#pragma once

#include "mm/plan.h"

/* The first broken rule as a sentence that starts with its number, NULL for a sound plan. The map is taken for
 * true (tests/oracle.h judges it).
 *
 *   P1   a refused plan has no regions and no heap bytes
 *   P2   the plan repeats its inputs: widths and image
 *   P3   reservations are sorted, page-aligned, named, and none is empty
 *   P4   low memory and everything that was handed in as reserved is reserved
 *   P5   usable memory that the direct map cannot reach is reserved
 *   P6   the page tables lie in usable memory from 1 MiB up, reserved, and in nothing else's place
 *   P7   page tables are those that the direct map needs, within the bound of mm/plan.h; its edges are exact where, and
 *        only where, that takes no more than 8 bytes for each 2 MiB plus 64 KiB
 *   P8   the page tables stand at the start of the lowest piece that holds them
 *   P9   the regions are page-aligned, not empty, sorted and disjoint, each table right before its blocks
 *   P10  a table has room for the record and an entry for each of its blocks
 *   P11  no region has more blocks than the policy allows
 *   P12  each region lies in usable memory from 1 MiB up
 *   P13  no region overlaps a reservation
 *   P14  no region lies in a piece that is too small
 *   P15  a region leaves no more than one block of its piece unused, apart from its table
 *   P16  the sums are right: usable, eligible and heap bytes
 *   P17  the direct map is page-aligned, sorted, disjoint, not touching; it maps nothing below 1 MiB and nothing that was
 *        handed in as reserved; with exact edges only pieces, without them no 2-MiB frame that no piece touches
 *   P18  the direct map covers the page tables and every region
 *   P19  a plan is refused only for its reason, and never while a piece with room for everything is free
 *   P22  the pieces are what is left of usable memory by low memory and all that was handed in as reserved, in reach
 *        and long enough */
const char *plan_check(const struct plan *plan, const struct plan_input *input);

/* What a plan has to yield on a machine's own map, as plan_check:
 *
 *   P20  heap bytes are at least 99.5 % of the eligible ones, or short by no more than a block a region
 *   P21  page tables are at most 8 bytes for each 2 MiB mapped plus 64 KiB */
const char *plan_check_yield(const struct plan *plan);
