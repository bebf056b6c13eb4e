/* Who judges the judge: the oracle on lists whose meaning can be seen at a glance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/dry_boot.h"
#include "tests/oracle.h"

enum { PAGE = 4096 };

static struct oracle oracle;

/* Reads `count` entries and expects just the ranges given, in pages. */
#define EXPECT(entries, ...)                                                                                         \
    do {                                                                                                             \
        const struct memory_range expected[] = {__VA_ARGS__};                                                        \
        expect_ranges(entries, sizeof entries / sizeof entries[0], expected, sizeof expected / sizeof expected[0]);  \
    } while (0)

static void expect_ranges(const struct firmware_entry *entries, size_t entry_count,
                          const struct memory_range *expected, size_t expected_count)
{
    static struct firmware_map map;
    memcpy(map.entries, entries, entry_count * sizeof entries[0]);
    map.count = entry_count;
    memset(&oracle, 0xA5, sizeof oracle);
    oracle_read(&oracle, &map, PHYSICAL_BITS_MAX);
    assert_int_equal(oracle.count, expected_count);
    for (size_t i = 0; i < expected_count; i++) {
        assert_int_equal(oracle.ranges[i].range.start, expected[i].range.start * PAGE);
        assert_int_equal(oracle.ranges[i].range.end, expected[i].range.end * PAGE);
        assert_int_equal(oracle.ranges[i].type, expected[i].type);
    }
}

/*   |usable..........|             |UUU|RRR|UU|
 *       |reserved|          ->                       in either order */
static void the_worse_type_wins_in_either_order(void **state)
{
    (void)state;
    const struct firmware_entry usable_first[] = {{0, 8 * PAGE, 1, 20, 1}, {3 * PAGE, 3 * PAGE, 2, 20, 1}};
    const struct firmware_entry reserved_first[] = {usable_first[1], usable_first[0]};
    EXPECT(usable_first, {{0, 3}, MEMORY_USABLE}, {{3, 6}, MEMORY_RESERVED}, {{6, 8}, MEMORY_USABLE});
    EXPECT(reserved_first, {{0, 3}, MEMORY_USABLE}, {{3, 6}, MEMORY_RESERVED}, {{6, 8}, MEMORY_USABLE});
}

/*   page   0        1        2
 *          |usable....|ACPI data.|   ->  |U|A|A|    the byte decides for its page */
static void a_single_byte_costs_the_page(void **state)
{
    (void)state;
    const struct firmware_entry entries[] = {{0, PAGE + 1, 1, 20, 1}, {PAGE + 1, PAGE, 3, 20, 1}};
    EXPECT(entries, {{0, 1}, MEMORY_USABLE}, {{1, 3}, MEMORY_ACPI_DATA});
}

/*   |usable, half a page|hole|   and   |half|half|   ->  nothing, a page */
static void half_a_page_is_none_and_two_halves_are_one(void **state)
{
    (void)state;
    const struct firmware_entry entries[] = {{0, PAGE / 2, 1, 20, 1},
                                             {2 * PAGE, PAGE / 2, 1, 20, 1},
                                             {2 * PAGE + PAGE / 2, PAGE / 2, 1, 20, 1}};
    EXPECT(entries, {{2, 3}, MEMORY_USABLE});
}

static void a_reservation_that_wraps_still_reserves(void **state)
{
    (void)state;
    const uint64_t top_page = (UINT64_C(1) << PHYSICAL_BITS_MAX) / PAGE;
    const struct firmware_entry entries[] = {{0, 8 * PAGE, 1, 20, 1}, {6 * PAGE, UINT64_MAX, 2, 20, 1}};
    EXPECT(entries, {{0, 6}, MEMORY_USABLE}, {{6, top_page}, MEMORY_RESERVED});
}

static void attributes_count_from_24_bytes_on(void **state)
{
    (void)state;
    const struct firmware_entry entries[] = {{0 * PAGE, PAGE, 1, 20, 0},  /* not the firmware's word */
                                             {2 * PAGE, PAGE, 1, 24, 0},  /* off                     */
                                             {4 * PAGE, PAGE, 1, 24, 3},  /* non-volatile            */
                                             {6 * PAGE, PAGE, 1, 19, 1}}; /* no record               */
    EXPECT(entries, {{0, 1}, MEMORY_USABLE}, {{4, 5}, MEMORY_RESERVED});
}

static void attributes_that_leave_no_memory_are_not_obeyed(void **state)
{
    (void)state;
    const struct firmware_entry entries[] = {{0, PAGE, 1, 24, 0}, {2 * PAGE, PAGE, 2, 24, 0}};
    EXPECT(entries, {{0, 1}, MEMORY_USABLE}, {{2, 3}, MEMORY_RESERVED});
}

/* The literal answers of the documented quirks, none of which the oracle was made from. */
static void every_literal_answer_is_known(void **state)
{
    (void)state;
    static struct firmware_map map;
    for (size_t q = 0; q < quirk_map_count; q++) {
        const struct known_map *quirk = &quirk_maps[q];
        firmware_map_copy(&map, quirk);
        oracle_read(&oracle, &map, PHYSICAL_BITS_MAX);
        size_t met = 0;
        for (size_t i = 0; i < oracle.count && quirk->exact; i++) {
            if (oracle.ranges[i].type == MEMORY_USABLE) {
                assert_true(met < quirk->expected_count);
                assert_int_equal(oracle.ranges[i].range.start, quirk->expected[met].start);
                assert_int_equal(oracle.ranges[i].range.end, quirk->expected[met].end);
                met++;
            }
        }
        assert_int_equal(met, quirk->exact ? quirk->expected_count : 0);
    }
}

/* One map, made different in one place at a time. */
static void each_difference_is_named(void **state)
{
    (void)state;
    static struct memmap map;
    const struct firmware_entry entries[] = {{0, 8 * PAGE, 1, 20, 1}, {9 * PAGE, PAGE, 2, 20, 1}};
    EXPECT(entries, {{0, 8}, MEMORY_USABLE}, {{9, 10}, MEMORY_RESERVED});
    memcpy(map.ranges, oracle.ranges, sizeof map.ranges);
    map.count = 2;
    assert_null(oracle_difference(&oracle, &map));
    map.count = 1;
    assert_string_equal(oracle_difference(&oracle, &map), "map: a range is missing");
    map.count = 3;
    assert_string_equal(oracle_difference(&oracle, &map), "map: a range is too much");
    map.count = 2;
    map.ranges[1].type = MEMORY_BAD;
    assert_string_equal(oracle_difference(&oracle, &map), "map: a range has another type than the oracle's");
    map.ranges[0].range.end += PAGE;
    assert_string_equal(oracle_difference(&oracle, &map), "map: a range has other ends than the oracle's");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worse_type_wins_in_either_order),
        cmocka_unit_test(a_single_byte_costs_the_page),
        cmocka_unit_test(half_a_page_is_none_and_two_halves_are_one),
        cmocka_unit_test(a_reservation_that_wraps_still_reserves),
        cmocka_unit_test(attributes_count_from_24_bytes_on),
        cmocka_unit_test(attributes_that_leave_no_memory_are_not_obeyed),
        cmocka_unit_test(every_literal_answer_is_known),
        cmocka_unit_test(each_difference_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
