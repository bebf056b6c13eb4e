/* Bins of sizes, against their definition. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "mm/bins.h"

enum { EXHAUSTIVE = 1 << 16 };
#define SIZE_LIMIT (UINT64_C(1) << 32)

/* A bin holds the sizes from its floor up to the next one's. */
static void each_size_is_between_its_bin_s_floor_and_the_next(void **state)
{
    (void)state;
    for (size_t size = 0; size < EXHAUSTIVE; size++) {
        size_t bin = bins_of(size);
        assert_true(bins_floor(bin) <= size && size < bins_floor(bin + 1));
    }
    for (size_t bin = 1; bin < BINS_COUNT; bin++) {
        assert_int_equal(bins_of(bins_floor(bin)), bin);
        assert_int_equal(bins_of(bins_floor(bin) - 1), bin - 1);
    }
    assert_int_equal(bins_of(SIZE_LIMIT - 1), BINS_COUNT - 1);
}

static void small_sizes_have_a_bin_each(void **state)
{
    (void)state;
    for (size_t size = 0; size < BINS_EXACT; size++) {
        assert_int_equal(bins_of(size), size);
    }
}

/* Everything in the fitting bin fits, and the bin below has something that does not. */
static void fitting_bin_is_the_lowest_in_which_all_fit(void **state)
{
    (void)state;
    for (size_t size = 0; size < EXHAUSTIVE; size++) {
        size_t bin = bins_fitting(size);
        assert_true(bins_floor(bin) >= size);
        assert_true(bin == 0 || bins_floor(bin - 1) < size);
    }
    assert_int_equal(bins_fitting(SIZE_LIMIT - 1), BINS_NONE);
}

/* For each pair of filled bins, from every start. */
static void lowest_and_highest_filled_bins_are_found(void **state)
{
    (void)state;
    struct bins bins;
    memset(&bins, 0, sizeof bins);
    assert_int_equal(bins_find(&bins, 0), BINS_NONE);
    assert_int_equal(bins_highest(&bins), BINS_NONE);
    for (size_t low = 0; low < BINS_COUNT; low++) {
        for (size_t high = low; high < BINS_COUNT; high++) {
            bins_set_filled(&bins, low);
            bins_set_filled(&bins, high);
            assert_true(bins_filled(&bins, low) && bins_filled(&bins, high));
            assert_int_equal(bins_highest(&bins), high);
            for (size_t from = 0; from < BINS_COUNT; from++) {
                size_t expected = from <= low ? low : from <= high ? high : BINS_NONE;
                assert_int_equal(bins_find(&bins, from), expected);
            }
            assert_int_equal(bins_after(&bins, high), BINS_NONE);
            bins_set_empty(&bins, low);
            bins_set_empty(&bins, high);
            assert_int_equal(bins_highest(&bins), BINS_NONE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_is_between_its_bin_s_floor_and_the_next),
        cmocka_unit_test(small_sizes_have_a_bin_each),
        cmocka_unit_test(fitting_bin_is_the_lowest_in_which_all_fit),
        cmocka_unit_test(lowest_and_highest_filled_bins_are_found),
    };
    return cmocka_run_group_tests_name("bins", tests, NULL, NULL);
}
