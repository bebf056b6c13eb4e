/* mm/plan.c: how much of a piece becomes blocks, where a region is cut, and what page tables may cost. */
#include "mm/directmap.h"
#include "mm/heap.h"
#include "tests/plan_fixture.h"
#include "tests/random.h"

/*   4M                          8M+...
 *   |UUUUUUUUUUUUUUUUUUUUUUUUUUU|
 *   |t|224 blocks|t|224 blocks|t|bb|       a page is a record and 224 entries */
static void a_long_piece_is_cut_into_regions_that_touch(void **state)
{
    (void)state;
    input.policy.region_blocks_max = 224;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 512 * KIB), USABLE(4 * MIB, 4 * MIB + (2 * 225 + 3) * PAGE));
    assert_int_equal(plan.region_count, 4);
    assert_region(1, 4 * MIB, 4 * MIB + 225 * PAGE);
    assert_region(2, 4 * MIB + 225 * PAGE, 4 * MIB + 450 * PAGE);
    assert_region(3, 4 * MIB + 450 * PAGE, 4 * MIB + 453 * PAGE);
    assert_int_equal(range_bytes(plan.regions[1].blocks), 224 * PAGE);
    assert_int_equal(range_bytes(plan.regions[3].blocks), 2 * PAGE);
}

static void a_piece_that_one_region_holds_is_not_cut(void **state)
{
    (void)state;
    input.policy.region_blocks_max = 224;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 512 * KIB), USABLE(4 * MIB, 4 * MIB + 225 * PAGE));
    assert_int_equal(plan.region_count, 2);
    assert_int_equal(range_bytes(plan.regions[1].blocks), 224 * PAGE);
}

/*   202 pages are 201 blocks and a page of record and table, but a heap_t has no more than 200 */
static void a_last_page_without_room_for_a_table_is_no_region(void **state)
{
    (void)state;
    input.policy.region_blocks_max = 200;
    PLAN(no_image, USABLE(1 * MIB, 1 * MIB + 64 * PAGE), USABLE(4 * MIB, 4 * MIB + 202 * PAGE));
    assert_int_equal(plan.region_count, 2);
    assert_region(1, 4 * MIB, 4 * MIB + 201 * PAGE);
    assert_int_equal(plan.eligible_bytes, (64 + 202) * PAGE - range_bytes(plan.page_tables));
}

/* 2^31 blocks, 2^31 * 16 bytes of table and a page for the record: no 32-bit number anywhere on the way. */
static void twenty_tib_are_cut_at_2_to_the_31_blocks(void **state)
{
    (void)state;
    input.page_bits = 30;
    PLAN(no_image, USABLE(1 * MIB, 16 * MIB), USABLE(1 * TIB, 21 * TIB));
    assert_int_equal(plan.region_count, 4);
    assert_region(1, 1 * TIB, 9 * TIB + 32 * GIB + PAGE);
    assert_region(2, 9 * TIB + 32 * GIB + PAGE, 17 * TIB + 64 * GIB + 2 * PAGE);
    assert_region(3, 17 * TIB + 64 * GIB + 2 * PAGE, 21 * TIB);
    assert_int_equal(range_bytes(plan.regions[1].blocks), 8 * TIB);
}

/* A record is rarely whole entries: here one of 1000 bytes, then 16 bytes a block. */
static void each_region_of_a_cut_piece_has_room_for_its_record(void **state)
{
    (void)state;
    input.policy.region_blocks_max = 16;
    input.policy.record_bytes = 1000;
    PLAN(no_image, USABLE(4 * MIB, 8 * MIB));
    assert_true(plan.region_count > 50);
    for (size_t i = 0; i < plan.region_count; i++) {
        assert_int_equal(range_bytes(plan.regions[i].table), PAGE);
    }
}

/* 16 pages: the largest record beside 14 blocks, and one more byte. */
static void a_record_takes_what_it_needs_and_no_more(void **state)
{
    (void)state;
    input.policy.record_bytes = 2 * PAGE - 14 * ENTRY_BYTES;
    PLAN(no_image, USABLE(1 * MIB, 2 * MIB), USABLE(4 * MIB, 4 * MIB + 16 * PAGE));
    assert_int_equal(range_bytes(plan.regions[1].blocks), 14 * PAGE);
    hostile_memory(state);
    input.policy.record_bytes = 2 * PAGE - 14 * ENTRY_BYTES + 1;
    PLAN(no_image, USABLE(1 * MIB, 2 * MIB), USABLE(4 * MIB, 4 * MIB + 16 * PAGE));
    assert_int_equal(range_bytes(plan.regions[1].blocks), 13 * PAGE);
}

static uint64_t table_pages(uint64_t blocks)
{
    return (RECORD_BYTES + blocks * ENTRY_BYTES + PAGE - 1) / PAGE;
}

/* The most blocks that fit with record and table: one more would not. Never short of 99.5 % by more than a block. */
static void assert_best_use(const struct plan_region *region)
{
    uint64_t pages = (region->blocks.end - region->table.start) / PAGE;
    uint64_t blocks = range_bytes(region->blocks) / PAGE;
    assert_true(blocks + table_pages(blocks) <= pages);
    assert_true(blocks + 1 + table_pages(blocks + 1) > pages);
    assert_true((blocks + 1) * 1000 >= pages * 995);
}

static void every_size_up_to_8_mib_is_used_as_well_as_can_be(void **state)
{
    for (uint64_t pages = 16; pages <= 2048; pages++) {
        hostile_memory(state);
        PLAN(no_image, USABLE(1 * MIB, 2 * MIB), USABLE(4 * MIB, 4 * MIB + pages * PAGE));
        assert_int_equal(plan.region_count, 2);
        assert_region(1, 4 * MIB, 4 * MIB + pages * PAGE);
        assert_best_use(&plan.regions[1]);
    }
}

static void random_sizes_up_to_8_tib_are_used_as_well_as_can_be(void **state)
{
    struct random random = random_seeded("plan sizes");
    for (unsigned round = 0; round < 20000; round++) {
        hostile_memory(state);
        uint64_t pages = 16 + random_below(&random, UINT64_C(1) << (5 + random_below(&random, 27)));
        PLAN(no_image, USABLE(1 * MIB, 64 * MIB), USABLE(1 * GIB, 1 * GIB + pages * PAGE));
        assert_int_equal(plan.verdict, PLAN_OK);
        for (size_t i = 0; i < plan.region_count; i++) {
            assert_best_use(&plan.regions[i]);
        }
        assert_true((plan.heap_bytes + plan.region_count * PAGE) * 1000 >= plan.eligible_bytes * 995);
    }
}

static void a_page_left_over_belongs_to_the_table(void **state)
{
    (void)state;
    /* 226 pages: 224 blocks have one page of table; a 225th would need a second one */
    PLAN(no_image, USABLE(1 * MIB, 2 * MIB), USABLE(4 * MIB, 4 * MIB + 226 * PAGE));
    assert_int_equal(range_bytes(plan.regions[1].table), 2 * PAGE);
    assert_int_equal(range_bytes(plan.regions[1].blocks), 224 * PAGE);
}

/* 24 ragged pieces of 1 MiB: exact edges would take a table for each. */
static void many_ragged_pieces_make_the_edges_coarse(void **state)
{
    (void)state;
    MemoryMapEntry ragged[24];
    for (uint64_t i = 0; i < 24; i++) {
        ragged[i] = (MemoryMapEntry){(4 + 4 * i) * MIB + 64 * KIB, 1 * MIB, 1, 1};
    }
    make_plan(ragged, 24, no_image);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_false(plan.exact_edges);
    assert_int_equal(range_bytes(plan.page_tables), 2 * PAGE);
}

/* Less than 2 MiB in all, so exactly 64 KiB of tables are allowed: 16, two and one for each of 14 ragged pieces. */
static void as_many_ragged_pieces_as_are_allowed_keep_exact_edges(void **state)
{
    (void)state;
    MemoryMapEntry ragged[15];
    for (uint64_t i = 0; i < 15; i++) {
        ragged[i] = USABLE((4 + 4 * i) * MIB, (4 + 4 * i) * MIB + 64 * KIB);
    }
    ragged[0].length = 1 * MIB;
    make_plan(ragged, 14, no_image);
    assert_true(plan.exact_edges);
    assert_int_equal(range_bytes(plan.page_tables), 64 * KIB);
    hostile_memory(state);
    make_plan(ragged, 15, no_image);
    assert_false(plan.exact_edges);
    assert_int_equal(range_bytes(plan.page_tables), 2 * PAGE);
}

/* 24 ragged pieces of 1 MiB and 64 KiB, one in every 8 MiB from 1 MiB on: too many for exact edges. */
static void make_comb(struct range image)
{
    MemoryMapEntry comb[24];
    for (uint64_t i = 0; i < 24; i++) {
        comb[i] = (MemoryMapEntry){(1 + 8 * i) * MIB, 1 * MIB + 64 * KIB, 1, 1};
    }
    make_plan(comb, 24, image);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_false(plan.exact_edges);
}

/*   0    1M           2M         4M     8M   9M   10M       12M
 *   |low |UUU|IIII|UUU|U.........|......|....|UUUU|U........|
 *   |    |###|    |###|##########|      |#########|#########|      first frame cut, all others whole */
static void coarse_edges_leave_low_memory_and_the_image_out(void **state)
{
    (void)state;
    make_comb(RANGE(1 * MIB + 256 * KIB, 1 * MIB + 512 * KIB));
    assert_range(plan.direct_map[0], 1 * MIB, 1 * MIB + 256 * KIB);
    assert_range(plan.direct_map[1], 1 * MIB + 512 * KIB, 4 * MIB);
    assert_range(plan.direct_map[2], 8 * MIB, 12 * MIB);
    assert_int_equal(range_bytes(plan.page_tables), 3 * PAGE);
}

/*   40M  41M          42M       44M
 *   |....|UUU|mm|UUUUU|U........|
 *   |    |###|  |#####|#########|     the module's frame is cut, the next is whole */
static void coarse_edges_leave_a_module_out(void **state)
{
    (void)state;
    reserve("module", RANGE(41 * MIB + 256 * KIB, 41 * MIB + 260 * KIB));
    make_comb(no_image);
    assert_range(plan.direct_map[4], 32 * MIB, 36 * MIB);
    assert_range(plan.direct_map[5], 41 * MIB, 41 * MIB + 256 * KIB);
    assert_range(plan.direct_map[6], 41 * MIB + 260 * KIB, 44 * MIB);
}

/*   4M         6M         8M
 *   |.UU..UU..U|U..UU..UU.| ..       pieces in each frame: whole frames, which meet */
static void whole_frames_that_meet_are_mapped_together(void **state)
{
    (void)state;
    MemoryMapEntry crumbs[60];
    for (uint64_t i = 0; i < 60; i++) {
        crumbs[i] = (MemoryMapEntry){4 * MIB + i * 700 * KIB + 4 * KIB, 256 * KIB, 1, 1};
    }
    make_plan(crumbs, 60, no_image);
    assert_false(plan.exact_edges);
    assert_int_equal(plan.direct_map_count, 1);
    assert_range(plan.direct_map[0], 4 * MIB, 46 * MIB);
    assert_int_equal(plan.region_count, 60);
}

/* 16 pieces of 1 MiB, each in a GiB of its own: a table for each GiB is more than the 8 bytes for each 2 MiB and 64 KiB
 * (64 bytes and 64 KiB here). They are planned all the same, within what mm/plan.h says. */
static void sparse_memory_has_a_table_for_each_gib(void **state)
{
    for (unsigned page_bits = 21; page_bits <= 30; page_bits += 9) {
        MemoryMapEntry sparse[16];
        for (uint64_t i = 0; i < 16; i++) {
            sparse[i] = (MemoryMapEntry){(i + 1) * GIB, 1 * MIB, 1, 1};
        }
        hostile_memory(state);
        input.page_bits = page_bits;
        make_plan(sparse, 16, no_image);
        assert_int_equal(plan.verdict, PLAN_OK);
        assert_int_equal(range_bytes(plan.page_tables), (1 + 16) * PAGE);
        assert_int_equal(plan.region_count, 16);
        assert_non_null(plan_check_yield(&plan));
    }
}

/* The worst: each piece in 512 GiB of its own, and something reserved at both of its ends. */
static void sparse_memory_with_modules_at_its_ends_has_all_the_tables_it_may_have(void **state)
{
    (void)state;
    MemoryMapEntry sparse[10];
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t at = (i + 1) * 512 * GIB;
        sparse[i] = USABLE(at, at + 4 * MIB);
        reserve("module", RANGE(at, at + PAGE));
        reserve("module", RANGE(at + 4 * MIB - PAGE, at + 4 * MIB));
    }
    input.page_bits = 30;
    make_plan(sparse, 10, no_image);
    assert_int_equal(plan.verdict, PLAN_OK);
    assert_int_equal(range_bytes(plan.page_tables), (10 + 10 + 2 * 10) * PAGE);
}

/* 1 TiB in pages of 2 MiB: 8 bytes for each are 4 MiB of tables, far more than the 64 KiB allowed beyond that. */
static void a_large_machine_may_have_page_tables_for_all_it_maps(void **state)
{
    (void)state;
    PLAN(no_image, USABLE(1 * MIB, 3 * GIB), USABLE(4 * GIB, 1 * TIB));
    assert_true(plan.exact_edges);
    assert_int_equal(range_bytes(plan.page_tables),
                     directmap_tables(plan.direct_map, plan.direct_map_count, 21) * PAGE);
    assert_true(range_bytes(plan.page_tables) <= 1023 * 512 * 8 + 64 * KIB);
}

static void random_range(struct random *random, struct range *range)
{
    static const uint64_t scales[] = {PAGE, 64 * KIB, 1 * MIB, 64 * MIB, 1 * GIB, 256 * GIB};
    uint64_t start = random_below(random, 40) * scales[random_below(random, 6)] + random_below(random, 40) * PAGE;
    uint64_t bytes = (1 + random_below(random, 40)) * scales[random_below(random, 6)];
    *range = RANGE(start, start + bytes);
}

static void random_machines_give_sound_plans(void **state)
{
    struct random random = random_seeded("plan");
    for (unsigned round = 0; round < 20000; round++) {
        MemoryMapEntry entries[24];
        struct range r;
        hostile_memory(state);
        size_t count = 1 + random_below(&random, 24);
        for (size_t i = 0; i < count; i++) {
            random_range(&random, &r);
            uint32_t type = random_below(&random, 4) == 0 ? 2 + (uint32_t)random_below(&random, 4) : 1;
            entries[i] = (MemoryMapEntry){r.start, range_bytes(r), type, 1};
        }
        for (uint64_t i = random_below(&random, 8); i > 0; i--) {
            random_range(&random, &r);
            reserve("module", r);
        }
        input.page_bits = random_below(&random, 2) == 0 ? 21 : 30;
        input.policy.direct_map_bytes = random_below(&random, 4) == 0 ? 32 * GIB : 64 * TIB;
        random_range(&random, &r);
        make_plan(entries, count, random_below(&random, 4) == 0 ? no_image : r);
    }
}

static void the_default_policy_is_that_of_the_heap_and_the_configuration(void **state)
{
    (void)state;
    struct plan_policy policy = plan_policy_default();
    assert_int_equal(policy.piece_min_bytes, 64 * KIB);
    assert_int_equal(policy.direct_map_bytes, 64 * TIB);
    assert_int_equal(policy.region_blocks_max, UINT64_C(1) << 31);
    assert_int_equal(policy.entry_bytes, sizeof(HEAP_BLOCK_TABLE_ENTRY));
    assert_true(policy.record_bytes >= sizeof(heap_t));
    assert_int_equal(policy.record_bytes % _Alignof(HEAP_BLOCK_TABLE_ENTRY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_piece_is_cut_into_regions_that_touch),
        TEST(a_piece_that_one_region_holds_is_not_cut),
        TEST(a_last_page_without_room_for_a_table_is_no_region),
        TEST(twenty_tib_are_cut_at_2_to_the_31_blocks),
        TEST(each_region_of_a_cut_piece_has_room_for_its_record),
        TEST(a_record_takes_what_it_needs_and_no_more),
        TEST(every_size_up_to_8_mib_is_used_as_well_as_can_be),
        TEST(random_sizes_up_to_8_tib_are_used_as_well_as_can_be),
        TEST(a_page_left_over_belongs_to_the_table),
        TEST(many_ragged_pieces_make_the_edges_coarse),
        TEST(as_many_ragged_pieces_as_are_allowed_keep_exact_edges),
        TEST(coarse_edges_leave_low_memory_and_the_image_out),
        TEST(coarse_edges_leave_a_module_out),
        TEST(whole_frames_that_meet_are_mapped_together),
        TEST(sparse_memory_has_a_table_for_each_gib),
        TEST(sparse_memory_with_modules_at_its_ends_has_all_the_tables_it_may_have),
        TEST(a_large_machine_may_have_page_tables_for_all_it_maps),
        TEST(random_machines_give_sound_plans),
        TEST(the_default_policy_is_that_of_the_heap_and_the_configuration),
    };
    return cmocka_run_group_tests_name("plan sizes", tests, NULL, NULL);
}
