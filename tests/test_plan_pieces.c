/* mm/plan.c: small machines, refusals, and which pieces of memory are used for what. */
#include "tests/plan_fixture.h"

/* The image at 1 MiB as it is today, of up to 1 MiB. */
static void the_smallest_machine_has_2_mib_at_1_mib(void **state)
{
    (void)state;
    PLAN(RANGE(1 * MIB, 2 * MIB), USABLE(0, 639 * KIB), USABLE(1 * MIB, 3 * MIB));
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_range(plan.page_tables, 2 * MIB, 2 * MIB + 3 * PAGE);
    assert_int_equal(plan.region_count, 1);
    assert_int_equal(plan.heap_bytes, (256 - 4 - 1) * PAGE);
}

static void no_entry_at_all_is_no_usable_memory(void **state)
{
    (void)state;
    make_plan(NULL, 0, no_image);
    assert_refused(PLAN_NO_USABLE_MEMORY);
    assert_range(reserved_as("low-memory"), 0, 1 * MIB);
}

static void low_memory_alone_is_no_usable_memory(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(0, 1 * MIB), HOLE(1 * MIB, 4 * GIB));
    assert_refused(PLAN_NO_USABLE_MEMORY);
    assert_int_equal(plan.usable_bytes, 0);
}

static void memory_in_crumbs_is_no_piece(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 60 * KIB), USABLE(2 * MIB, 2 * MIB + 60 * KIB));
    assert_refused(PLAN_NO_PIECE);
    assert_int_equal(plan.usable_bytes, 120 * KIB);
}

static void memory_that_the_image_fills_is_no_piece(void **state)
{
    (void)state;
    PLAN(RANGE(1 * MIB, 3 * MIB), USABLE(1 * MIB, 3 * MIB));
    assert_refused(PLAN_NO_PIECE);
}

/* Twelve pieces of 64 KiB, each in a GiB of its own: 12 lowest-level tables and 12 above them and one are 25 pages,
 * more than the 16 of any piece. */
static void pieces_too_small_for_the_tables_are_refused(void **state)
{
    (void)state;
    MemoryMapEntry crumbs[12];
    for (uint64_t i = 0; i < 12; i++) {
        crumbs[i] = (MemoryMapEntry){(i + 1) * GIB, 64 * KIB, 1, 1};
    }
    input.policy.control_bytes = 4096;
    make_plan(crumbs, 12, no_image);
    assert_refused(PLAN_NO_ROOM_TABLES);
}

static void control_records_that_fit_nowhere_are_refused(void **state)
{
    (void)state;
    input.policy.control_bytes = 2 * MIB;
    PLAN(no_image, USABLE(1 * MIB, 3 * MIB));
    assert_refused(PLAN_NO_ROOM_TABLES);
}

/*   1M        1M+64K
 *   |UUUUUUUUUU|
 *   |PPPP|C|...|       48 KiB left: less than a piece */
static void tables_that_leave_too_little_are_refused(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 64 * KIB));
    assert_refused(PLAN_NO_ROOM_HEAP);
    assert_false(range_empty(plan.page_tables));
}

static void every_verdict_has_its_sentence(void **state)
{
    (void)state;
    assert_string_equal(plan_verdict_sentence(PLAN_OK), "");
    for (int a = PLAN_OK + 1; a <= PLAN_TOO_MANY_RESERVED; a++) {
        for (int b = PLAN_OK; b < a; b++) {
            assert_string_not_equal(plan_verdict_sentence((enum plan_verdict)a),
                                    plan_verdict_sentence((enum plan_verdict)b));
        }
    }
    assert_string_equal(plan_verdict_sentence((enum plan_verdict)99), "the plan's verdict is unknown");
}

/*   4M       4M+64K   8M       8M+60K   16M     32M
 *   |UUUUUUUU|.........|UUUUUUU|.........|UUUUUUU|
 *   a piece of 64 KiB is used, one of 60 KiB is not */
static void a_piece_of_64_kib_is_used_and_a_smaller_one_is_not(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(2 * MIB, 3 * MIB), USABLE(4 * MIB, 4 * MIB + 64 * KIB), USABLE(8 * MIB, 8 * MIB + 60 * KIB),
         USABLE(16 * MIB, 32 * MIB));
    assert_int_equal(plan.region_count, 3);
    assert_region(1, 4 * MIB, 4 * MIB + 64 * KIB);
    assert_region(2, 16 * MIB, 32 * MIB);
    assert_int_equal(plan.direct_map_count, 3);
    assert_int_equal(range_bytes(plan.regions[1].blocks), 15 * PAGE);
}

/*   1M        1M+64K        16M      32M
 *   |UUUUUUUUUU|.............|UUUUUUU|
 *   |PP..|C|...|             |tbbbbbb|     the rest of the low piece is too small to use */
static void what_the_tables_leave_of_a_piece_counts_only_if_long_enough(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 64 * KIB), USABLE(16 * MIB, 32 * MIB));
    assert_int_equal(plan.page_tables.start, 1 * MIB);
    assert_int_equal(plan.region_count, 1);
    assert_region(0, 16 * MIB, 32 * MIB);
    assert_int_equal(plan.eligible_bytes, 16 * MIB);
    assert_int_equal(plan.direct_map_count, 2); /* page tables have to be reached as well */
}

/* 4 GiB in 2-MiB pages need 4 tables at the second level alone, the low piece holds 16 pages. */
static void tables_that_do_not_fit_the_lowest_piece_go_to_the_next(void **state)
{
    (void)state;
    input.policy.control_bytes = 48 * 1024;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 64 * KIB), USABLE(16 * MIB, 4 * GIB));
    assert_region(0, 1 * MIB, 1 * MIB + 64 * KIB);
    assert_int_equal(plan.page_tables.start, 16 * MIB);
    assert_region(1, plan.heap_control.end, 4 * GIB);
}

/* P and C take the piece to its last byte: 3 tables, and 13 pages of records for two regions. */
static void tables_may_fill_a_piece_exactly(void **state)
{
    (void)state;
    input.policy.control_bytes = 13 * 2048;
    PLAN(no_image, USABLE(2 * MIB, 2 * MIB + 64 * KIB), USABLE(4 * MIB, 8 * MIB));
    assert_int_equal(plan.heap_control.end, 2 * MIB + 64 * KIB);
    hostile_memory(state);
    input.policy.control_bytes = 13 * 2048 + 1;
    PLAN(no_image, USABLE(2 * MIB, 2 * MIB + 64 * KIB), USABLE(4 * MIB, 8 * MIB));
    assert_int_equal(plan.page_tables.start, 4 * MIB);
}

static void memory_only_above_4_gib_is_used(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(0, 640 * KIB), HOLE(1 * MIB, 4 * GIB), USABLE(4 * GIB, 8 * GIB));
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_int_equal(plan.page_tables.start, 4 * GIB);
    assert_region(0, plan.heap_control.end, 8 * GIB);
}

/*                64T
 *   |UUUU| .. |UUU|UUUU|      the direct map ends there: what lies above is named */
static void memory_beyond_the_direct_map_is_reserved_by_name(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 16 * MIB), USABLE(63 * TIB, 65 * TIB));
    assert_range(reserved_as("beyond-direct-map"), 64 * TIB, UINT64_C(1) << 52);
    assert_region(plan.region_count - 1, 63 * TIB, 64 * TIB);
}

static void without_memory_beyond_the_direct_map_nothing_is_reserved_for_it(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 16 * MIB), USABLE(63 * TIB, 64 * TIB), HOLE(65 * TIB, 66 * TIB));
    assert_true(range_empty(reserved_as("beyond-direct-map")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_smallest_machine_has_2_mib_at_1_mib),
        TEST(no_entry_at_all_is_no_usable_memory),
        TEST(low_memory_alone_is_no_usable_memory),
        TEST(memory_in_crumbs_is_no_piece),
        TEST(memory_that_the_image_fills_is_no_piece),
        TEST(pieces_too_small_for_the_tables_are_refused),
        TEST(control_records_that_fit_nowhere_are_refused),
        TEST(tables_that_leave_too_little_are_refused),
        TEST(every_verdict_has_its_sentence),
        TEST(a_piece_of_64_kib_is_used_and_a_smaller_one_is_not),
        TEST(what_the_tables_leave_of_a_piece_counts_only_if_long_enough),
        TEST(tables_that_do_not_fit_the_lowest_piece_go_to_the_next),
        TEST(tables_may_fill_a_piece_exactly),
        TEST(memory_only_above_4_gib_is_used),
        TEST(memory_beyond_the_direct_map_is_reserved_by_name),
        TEST(without_memory_beyond_the_direct_map_nothing_is_reserved_for_it),
    };
    return cmocka_run_group_tests_name("plan pieces", tests, NULL, NULL);
}
