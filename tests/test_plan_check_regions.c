/* The plan's rules about regions, sums, the direct map and the yield: each has a plan that breaks it. */
#include "tests/broken_plan.h"

static void a_gap_between_table_and_blocks(void)
{
    plan->regions[1].table.end -= PAGE;
}

static void ragged_blocks(void)
{
    plan->regions[1].blocks.end -= 16;
}

static void a_region_without_blocks(void)
{
    plan->regions[1].blocks.end = plan->regions[1].blocks.start;
}

static void regions_out_of_order(void)
{
    struct plan_region first = plan->regions[0];
    plan->regions[0] = plan->regions[1];
    plan->regions[1] = first;
}

static void a_region_that_is_there_twice(void)
{
    plan->regions[2] = plan->regions[1];
}

/*   |table|blocks........|      ->      |table|blocks........|
 *                                           ^ one page of the table taken for blocks */
static void a_table_short_of_entries(void)
{
    plan->regions[3].table.end -= PAGE;
    plan->regions[3].blocks.start -= PAGE;
}

static void a_region_that_should_have_been_cut(void)
{
    input->policy.region_blocks_max = 8192;
}

static void a_region_that_reaches_out_of_usable_memory(void)
{
    plan->regions[2].blocks.end += PAGE;
}

static void a_region_in_low_memory(void)
{
    plan->regions[0].table = (struct range){64 * KIB, 68 * KIB};
    plan->regions[0].blocks = (struct range){68 * KIB, 128 * KIB};
}

static void a_table_without_room_for_the_record(void)
{
    input->policy.record_bytes = 3 * PAGE;
}

static void a_region_over_the_page_tables(void)
{
    plan->regions[0].table.start = plan->page_tables.end - PAGE;
}

static void a_region_in_a_piece_below_the_threshold(void)
{
    input->policy.piece_min_bytes = 64 * KIB + PAGE;
}

static void blocks_given_away(void)
{
    plan->regions[1].blocks.end -= 2 * PAGE;
}

static void a_piece_without_a_region(void)
{
    plan->region_count--;
}

static void wrong_usable_bytes(void)
{
    plan->usable_bytes += PAGE;
}

static void wrong_eligible_bytes(void)
{
    plan->eligible_bytes += PAGE;
}

static void wrong_heap_bytes(void)
{
    plan->heap_bytes -= PAGE;
}

static void a_mapped_reservation(void)
{
    plan->direct_map[0].start = plan->image.start;
}

static void a_mapped_hole(void)
{
    plan->direct_map[plan->direct_map_count - 2].end += PAGE; /* a table for its edge is there */
}

static void touching_direct_map_ranges(void)
{
    struct range *last = &plan->direct_map[plan->direct_map_count - 1];
    last[1] = (struct range){last->end - 2 * MIB, last->end}; /* takes no more tables */
    last->end -= 2 * MIB;
    plan->direct_map_count++;
}

/* In the frame of the first piece, so that the tables are still enough. */
static void low_memory_in_the_direct_map(void)
{
    plan->direct_map[0].start = LOW_MEMORY_BYTES - PAGE;
}

static void a_forgotten_piece(void)
{
    plan->piece_count--;
}

static void an_unmapped_region(void)
{
    plan->direct_map_count--;
}

static void unmapped_page_tables(void)
{
    plan->direct_map[0].start = plan->page_tables.end;
}

static void a_heap_that_is_too_small(void)
{
    plan->heap_bytes = plan->eligible_bytes / 100 * 99;
}

static void page_tables_that_are_too_large(void)
{
    plan->page_tables.end += 64 * KIB;
}

static const struct broken all_broken[] = {
    {BROKEN(P9, a_gap_between_table_and_blocks)},
    {BROKEN(P9, ragged_blocks)},
    {BROKEN(P9, a_region_without_blocks)},
    {BROKEN(P9, regions_out_of_order)},
    {BROKEN(P9, a_region_that_is_there_twice)},
    {BROKEN(P10, a_table_short_of_entries)},
    {BROKEN(P10, a_table_without_room_for_the_record)},
    {BROKEN(P11, a_region_that_should_have_been_cut)},
    {BROKEN(P12, a_region_that_reaches_out_of_usable_memory)},
    {BROKEN(P12, a_region_in_low_memory)},
    {BROKEN(P13, a_region_over_the_page_tables)},
    {BROKEN(P14, a_region_in_a_piece_below_the_threshold)},
    {BROKEN(P15, blocks_given_away)},
    {BROKEN(P15, a_piece_without_a_region)},
    {BROKEN(P16, wrong_usable_bytes)},
    {BROKEN(P16, wrong_eligible_bytes)},
    {BROKEN(P16, wrong_heap_bytes)},
    {BROKEN(P17, a_mapped_reservation)},
    {BROKEN(P17, low_memory_in_the_direct_map)},
    {BROKEN(P17, a_mapped_hole)},
    {BROKEN(P17, touching_direct_map_ranges)},
    {BROKEN(P18, an_unmapped_region)},
    {BROKEN(P18, unmapped_page_tables)},
    {BROKEN(P22, a_forgotten_piece)},
    {LITTLE(P20, a_heap_that_is_too_small)},
    {LITTLE(P21, page_tables_that_are_too_large)},
};

int main(void)
{
    return run_broken(all_broken, sizeof all_broken / sizeof all_broken[0]);
}
