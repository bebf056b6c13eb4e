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

/* Pieces of 64 KiB, each in a GiB of its own: even without tables for the edges each needs one, and there is one above.
 * 15 pieces have 16 tables, which fill one of them; 16 have 17, more than any holds. */
static void pieces_too_small_for_the_tables_are_refused(void **state)
{
    MemoryMapEntry crumbs[16];
    for (uint64_t i = 0; i < 16; i++) {
        crumbs[i] = (MemoryMapEntry){(i + 1) * GIB, 64 * KIB, 1, 1};
    }
    make_plan(crumbs, 15, no_image);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_int_equal(plan.region_count, 14);
    hostile_memory(state);
    make_plan(crumbs, 16, no_image);
    assert_refused(PLAN_NO_ROOM_TABLES);
}

static void a_record_that_fits_nowhere_is_refused(void **state)
{
    (void)state;
    input.policy.record_bytes = 2 * MIB;
    PLAN(no_image, USABLE(1 * MIB, 3 * MIB));
    assert_refused(PLAN_NO_ROOM_HEAP);
}

/*   1M        1M+64K
 *   |UUUUUUUUUU|
 *   |PPP|......|       52 KiB left: less than a piece */
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
 *   |PPP|......|             |tbbbbbb|     the rest of the low piece is too small to use */
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

/* Each GiB in 2-MiB pages is a table: P fills the low piece to its last byte, with one GiB more it goes to the next. */
static void tables_go_to_the_lowest_piece_that_holds_them(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(2 * MIB, 2 * MIB + 64 * KIB), USABLE(4 * MIB, 14 * GIB));
    assert_range(plan.page_tables, 2 * MIB, 2 * MIB + 64 * KIB);
    assert_region(0, 4 * MIB, 14 * GIB);
    hostile_memory(state);
    PLAN(no_image, USABLE(2 * MIB, 2 * MIB + 64 * KIB), USABLE(4 * MIB, 15 * GIB));
    assert_int_equal(plan.page_tables.start, 4 * MIB);
    assert_region(0, 2 * MIB, 2 * MIB + 64 * KIB);
    assert_region(1, plan.page_tables.end, 15 * GIB);
}

/* `count` pieces of `bytes`, one in every 4 MiB, all in use but where page tables leave less than a piece. Each has its
 * own record at its edge: no piece would hold all the records. */
static void assert_all_pieces_used(size_t count, uint64_t bytes, size_t regions)
{
    static MemoryMapEntry crumbs[E820_ANSWERS_MAX];
    for (size_t i = 0; i < count; i++) {
        crumbs[i] = (MemoryMapEntry){(i + 1) * 4 * MIB + 64 * KIB, bytes, 1, 1};
    }
    input.policy = plan_policy_default();
    make_plan(crumbs, count, no_image);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_false(plan.exact_edges);
    assert_int_equal(plan.region_count, regions);
    assert_true(plan.region_count * input.policy.record_bytes > bytes);
    assert_int_equal(plan.heap_bytes, plan.eligible_bytes - regions * PAGE);
    assert_null(plan_check_yield(&plan));
}

static void five_hundred_pieces_of_128_kib_are_all_used(void **state)
{
    (void)state;
    assert_all_pieces_used(500, 128 * KIB, 500);
}

/* The page tables take 4 pages of the first piece, which leaves less than a piece. */
static void five_hundred_and_ten_pieces_of_64_kib_are_all_used(void **state)
{
    (void)state;
    assert_all_pieces_used(510, 64 * KIB, 509);
}

static void memory_only_above_4_gib_is_used(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(0, 640 * KIB), HOLE(1 * MIB, 4 * GIB), USABLE(4 * GIB, 8 * GIB));
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_int_equal(plan.page_tables.start, 4 * GIB);
    assert_region(0, plan.page_tables.end, 8 * GIB);
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
        TEST(a_record_that_fits_nowhere_is_refused),
        TEST(tables_that_leave_too_little_are_refused),
        TEST(every_verdict_has_its_sentence),
        TEST(a_piece_of_64_kib_is_used_and_a_smaller_one_is_not),
        TEST(what_the_tables_leave_of_a_piece_counts_only_if_long_enough),
        TEST(tables_go_to_the_lowest_piece_that_holds_them),
        TEST(five_hundred_pieces_of_128_kib_are_all_used),
        TEST(five_hundred_and_ten_pieces_of_64_kib_are_all_used),
        TEST(memory_only_above_4_gib_is_used),
        TEST(memory_beyond_the_direct_map_is_reserved_by_name),
        TEST(without_memory_beyond_the_direct_map_nothing_is_reserved_for_it),
    };
    return cmocka_run_group_tests_name("plan pieces", tests, NULL, NULL);
}
