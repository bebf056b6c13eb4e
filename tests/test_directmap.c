/* mm/directmap.c: tables are counted, then built in a simulated physical memory that is seen through a window of one
 * page, as in the kernel; a walker that knows nothing of the builder reads back what is mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/config.h"
#include "mm/directmap.h"
#include "tests/random.h"

enum { ENTRIES = 512, TABLES_MAX = 512, LEAVES_MAX = 1 << 16, RANGES_MAX = 12 };

#define KIB               UINT64_C(1024)
#define MIB               (KIB * 1024)
#define GIB               (MIB * 1024)
#define TOP_TABLE         UINT64_C(0x40000000) /* the top-level table; the others follow it */
#define FIRST_TABLE       (TOP_TABLE + 4096)

#define RANGE(start, end) ((struct range){(start), (end)})

static uint64_t memory[1 + TABLES_MAX][ENTRIES];
static uint64_t window[ENTRIES];
static size_t window_shows;

/* The window really moves: what is written through a pointer from before goes to the wrong table and is found. */
uint64_t *directmap_table(uint64_t table)
{
    assert_int_equal(table % 4096, 0);
    assert_in_range(table, TOP_TABLE, TOP_TABLE + TABLES_MAX * 4096);
    memcpy(memory[window_shows], window, sizeof window);
    window_shows = (table - TOP_TABLE) / 4096;
    memcpy(window, memory[window_shows], sizeof window);
    return window;
}

static int hostile_memory(void **state)
{
    (void)state;
    memset(memory, 0xA5, sizeof memory);
    memset(memory[0], 0, sizeof memory[0]); /* the caller's top-level table */
    memset(window, 0, sizeof window);
    window_shows = 0;
    return 0;
}

/* One entry that maps memory. */
struct leaf {
    uint64_t start;
    uint64_t bytes;
};

static struct leaf leaves[LEAVES_MAX];
static size_t leaf_count;
static uint64_t tables_seen;

static void see_leaf(uint64_t entry, uint64_t physical, uint64_t bytes)
{
    const uint64_t no_execute = UINT64_C(1) << 63;
    const uint64_t present_write_accessed_dirty_global = 0x163;
    const uint64_t large = bytes > 4 * KIB ? 0x80 : 0;
    assert_int_equal(entry, physical | no_execute | present_write_accessed_dirty_global | large);
    assert_int_equal(physical % bytes, 0);
    assert_true(leaf_count < LEAVES_MAX);
    leaves[leaf_count++] = (struct leaf){physical, bytes};
}

/* Reads a table whose entries cover 2^shift bytes each, from the physical address that its first entry stands for. */
static void walk(uint64_t table, unsigned shift, uint64_t physical, unsigned first, unsigned page_bits)
{
    const uint64_t *entries = memory[(table - TOP_TABLE) / 4096];
    for (unsigned i = first; i < ENTRIES; i++) {
        uint64_t entry = entries[i];
        uint64_t at = physical + ((uint64_t)(i - first) << shift);
        if (entry == 0) {
            continue;
        }
        assert_true((entry & 1) != 0);
        bool leaf = shift == 12 || (shift < 39 && (entry & 0x80) != 0);
        if (leaf) {
            assert_true(shift <= page_bits);
            see_leaf(entry, at, UINT64_C(1) << shift);
            continue;
        }
        assert_int_equal(entry & 0xFFF, 0x23); /* present, write, accessed; no user, nothing else */
        assert_int_equal(entry >> 52, 0);
        tables_seen++;
        walk(entry & UINT64_C(0xFFFFFFFFFF000), shift - 9, at, 0, page_bits);
    }
}

static void read_back(unsigned page_bits)
{
    directmap_table(TOP_TABLE); /* puts the page in the window back */
    memcpy(memory[0], window, sizeof window);
    leaf_count = 0;
    tables_seen = 0;
    for (unsigned i = 0; i < 256; i++) {
        assert_int_equal(memory[0][i], 0); /* the user half is not ours */
    }
    walk(TOP_TABLE, 39, 0, 256, page_bits); /* DIRECT_MAP_BASE is the first address of entry 256 */
}

/* Counts, gives exactly that many tables, builds, reads back; the count is what was taken and what is hooked in. */
static uint64_t build(const struct range *ranges, size_t count, unsigned page_bits, bool exact)
{
    uint64_t tables = directmap_tables(ranges, count, page_bits, exact);
    assert_true(tables <= TABLES_MAX);
    struct range room = {FIRST_TABLE, FIRST_TABLE + tables * 4096};
    assert_int_equal(directmap_build(TOP_TABLE, room, ranges, count, page_bits, exact), tables);
    read_back(page_bits);
    assert_int_equal(tables_seen, tables);
    return tables;
}

/* The leaves, joined where they touch, are exactly `expected`. */
static void assert_mapped(const struct range *expected, size_t count)
{
    size_t leaf = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = expected[i].start;
        for (; at < expected[i].end; leaf++) {
            assert_true(leaf < leaf_count);
            assert_int_equal(leaves[leaf].start, at);
            at += leaves[leaf].bytes;
        }
        assert_int_equal(at, expected[i].end);
    }
    assert_int_equal(leaf, leaf_count);
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
    assert_int_equal(build(NULL, 0, 21, true), 0);
    assert_int_equal(leaf_count, 0);
}

static void one_page_takes_a_table_of_each_level(void **state)
{
    (void)state;
    const struct range page = RANGE(5 * MIB, 5 * MIB + 4096);
    assert_int_equal(build(&page, 1, 21, true), 3);
    assert_mapped(&page, 1);
}

/*   0     2M    4M    6M
 *   |.....|#####|.....|       no lowest-level table */
static void a_whole_2_mib_frame_is_one_large_page(void **state)
{
    (void)state;
    const struct range frame = RANGE(2 * MIB, 4 * MIB);
    assert_int_equal(build(&frame, 1, 21, true), 2);
    assert_mapped(&frame, 1);
    assert_int_equal(leaf_count, 1);
}

/*   0     2M    4M    6M
 *   |...##|#####|#....|       small pages at both ragged edges, a large one inside */
static void ragged_edges_are_small_pages_and_the_inside_large_ones(void **state)
{
    (void)state;
    const struct range ragged = RANGE(1 * MIB, 4 * MIB + 8 * KIB);
    assert_int_equal(build(&ragged, 1, 21, true), 4);
    assert_mapped(&ragged, 1);
    assert_int_equal(leaves_of(2 * MIB), 1);
    assert_int_equal(leaves_of(4 * KIB), 256 + 2);
}

static void ranges_in_one_frame_share_its_table(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(2 * MIB, 2 * MIB + 8 * KIB), RANGE(3 * MIB, 3 * MIB + 4 * KIB)};
    assert_int_equal(build(ranges, 2, 21, true), 3);
    assert_mapped(ranges, 2);
}

static void a_whole_gib_is_one_page_where_the_processor_can(void **state)
{
    (void)state;
    const struct range gib = RANGE(1 * GIB, 2 * GIB);
    assert_int_equal(build(&gib, 1, 30, true), 1);
    assert_mapped(&gib, 1);
    assert_int_equal(leaf_count, 1);
}

static void a_whole_gib_is_large_pages_where_it_cannot(void **state)
{
    (void)state;
    const struct range gib = RANGE(1 * GIB, 2 * GIB);
    assert_int_equal(build(&gib, 1, 21, true), 2);
    assert_mapped(&gib, 1);
    assert_int_equal(leaf_count, 512);
}

/*   0        1G       2G       3G
 *   |....####|########|##......|     1-GiB page only where all of it is inside */
static void page_sizes_step_up_and_down_again(void **state)
{
    (void)state;
    const struct range range = RANGE(1 * GIB - 2 * MIB - 4 * KIB, 2 * GIB + 2 * MIB + 4 * KIB);
    assert_int_equal(build(&range, 1, 30, true), 1 + 2 + 2);
    assert_mapped(&range, 1);
    assert_int_equal(leaves_of(GIB), 1);
    assert_int_equal(leaves_of(2 * MIB), 2);
    assert_int_equal(leaves_of(4 * KIB), 2);
}

static void memory_across_512_gib_takes_two_tables_of_the_level_below_the_top(void **state)
{
    (void)state;
    const struct range range = RANGE(511 * GIB, 513 * GIB);
    assert_int_equal(build(&range, 1, 30, true), 2);
    assert_mapped(&range, 1);
}

static void the_last_frame_of_the_direct_map_can_be_mapped(void **state)
{
    (void)state;
    const struct range range = RANGE(DIRECT_MAP_BYTES - 2 * MIB - 4 * KIB, DIRECT_MAP_BYTES);
    assert_int_equal(build(&range, 1, 21, true), 3);
    assert_mapped(&range, 1);
    assert_true(memory[0][256 + 127] != 0);
}

/*   0     2M    4M    6M    8M
 *   |...##|##...|.#...|...#.|     ->  |#####|#####|#####|#####|   every touched frame whole */
static void coarse_edges_map_every_touched_frame_whole(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(1 * MIB, 3 * MIB), RANGE(5 * MIB, 5 * MIB + 4 * KIB),
                                   RANGE(7 * MIB, 7 * MIB + 4 * KIB)};
    const struct range whole = RANGE(0, 8 * MIB);
    assert_int_equal(build(ranges, 3, 21, false), 2);
    assert_mapped(&whole, 1);
    assert_int_equal(leaf_count, 4);
}

static void a_frame_shared_by_coarse_ranges_is_mapped_once(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(2 * MIB, 3 * MIB), RANGE(3 * MIB + 4 * KIB, 4 * MIB)};
    const struct range whole = RANGE(2 * MIB, 4 * MIB);
    assert_int_equal(build(ranges, 2, 21, false), 2);
    assert_mapped(&whole, 1);
}

/* Neither range holds a whole GiB, but the frames that they touch make one. */
static void coarse_ranges_that_meet_make_a_1_gib_page_together(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(1 * GIB, 1 * GIB + 5 * MIB), RANGE(1 * GIB + 5 * MIB + 4 * KIB, 2 * GIB)};
    const struct range whole = RANGE(1 * GIB, 2 * GIB);
    assert_int_equal(build(ranges, 2, 30, false), 1);
    assert_mapped(&whole, 1);
}

static void ranges_that_touch_are_mapped_as_one(void **state)
{
    (void)state;
    const struct range ranges[] = {RANGE(2 * MIB, 3 * MIB), RANGE(3 * MIB, 4 * MIB)};
    assert_int_equal(build(ranges, 2, 21, true), 2);
    assert_int_equal(leaf_count, 1);
}

static void what_the_tables_held_before_does_not_show(void **state)
{
    (void)state;
    const struct range page = RANGE(0x7000, 0x8000);
    memset(memory + 1, 0xFF, sizeof memory - sizeof memory[0]);
    build(&page, 1, 21, true);
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

/* What coarse ranges map: whole frames, joined where they meet. */
static size_t widened(const struct range *ranges, size_t count, struct range *whole)
{
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        struct range r =
            RANGE(ranges[i].start / (2 * MIB) * (2 * MIB), (ranges[i].end + 2 * MIB - 1) / (2 * MIB) * (2 * MIB));
        if (made > 0 && r.start <= whole[made - 1].end) {
            whole[made - 1].end = r.end;
        } else {
            whole[made++] = r;
        }
    }
    return made;
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
        struct range whole[RANGES_MAX];
        size_t count = random_ranges(&random, ranges);
        size_t whole_count = widened(ranges, count, whole);
        for (unsigned page_bits = 21; page_bits <= 30; page_bits += 9) {
            hostile_memory(state);
            build(ranges, count, page_bits, true);
            assert_mapped(ranges, count);
            assert_largest_pages(page_bits);
            hostile_memory(state);
            build(ranges, count, page_bits, false);
            assert_mapped(whole, whole_count);
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
        TEST(coarse_edges_map_every_touched_frame_whole),
        TEST(a_frame_shared_by_coarse_ranges_is_mapped_once),
        TEST(coarse_ranges_that_meet_make_a_1_gib_page_together),
        TEST(ranges_that_touch_are_mapped_as_one),
        TEST(what_the_tables_held_before_does_not_show),
        TEST(random_ranges_are_mapped_exactly_with_the_tables_counted),
    };
    return cmocka_run_group_tests_name("directmap", tests, NULL, NULL);
}
