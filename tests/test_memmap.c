/* mm/memmap.c: the firmware's list becomes a sorted, disjoint, page-aligned map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mm/memmap.h"

enum { USABLE = 1, RESERVED = 2, ACPI_DATA = 3, ACPI_NVS = 4, BAD = 5 };

#define ENTRY(start, end, type) ((MemoryMapEntry){(start), (end) - (start), (type), 1})
#define RANGE(start, end, type) ((struct memory_range){{(start), (end)}, MEMORY_##type})

#define BUILD(...)              BUILD_AT(52, __VA_ARGS__)
#define BUILD_AT(bits, ...)                                                                                          \
    memmap_build(&map, (const MemoryMapEntry[]){__VA_ARGS__},                                                        \
                 sizeof((const MemoryMapEntry[]){__VA_ARGS__}) / sizeof(MemoryMapEntry), (bits))
#define ASSERT_MAP(...)                                                                                              \
    assert_map((const struct memory_range[]){__VA_ARGS__},                                                           \
               sizeof((const struct memory_range[]){__VA_ARGS__}) / sizeof(struct memory_range))

static struct memmap map;

static int hostile_memory(void **state)
{
    (void)state;
    memset(&map, 0xA5, sizeof map);
    return 0;
}

static void assert_map(const struct memory_range *expected, size_t count)
{
    assert_int_equal(map.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(map.ranges[i].range.start, expected[i].range.start);
        assert_int_equal(map.ranges[i].range.end, expected[i].range.end);
        assert_int_equal(map.ranges[i].type, expected[i].type);
    }
}

static void one_usable_entry_is_the_map(void **state)
{
    (void)state;
    BUILD(ENTRY(0x100000, 0x8000000, USABLE));
    ASSERT_MAP(RANGE(0x100000, 0x8000000, USABLE));
    assert_int_equal(map.phys_bits, 52);
    assert_int_equal(map.empty + map.ignored + map.unreachable + map.clipped + map.overlaps, 0);
}

static void no_entries_are_an_empty_map(void **state)
{
    (void)state;
    memmap_build(&map, NULL, 0, 36);
    assert_int_equal(map.count, 0);
    assert_int_equal(map.phys_bits, 36);
    assert_int_equal(map.empty + map.ignored + map.unreachable + map.clipped + map.overlaps, 0);
    assert_int_equal(memmap_usable_bytes(&map, 0), 0);
}

static void an_empty_entry_is_dropped_and_counted(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x1000, RESERVED), ENTRY(0x1000, 0x3000, USABLE), ENTRY(0x2000, 0x2000, BAD));
    ASSERT_MAP(RANGE(0x1000, 0x3000, USABLE));
    assert_int_equal(map.empty, 2);
    assert_int_equal(map.overlaps, 0);
}

static void an_entry_marked_invalid_is_dropped_and_counted(void **state)
{
    (void)state;
    MemoryMapEntry invalid = ENTRY(0x1000, 0x2000, RESERVED);
    invalid.attributes = 0;
    BUILD(ENTRY(0x1000, 0x3000, USABLE), invalid);
    ASSERT_MAP(RANGE(0x1000, 0x3000, USABLE));
    assert_int_equal(map.ignored, 1);
}

static void non_volatile_memory_is_reserved_and_other_types_keep_theirs(void **state)
{
    (void)state;
    MemoryMapEntry persistent = ENTRY(0x1000, 0x2000, USABLE);
    MemoryMapEntry bad = ENTRY(0x2000, 0x3000, BAD);
    persistent.attributes = 3;
    bad.attributes = 3;
    BUILD(persistent, bad);
    ASSERT_MAP(RANGE(0x1000, 0x2000, RESERVED), RANGE(0x2000, 0x3000, BAD));
}

static void a_type_without_a_name_of_its_own_is_reserved(void **state)
{
    (void)state;
    const uint32_t types[] = {0, 2, 6, 7, 12, 128, 0xEFFFFFFF, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        BUILD(ENTRY(0x1000, 0x2000, types[i]));
        ASSERT_MAP(RANGE(0x1000, 0x2000, RESERVED));
    }
}

/*   before  |AAAAAAAA|           after  |AAAA|worst|BBBB|
 *               |BBBBBBBB|       whichever comes first in the list */
static void the_least_usable_type_wins_every_overlap_in_either_order(void **state)
{
    (void)state;
    const uint32_t rising[] = {USABLE, ACPI_DATA, ACPI_NVS, RESERVED, BAD};
    for (unsigned low = 0; low < 5; low++) {
        for (unsigned high = low + 1; high < 5; high++) {
            const struct memory_range expected[] = {{{0x1000, 0x3000}, (enum memory_type)low},
                                                    {{0x3000, 0x7000}, (enum memory_type)high}};
            BUILD(ENTRY(0x1000, 0x5000, rising[low]), ENTRY(0x3000, 0x7000, rising[high]));
            assert_map(expected, 2);
            assert_int_equal(map.overlaps, 1);
            BUILD(ENTRY(0x3000, 0x7000, rising[high]), ENTRY(0x1000, 0x5000, rising[low]));
            assert_map(expected, 2);
            assert_int_equal(map.overlaps, 1);
        }
    }
}

/*   before  |UUUUUUUUUUUU|     after  |UUU|RRRR|UUUUU|
 *               |RRRR|                                  */
static void a_reservation_inside_usable_memory_splits_it(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x9000, USABLE), ENTRY(0x3000, 0x5000, RESERVED));
    ASSERT_MAP(RANGE(0x1000, 0x3000, USABLE), RANGE(0x3000, 0x5000, RESERVED), RANGE(0x5000, 0x9000, USABLE));
}

/*   |UUUUUUUUUUUUUUU|    Two reservations end at different places: the counter must not forget the longer one.
 *     |RRRRRRRR|
 *       |RR|                */
static void a_reservation_inside_another_does_not_end_it(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x9000, USABLE), ENTRY(0x2000, 0x7000, RESERVED), ENTRY(0x3000, 0x4000, RESERVED));
    ASSERT_MAP(RANGE(0x1000, 0x2000, USABLE), RANGE(0x2000, 0x7000, RESERVED), RANGE(0x7000, 0x9000, USABLE));
    assert_int_equal(map.overlaps, 1);
}

static void entries_of_one_type_that_touch_overlap_or_repeat_are_one_range(void **state)
{
    (void)state;
    BUILD(ENTRY(0x4000, 0x6000, USABLE), ENTRY(0x1000, 0x2000, USABLE), ENTRY(0x2000, 0x4800, USABLE),
          ENTRY(0x4000, 0x6000, USABLE));
    ASSERT_MAP(RANGE(0x1000, 0x6000, USABLE));
    assert_int_equal(map.overlaps, 0);
}

static void what_no_entry_names_is_in_no_range(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x2000, USABLE), ENTRY(0x3000, 0x4000, USABLE));
    ASSERT_MAP(RANGE(0x1000, 0x2000, USABLE), RANGE(0x3000, 0x4000, USABLE));
}

/*   page      |       |       |       |       |
 *   before        |UUUUUUUUUUUUUUU|
 *   after             |UUUUUUU|                   */
static void usable_memory_is_cut_inward_to_pages(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1800, 0x3800, USABLE));
    ASSERT_MAP(RANGE(0x2000, 0x3000, USABLE));
}

static void usable_memory_without_a_whole_page_vanishes(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1001, 0x2FFF, USABLE), ENTRY(0x5400, 0x5800, USABLE));
    assert_int_equal(map.count, 0);
}

static void everything_else_is_cut_outward_to_pages(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1FFF, 0x2001, RESERVED), ENTRY(0x5800, 0x5801, ACPI_DATA));
    ASSERT_MAP(RANGE(0x1000, 0x3000, RESERVED), RANGE(0x5000, 0x6000, ACPI_DATA));
}

static void one_reserved_byte_costs_its_whole_page(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x5000, USABLE), ENTRY(0x2FFF, 0x3000, RESERVED));
    ASSERT_MAP(RANGE(0x1000, 0x2000, USABLE), RANGE(0x2000, 0x3000, RESERVED), RANGE(0x3000, 0x5000, USABLE));
}

/*   page      |       |       |
 *   before    |UUUU|UUUUUUUUUU|      merged before the cut, so no page is lost where they meet */
static void usable_entries_that_meet_inside_a_page_keep_that_page(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x1800, USABLE), ENTRY(0x1800, 0x3000, USABLE));
    ASSERT_MAP(RANGE(0x1000, 0x3000, USABLE));
}

static void a_gap_of_one_byte_between_usable_entries_costs_its_page(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x2800, USABLE), ENTRY(0x2801, 0x4000, USABLE));
    ASSERT_MAP(RANGE(0x1000, 0x2000, USABLE), RANGE(0x3000, 0x4000, USABLE));
}

/*   page      |            |            |
 *   before    |DDDDD|BB|RRRRRRRRR|NNNNNN|     the worst takes its page, its neighbours keep theirs */
static void a_page_shared_by_several_types_goes_to_the_worst(void **state)
{
    (void)state;
    BUILD(ENTRY(0x0000, 0x1400, ACPI_DATA), ENTRY(0x1400, 0x1800, BAD), ENTRY(0x1800, 0x2800, RESERVED),
          ENTRY(0x2800, 0x4000, ACPI_NVS));
    ASSERT_MAP(RANGE(0x0000, 0x1000, ACPI_DATA), RANGE(0x1000, 0x2000, BAD), RANGE(0x2000, 0x3000, RESERVED),
               RANGE(0x3000, 0x4000, ACPI_NVS));
    assert_int_equal(map.overlaps, 0); /* sharing a page is not an overlap of entries */
}

static void ranges_that_the_cut_brings_together_are_merged(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x1800, RESERVED), ENTRY(0x1C00, 0x3000, RESERVED));
    ASSERT_MAP(RANGE(0x1000, 0x3000, RESERVED));
}

static void a_reservation_that_wraps_reserves_up_to_the_top(void **state)
{
    (void)state;
    const MemoryMapEntry wrapping = {0x3000, UINT64_MAX, RESERVED, 1};
    BUILD_AT(36, ENTRY(0x1000, 0x9000, USABLE), wrapping);
    ASSERT_MAP(RANGE(0x1000, 0x3000, USABLE), RANGE(0x3000, UINT64_C(1) << 36, RESERVED));
    assert_int_equal(map.clipped, 1);
}

static void an_entry_over_the_width_is_clipped_and_one_above_it_is_unreachable(void **state)
{
    (void)state;
    const uint64_t top = UINT64_C(1) << 32;
    BUILD_AT(32, ENTRY(top - 0x2000, top + 0x2000, USABLE), ENTRY(top, top + 0x1000, RESERVED),
             ENTRY(top - 0x4000, top - 0x2000, ACPI_NVS));
    ASSERT_MAP(RANGE(top - 0x4000, top - 0x2000, ACPI_NVS), RANGE(top - 0x2000, top, USABLE));
    assert_int_equal(map.clipped, 1);
    assert_int_equal(map.unreachable, 1);
}

static void an_entry_that_ends_at_the_width_is_not_clipped(void **state)
{
    (void)state;
    const uint64_t top = UINT64_C(1) << 36;
    BUILD_AT(36, ENTRY(top - 0x1000, top, USABLE));
    ASSERT_MAP(RANGE(top - 0x1000, top, USABLE));
    assert_int_equal(map.clipped + map.unreachable, 0);
}

static void a_width_above_52_bits_counts_as_52(void **state)
{
    (void)state;
    const MemoryMapEntry all = {0, UINT64_MAX, USABLE, 1};
    for (unsigned bits = 52; bits <= 64; bits++) {
        BUILD_AT(bits, all);
        ASSERT_MAP(RANGE(0, UINT64_C(1) << 52, USABLE));
        assert_int_equal(map.phys_bits, 52);
        assert_int_equal(map.clipped, 1);
    }
}

/*   |UUUUUUUUUUUUUUUUUUUUUUUU|
 *     |RRR|NN|     |RR|            two places: R and N touch, so theirs is one */
static void a_place_where_types_overlap_is_counted_once(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x9000, USABLE), ENTRY(0x2000, 0x3000, RESERVED), ENTRY(0x3000, 0x4000, ACPI_NVS),
          ENTRY(0x6000, 0x7000, RESERVED));
    assert_int_equal(map.overlaps, 2);
}

static void usable_bytes_are_counted_from_an_address_up(void **state)
{
    (void)state;
    BUILD(ENTRY(0x0000, 0x3000, USABLE), ENTRY(0x3000, 0x4000, RESERVED), ENTRY(0x4000, 0x8000, USABLE));
    assert_int_equal(memmap_usable_bytes(&map, 0), 0x7000);
    assert_int_equal(memmap_usable_bytes(&map, 0x2000), 0x5000);
    assert_int_equal(memmap_usable_bytes(&map, 0x5000), 0x3000);
    assert_int_equal(memmap_usable_bytes(&map, 0x8000), 0);
}

/* Device memory must be none of these; what is reserved or absent may be a device's. */
static void memory_is_what_is_usable_or_the_acpis(void **state)
{
    (void)state;
    BUILD(ENTRY(0x1000, 0x3000, USABLE), ENTRY(0x3000, 0x4000, RESERVED), ENTRY(0x4000, 0x5000, ACPI_DATA),
          ENTRY(0x6000, 0x7000, ACPI_NVS));
    assert_true(memmap_has_memory(&map, (struct range){0x2FFF, 0x4000}));
    assert_false(memmap_has_memory(&map, (struct range){0x3000, 0x4000}));
    assert_true(memmap_has_memory(&map, (struct range){0x3000, 0x4001}));
    assert_false(memmap_has_memory(&map, (struct range){0x5000, 0x6000}));
    assert_true(memmap_has_memory(&map, (struct range){0x6FFF, 0x7000}));
    assert_false(memmap_has_memory(&map, (struct range){0x7000, UINT64_MAX}));
    assert_false(memmap_has_memory(&map, (struct range){0, 0x1000}));
}

/* Firmware that calls all of the first megabyte usable takes nobody's screen. */
static void the_screen_is_no_memory_whatever_the_map_says(void **state)
{
    (void)state;
    BUILD(ENTRY(0x0, 0x8000000, USABLE));
    assert_false(memmap_has_memory(&map, (struct range){0xB8000, 0xC0000}));
    assert_false(memmap_has_memory(&map, (struct range){0xA0000, 0x100000}));
    assert_true(memmap_has_memory(&map, (struct range){0x9F000, 0xA1000}));
    assert_true(memmap_has_memory(&map, (struct range){0xFF000, 0x100001}));
}

/* One usable entry with 511 holes: the most ranges that a full list can make. */
static void a_full_list_fills_the_map_and_no_more(void **state)
{
    (void)state;
    static MemoryMapEntry entries[MEMMAP_ENTRIES_MAX];
    entries[0] = ENTRY(0, 0x10000000, USABLE);
    for (uint64_t i = 1; i < MEMMAP_ENTRIES_MAX; i++) {
        entries[i] = ENTRY(i * 0x4000, i * 0x4000 + 0x1000, RESERVED);
    }
    memmap_build(&map, entries, MEMMAP_ENTRIES_MAX, 36);
    assert_int_equal(map.count, 2 * MEMMAP_ENTRIES_MAX - 1);
    assert_int_equal(memmap_usable_bytes(&map, 0), 0x10000000 - (MEMMAP_ENTRIES_MAX - 1) * 0x1000);
    assert_int_equal(map.overlaps, MEMMAP_ENTRIES_MAX - 1);
}

static void every_type_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(memory_type_name(MEMORY_USABLE), "usable");
    assert_string_equal(memory_type_name(MEMORY_ACPI_DATA), "ACPI data");
    assert_string_equal(memory_type_name(MEMORY_ACPI_NVS), "ACPI NVS");
    assert_string_equal(memory_type_name(MEMORY_RESERVED), "reserved");
    assert_string_equal(memory_type_name(MEMORY_BAD), "bad");
    assert_string_equal(memory_type_name(MEMORY_TYPES), "unknown");
}

#define TEST(name) cmocka_unit_test_setup(name, hostile_memory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_usable_entry_is_the_map),
        TEST(no_entries_are_an_empty_map),
        TEST(an_empty_entry_is_dropped_and_counted),
        TEST(an_entry_marked_invalid_is_dropped_and_counted),
        TEST(non_volatile_memory_is_reserved_and_other_types_keep_theirs),
        TEST(a_type_without_a_name_of_its_own_is_reserved),
        TEST(the_least_usable_type_wins_every_overlap_in_either_order),
        TEST(a_reservation_inside_usable_memory_splits_it),
        TEST(a_reservation_inside_another_does_not_end_it),
        TEST(entries_of_one_type_that_touch_overlap_or_repeat_are_one_range),
        TEST(what_no_entry_names_is_in_no_range),
        TEST(usable_memory_is_cut_inward_to_pages),
        TEST(usable_memory_without_a_whole_page_vanishes),
        TEST(everything_else_is_cut_outward_to_pages),
        TEST(one_reserved_byte_costs_its_whole_page),
        TEST(usable_entries_that_meet_inside_a_page_keep_that_page),
        TEST(a_gap_of_one_byte_between_usable_entries_costs_its_page),
        TEST(a_page_shared_by_several_types_goes_to_the_worst),
        TEST(ranges_that_the_cut_brings_together_are_merged),
        TEST(a_reservation_that_wraps_reserves_up_to_the_top),
        TEST(an_entry_over_the_width_is_clipped_and_one_above_it_is_unreachable),
        TEST(an_entry_that_ends_at_the_width_is_not_clipped),
        TEST(a_width_above_52_bits_counts_as_52),
        TEST(a_place_where_types_overlap_is_counted_once),
        TEST(usable_bytes_are_counted_from_an_address_up),
        TEST(memory_is_what_is_usable_or_the_acpis),
        TEST(the_screen_is_no_memory_whatever_the_map_says),
        TEST(a_full_list_fills_the_map_and_no_more),
        TEST(every_type_has_a_name),
    };
    return cmocka_run_group_tests_name("memmap", tests, NULL, NULL);
}
