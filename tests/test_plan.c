/* mm/plan.c: where page tables and heap lie around the image and other reservations. */
#include "tests/plan_fixture.h"

/*   1M                      129M
 *   |UUUUUUUUUUUUUUUUUUUUUUUU|
 *   |P|tt|bbbbbbbbbbbbbbbbbbb|     4 tables: two levels, and one for each ragged edge */
static void page_tables_stand_at_the_start_and_the_region_takes_the_rest(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 129 * MIB));
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_true(plan.exact_edges);
    assert_range(plan.page_tables, 1 * MIB, 1 * MIB + 4 * PAGE);
    assert_int_equal(plan.region_count, 1);
    assert_region(0, 1 * MIB + 4 * PAGE, 129 * MIB);
    /* 32764 pages: 512 bytes, and 16 for each of 32636 blocks, are 128 pages, rounded up */
    assert_range(plan.regions[0].table, 1 * MIB + 4 * PAGE, 1 * MIB + (4 + 128) * PAGE);
    assert_int_equal(plan.usable_bytes, 128 * MIB);
    assert_int_equal(plan.eligible_bytes, 128 * MIB - 4 * PAGE);
    assert_int_equal(plan.heap_bytes, 32636 * PAGE);
    assert_int_equal(plan.direct_map_count, 1);
    assert_range(plan.direct_map[0], 1 * MIB, 129 * MIB);
    assert_int_equal(plan.phys_bits, 52);
    assert_int_equal(plan.page_bits, 21);
}

static void memory_below_1_mib_is_never_used(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(0, 640 * KIB), USABLE(640 * KIB, 3 * MIB));
    assert_range(reserved_as("low-memory"), 0, 1 * MIB);
    assert_int_equal(plan.page_tables.start, 1 * MIB);
    assert_int_equal(plan.usable_bytes, 2 * MIB);
}

static void larger_pages_of_the_direct_map_need_fewer_tables(void **state)
{
    (void)state;
    input.page_bits = 30;
    PLAN(no_image, USABLE(1 * GIB, 5 * GIB));
    assert_int_equal(range_bytes(plan.page_tables), 1 * PAGE);
    assert_int_equal(plan.page_bits, 30);
    hostile_memory(state);
    PLAN(no_image, USABLE(1 * GIB, 5 * GIB));
    assert_int_equal(range_bytes(plan.page_tables), 5 * PAGE);
}

/*   4M     8M  9M     16M
 *   |UUUUUU|III|UUUUUUU|
 *   |Ptbbbb|   |tbbbbbb|      two regions, the tables in the lower one */
static void an_image_inside_a_region_splits_it(void **state)
{
    (void)state;
    PLAN(RANGE(8 * MIB, 9 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 2);
    assert_int_equal(plan.page_tables.start, 4 * MIB);
    assert_region(0, plan.page_tables.end, 8 * MIB);
    assert_region(1, 9 * MIB, 16 * MIB);
    assert_range(plan.image, 8 * MIB, 9 * MIB);
    assert_range(reserved_as("image"), 8 * MIB, 9 * MIB);
    assert_range(plan.direct_map[0], 4 * MIB, 8 * MIB);
    assert_range(plan.direct_map[1], 9 * MIB, 16 * MIB);
}

/*   4M  5M        16M
 *   |III|UUUUUUUUU|
 *   |   |Ptbbbbbbb|           */
static void an_image_at_the_lower_edge_moves_the_start(void **state)
{
    (void)state;
    PLAN(RANGE(4 * MIB, 5 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 1);
    assert_int_equal(plan.page_tables.start, 5 * MIB);
    assert_region(0, plan.page_tables.end, 16 * MIB);
}

/*   4M        15M 16M
 *   |UUUUUUUUU|III|
 *   |Ptbbbbbbb|   |           */
static void an_image_at_the_upper_edge_moves_the_end(void **state)
{
    (void)state;
    PLAN(RANGE(15 * MIB, 16 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 1);
    assert_region(0, plan.page_tables.end, 15 * MIB);
}

/*   3M 4M 5M       16M             15M 16M 17M
 *   |II|II|UUUUUUUU|       |UUUUUUUU|II|II|       the part outside changes nothing */
static void an_image_over_an_edge_takes_only_what_lies_inside(void **state)
{
    (void)state;
    PLAN(RANGE(3 * MIB, 5 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.page_tables.start, 5 * MIB);
    assert_int_equal(plan.region_count, 1);
    hostile_memory(state);
    PLAN(RANGE(15 * MIB, 17 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 1);
    assert_region(0, plan.page_tables.end, 15 * MIB);
}

/*   4M     8M  9M  10M     16M
 *   |UUUUUU|...rrrr...|UUUUUU|
 *        |IIIIIIIIIIIIIII|         7M to 11M, across the hole into the next range */
static void an_image_across_two_regions_cuts_both(void **state)
{
    (void)state;
    PLAN(RANGE(7 * MIB, 11 * MIB), USABLE(4 * MIB, 8 * MIB), HOLE(8 * MIB, 10 * MIB), USABLE(10 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 2);
    assert_region(0, plan.page_tables.end, 7 * MIB);
    assert_region(1, 11 * MIB, 16 * MIB);
}

/*   4M     8M     10M     16M
 *   |IIIIIIII|rrrr|UUUUUUUU|       nothing of the first range is left, not even an empty piece */
static void an_image_that_fills_a_region_leaves_the_others(void **state)
{
    (void)state;
    PLAN(RANGE(4 * MIB, 8 * MIB), USABLE(4 * MIB, 8 * MIB), HOLE(8 * MIB, 10 * MIB), USABLE(10 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 1);
    assert_int_equal(plan.direct_map_count, 1);
    assert_int_equal(plan.page_tables.start, 10 * MIB);
    assert_int_equal(plan.usable_bytes, 10 * MIB); /* usable, though not eligible */
}

/*   2M 3M  4M       16M
 *   |II|...|UUUUUUUU|              */
static void an_image_outside_every_region_changes_nothing(void **state)
{
    (void)state;
    PLAN(RANGE(2 * MIB, 3 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 1);
    assert_int_equal(plan.page_tables.start, 4 * MIB);
    assert_region(0, plan.page_tables.end, 16 * MIB);
}

/* An image is slid over a region page by page: every position around both edges. */
static void an_image_at_every_page_around_a_region_is_never_inside_a_region(void **state)
{
    for (uint64_t start = 4 * MIB - 20 * PAGE; start < 5 * MIB + 4 * PAGE; start += PAGE) {
        hostile_memory(state);
        struct range image = RANGE(start, start + 19 * PAGE);
        PLAN(image, USABLE(4 * MIB, 5 * MIB), USABLE(8 * MIB, 12 * MIB));
        assert_int_equal(plan.verdict, PLAN_OK);
        uint64_t taken = range_bytes(range_common(image, RANGE(4 * MIB, 5 * MIB)));
        uint64_t own = range_bytes(plan.page_tables);
        assert_true(plan.eligible_bytes + taken + own <= 5 * MIB);
        assert_true(plan.eligible_bytes + taken + own + 2 * 64 * KIB > 5 * MIB); /* two pieces at most too small */
    }
}

static void reservations_off_the_page_grid_cost_whole_pages(void **state)
{
    (void)state;
    PLAN(RANGE(8 * MIB + 1, 9 * MIB - 1), USABLE(4 * MIB, 16 * MIB));
    assert_range(reserved_as("image"), 8 * MIB, 9 * MIB);
    assert_region(0, plan.page_tables.end, 8 * MIB);
    assert_region(1, 9 * MIB, 16 * MIB);
}

/*   4M   6M  7M  8M  9M      16M
 *   |UUUU|aaaaaaa|UUUUUUUUUUUU|       b overlaps a, c lies inside b
 *        |   |bbbbbbb|
 *            |cc|                      */
static void overlapping_reservations_are_taken_out_once(void **state)
{
    (void)state;
    reserve("b", RANGE(7 * MIB, 9 * MIB));
    reserve("a", RANGE(6 * MIB, 8 * MIB));
    reserve("c", RANGE(7 * MIB, 7 * MIB + 64 * KIB));
    PLAN(no_image, USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.region_count, 2);
    assert_region(0, plan.page_tables.end, 6 * MIB);
    assert_region(1, 9 * MIB, 16 * MIB);
}

static void reservations_are_listed_by_start_with_the_plans_own(void **state)
{
    (void)state;
    const char *const names[] = {"low-memory", "handoff", "page-tables", "image", "module"};
    reserve("module", RANGE(12 * MIB, 13 * MIB));
    reserve("handoff", RANGE(64 * KIB, 128 * KIB));
    PLAN(RANGE(8 * MIB, 9 * MIB), USABLE(4 * MIB, 16 * MIB));
    assert_int_equal(plan.reserved_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(plan.reserved[i].name, names[i]);
    }
    assert_range(reserved_as("page-tables"), plan.page_tables.start, plan.page_tables.end);
}

static void a_reservation_of_nothing_is_left_out(void **state)
{
    (void)state;
    reservations[input.reserved_count++] = (struct reservation){"nothing", RANGE(5 * MIB, 5 * MIB)};
    memmap_build(&map, (const MemoryMapEntry[]){USABLE(4 * MIB, 16 * MIB)}, 1, 52);
    plan_make(&plan, &input);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_int_equal(plan.reserved_count, 2);
    assert_int_equal(plan.region_count, 1);
}

static void a_reservation_that_reaches_over_the_width_is_clipped(void **state)
{
    (void)state;
    reservations[input.reserved_count++] = (struct reservation){"top", RANGE(12 * MIB + 1, UINT64_MAX)};
    memmap_build(&map, (const MemoryMapEntry[]){USABLE(4 * MIB, 16 * MIB)}, 1, 36);
    plan_make(&plan, &input);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_range(reserved_as("top"), 12 * MIB, 64 * GIB);
    assert_region(0, plan.page_tables.end, 12 * MIB);
}

static void as_many_reservations_as_promised_fit(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < PLAN_RESERVED_GIVEN_MAX; i++) {
        reserve("module", RANGE((2 + i) * MIB, (2 + i) * MIB + 512 * KIB));
    }
    PLAN(no_image, USABLE(1 * MIB, 64 * MIB), USABLE(64 * TIB, 65 * TIB));
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_int_equal(plan.reserved_count, PLAN_RESERVED_MAX);
    assert_int_equal(plan.region_count, PLAN_RESERVED_GIVEN_MAX + 1);
}

static void more_reservations_than_promised_are_refused(void **state)
{
    (void)state;
    for (uint64_t i = 0; i <= PLAN_RESERVED_GIVEN_MAX; i++) {
        reserve("module", RANGE((2 + i) * MIB, (2 + i) * MIB + 512 * KIB));
    }
    PLAN(no_image, USABLE(1 * MIB, 64 * MIB));
    assert_refused(PLAN_TOO_MANY_RESERVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(page_tables_stand_at_the_start_and_the_region_takes_the_rest),
        TEST(memory_below_1_mib_is_never_used),
        TEST(larger_pages_of_the_direct_map_need_fewer_tables),
        TEST(an_image_inside_a_region_splits_it),
        TEST(an_image_at_the_lower_edge_moves_the_start),
        TEST(an_image_at_the_upper_edge_moves_the_end),
        TEST(an_image_over_an_edge_takes_only_what_lies_inside),
        TEST(an_image_across_two_regions_cuts_both),
        TEST(an_image_that_fills_a_region_leaves_the_others),
        TEST(an_image_outside_every_region_changes_nothing),
        TEST(an_image_at_every_page_around_a_region_is_never_inside_a_region),
        TEST(reservations_off_the_page_grid_cost_whole_pages),
        TEST(overlapping_reservations_are_taken_out_once),
        TEST(reservations_are_listed_by_start_with_the_plans_own),
        TEST(a_reservation_of_nothing_is_left_out),
        TEST(a_reservation_that_reaches_over_the_width_is_clipped),
        TEST(as_many_reservations_as_promised_fit),
        TEST(more_reservations_than_promised_are_refused),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
