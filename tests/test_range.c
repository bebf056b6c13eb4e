/* mm/range.h: arithmetic on half-open ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mm/range.h"

#define RANGE(start, end) ((struct range){(start), (end)})

static void assert_range(struct range is, uint64_t start, uint64_t end)
{
    assert_int_equal(is.start, start);
    assert_int_equal(is.end, end);
}

static void the_bytes_of_a_range_exclude_its_end(void **state)
{
    (void)state;
    assert_int_equal(range_bytes(RANGE(3, 5)), 2);
    assert_int_equal(range_bytes(RANGE(0, UINT64_MAX)), UINT64_MAX);
}

static void a_range_that_ends_where_it_starts_or_before_is_empty(void **state)
{
    (void)state;
    assert_true(range_empty(RANGE(7, 7)));
    assert_true(range_empty(RANGE(8, 7)));
    assert_false(range_empty(RANGE(7, 8)));
    assert_int_equal(range_bytes(RANGE(7, 7)), 0);
    assert_int_equal(range_bytes(RANGE(8, 7)), 0);
}

/*   |####|        |####|            |####|
 *        |####|      |####|       |#|          */
static void ranges_overlap_only_where_they_share_a_byte(void **state)
{
    (void)state;
    assert_false(range_overlap(RANGE(0, 4), RANGE(4, 8)));
    assert_false(range_overlap(RANGE(4, 8), RANGE(0, 4)));
    assert_true(range_overlap(RANGE(0, 4), RANGE(3, 8)));
    assert_true(range_overlap(RANGE(3, 8), RANGE(0, 4)));
    assert_true(range_overlap(RANGE(0, 8), RANGE(3, 4)));
    assert_true(range_overlap(RANGE(3, 4), RANGE(0, 8)));
}

static void an_empty_range_overlaps_nothing(void **state)
{
    (void)state;
    assert_false(range_overlap(RANGE(2, 2), RANGE(0, 4)));
    assert_false(range_overlap(RANGE(0, 4), RANGE(2, 2)));
    assert_false(range_overlap(RANGE(3, 1), RANGE(0, 4)));
}

static void the_common_part_is_what_lies_in_both(void **state)
{
    (void)state;
    assert_range(range_common(RANGE(0, 6), RANGE(4, 9)), 4, 6);
    assert_range(range_common(RANGE(4, 9), RANGE(0, 6)), 4, 6);
    assert_range(range_common(RANGE(0, 9), RANGE(4, 6)), 4, 6);
    assert_range(range_common(RANGE(4, 6), RANGE(0, 9)), 4, 6);
}

static void the_common_part_of_ranges_apart_is_empty(void **state)
{
    (void)state;
    assert_true(range_empty(range_common(RANGE(0, 4), RANGE(6, 9))));
    assert_true(range_empty(range_common(RANGE(6, 9), RANGE(0, 4))));
    assert_true(range_empty(range_common(RANGE(0, 4), RANGE(4, 9))));
}

static void rounding_moves_only_what_is_off_the_grid(void **state)
{
    (void)state;
    assert_int_equal(round_down(0x1000, 0x1000), 0x1000);
    assert_int_equal(round_down(0x1FFF, 0x1000), 0x1000);
    assert_int_equal(round_up(0x1000, 0x1000), 0x1000);
    assert_int_equal(round_up(0x1001, 0x1000), 0x2000);
    assert_int_equal(round_up(0, 0x1000), 0);
}

/* The widest physical address that is in use, and the last value that the contract allows. */
static void rounding_keeps_all_64_bits(void **state)
{
    (void)state;
    assert_int_equal(round_down(UINT64_C(0xFFFFFFFFFFFFF), 0x1000), UINT64_C(0xFFFFFFFFFF000));
    assert_int_equal(round_up(UINT64_C(0xFFFFFFFFFF001), 0x1000), UINT64_C(0x10000000000000));
    assert_int_equal(round_up(UINT64_C(0xFFFFFFFFFFFFF000), 0x1000), UINT64_C(0xFFFFFFFFFFFFF000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_of_a_range_exclude_its_end),
        cmocka_unit_test(a_range_that_ends_where_it_starts_or_before_is_empty),
        cmocka_unit_test(ranges_overlap_only_where_they_share_a_byte),
        cmocka_unit_test(an_empty_range_overlaps_nothing),
        cmocka_unit_test(the_common_part_is_what_lies_in_both),
        cmocka_unit_test(the_common_part_of_ranges_apart_is_empty),
        cmocka_unit_test(rounding_moves_only_what_is_off_the_grid),
        cmocka_unit_test(rounding_keeps_all_64_bits),
    };
    return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
