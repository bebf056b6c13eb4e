/* mm/directmap.c: tables are counted, then built in a simulated physical memory and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/config.h"
#include "tests/random.h"
#include "tests/table_walker.h"

enum { RANGES_MAX = 12 };

#define KIB               UINT64_C(1024)
#define MIB               (KIB * 1024)
#define GIB               (MIB * 1024)

#define RANGE(start, end) ((struct range){(start), (end)})

static int hostile_memory(void **state)
{
    (void)state;
    hostile_tables();
    return 0;
}

static size_t leaves_of(uint64_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < leaf_count; i++) {
        count += leaves[i].bytes == bytes;
    }
    return count;
}

static void nothing_to_map_takes_no_table(void **state)
{
    (void)state;
    assert_int_equal(build(NULL, 0, 21), 0);
    assert_int_equal(leaf_count, 0);
}

static void one_page_takes_a_table_of_each_level(void **state)
{
    (void)state;
    const struct range page = RANGE(5 * MIB, 5 * MIB + 4096);
    assert_int_equal(build(&page, 1, 21), 3);
    assert_mapped(&page, 1);
}

/*   0     2M    4M    6M
 *   |.....|#####|.....|       no lowest-level table */
static void a_whole_2_mib_frame_is_one_large_page(void **state)
{
    (void)state;
    const struct range frame = RANGE(2 * MIB, 4 * MIB);
    assert_int_equal(build(&frame, 1, 21), 2);
    assert_mapped(&frame, 1);
    assert_int_equal(leaf_count, 1);
}

/*   0     2M    4M    6M
 *   |...##|#####|#....|       small pages at both ragged edges, a large one inside */
static void ragged_edges_are_small_pages_and_the_inside_large_ones(void **state)
{
    (void)state;
    const struct range ragged = RANGE(1 * MIB, 4 * MIB + 8 * KIB);
    assert_int_equal(build(&ragged, 1, 21), 4);
    assert_mapped(&ragged, 1);
    assert_int_equal(leaves_of(2 * MIB), 1);
    assert_int_equal(leaves_of(4 * KIB), 256 + 2);
}

static void ranges_in_one_frame_share_its_table(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(2 * MIB, 2 * MIB + 8 * KIB), RANGE(3 * MIB, 3 * MIB + 4 * KIB)};
    assert_int_equal(build(ranges, 2, 21), 3);
    assert_mapped(ranges, 2);
}

static void a_whole_gib_is_one_page_where_the_processor_can(void **state)
{
    (void)state;
    const struct range gib = RANGE(1 * GIB, 2 * GIB);
    assert_int_equal(build(&gib, 1, 30), 1);
    assert_mapped(&gib, 1);
    assert_int_equal(leaf_count, 1);
}

static void a_whole_gib_is_large_pages_where_it_cannot(void **state)
{
    (void)state;
    const struct range gib = RANGE(1 * GIB, 2 * GIB);
    assert_int_equal(build(&gib, 1, 21), 2);
    assert_mapped(&gib, 1);
    assert_int_equal(leaf_count, 512);
}

/*   0        1G       2G       3G
 *   |....####|########|##......|     1-GiB page only where all of it is inside */
static void page_sizes_step_up_and_down_again(void **state)
{
    (void)state;
    const struct range range = RANGE(1 * GIB - 2 * MIB - 4 * KIB, 2 * GIB + 2 * MIB + 4 * KIB);
    assert_int_equal(build(&range, 1, 30), 1 + 2 + 2);
    assert_mapped(&range, 1);
    assert_int_equal(leaves_of(GIB), 1);
    assert_int_equal(leaves_of(2 * MIB), 2);
    assert_int_equal(leaves_of(4 * KIB), 2);
}

static void memory_across_512_gib_takes_two_tables_of_the_level_below_the_top(void **state)
{
    (void)state;
    const struct range range = RANGE(511 * GIB, 513 * GIB);
    assert_int_equal(build(&range, 1, 30), 2);
    assert_mapped(&range, 1);
}

static void the_last_frame_of_the_direct_map_can_be_mapped(void **state)
{
    (void)state;
    const struct range range = RANGE(DIRECT_MAP_BYTES - 2 * MIB - 4 * KIB, DIRECT_MAP_BYTES);
    assert_int_equal(build(&range, 1, 21), 3);
    assert_mapped(&range, 1);
    assert_true(memory[0][256 + 127] != 0);
}

/*   2M    3M    4M
 *   |#####|#####|           one table: it is counted once, and filled by both */
static void ranges_that_touch_are_both_mapped(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(2 * MIB, 3 * MIB), RANGE(3 * MIB, 4 * MIB)};
    assert_int_equal(build(ranges, 2, 21), 3);
    assert_mapped(ranges, 2);
}

static void what_the_tables_held_before_does_not_show(void **state)
{
    (void)state;
    const struct range page = RANGE(0x7000, 0x8000);
    memset(memory + 1, 0xFF, sizeof memory - sizeof memory[0]);
    build(&page, 1, 21);
    assert_mapped(&page, 1);
}

/* None, one or two frames of some level: ragged and smooth edges at every level come up. */
static uint64_t random_step(struct random *random)
{
    static const unsigned bits[] = {12, 12, 21, 21, 30, 39};
    unsigned chosen = bits[random_below(random, sizeof bits / sizeof bits[0])];
    return random_below(random, 3) << chosen;
}

static size_t random_ranges(struct random *random, struct range *ranges)
{
    size_t count = 1 + random_below(random, RANGES_MAX);
    uint64_t at = 0;
    for (size_t i = 0; i < count; i++) {
        at += random_step(random) + random_step(random);
        if (i > 0 || random_below(random, 2) == 0) {
            at += 4 * KIB;
        }
        uint64_t bytes = random_step(random) + random_step(random);
        while (bytes > 4 * GIB || bytes == 0) {
            bytes = random_step(random);
        }
        if (random_below(random, 3) == 0) {
            bytes += 2 * MIB - (at + bytes) % (2 * MIB); /* ends on a frame */
        }
        ranges[i] = RANGE(at, at + bytes);
        at += bytes;
    }
    return count;
}

/* A page twice as good would have fitted nowhere: no aligned group of 512 equal leaves could have been one leaf. */
static void assert_largest_pages(unsigned page_bits)
{
    for (size_t i = 0; i < leaf_count; i++) {
        uint64_t larger = leaves[i].bytes * ENTRIES;
        if (larger > UINT64_C(1) << page_bits || leaves[i].start % larger != 0 || i + ENTRIES > leaf_count) {
            continue;
        }
        const struct leaf *last = &leaves[i + ENTRIES - 1];
        assert_false(last->bytes == leaves[i].bytes && last->start + last->bytes == leaves[i].start + larger);
    }
}

static void random_ranges_are_mapped_exactly_with_the_tables_counted(void **state)
{
    struct random random = random_seeded("directmap");
    for (unsigned round = 0; round < 500; round++) {
        struct range ranges[RANGES_MAX];
        size_t count = random_ranges(&random, ranges);
        for (unsigned page_bits = 21; page_bits <= 30; page_bits += 9) {
            hostile_memory(state);
            build(ranges, count, page_bits);
            assert_mapped(ranges, count);
            assert_largest_pages(page_bits);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, hostile_memory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_map_takes_no_table),
        TEST(one_page_takes_a_table_of_each_level),
        TEST(a_whole_2_mib_frame_is_one_large_page),
        TEST(ragged_edges_are_small_pages_and_the_inside_large_ones),
        TEST(ranges_in_one_frame_share_its_table),
        TEST(a_whole_gib_is_one_page_where_the_processor_can),
        TEST(a_whole_gib_is_large_pages_where_it_cannot),
        TEST(page_sizes_step_up_and_down_again),
        TEST(memory_across_512_gib_takes_two_tables_of_the_level_below_the_top),
        TEST(the_last_frame_of_the_direct_map_can_be_mapped),
        TEST(ranges_that_touch_are_both_mapped),
        TEST(what_the_tables_held_before_does_not_show),
        TEST(random_ranges_are_mapped_exactly_with_the_tables_counted),
    };
    return cmocka_run_group_tests_name("directmap", tests, NULL, NULL);
}
