/* mm/plan.c and mm/directmap.c together: what the processor could reach through the tables of a planned direct map. */
#include "tests/plan_fixture.h"
#include "tests/random.h"
#include "tests/table_walker.h"

enum { TEETH_MAX = 48, ROUNDS = 1000 };

static bool in_a_leaf(struct range range)
{
    for (size_t i = 0; i < leaf_count && !range_empty(range); i++) {
        if (leaves[i].start <= range.start && range.start < leaves[i].start + leaves[i].bytes) {
            range.start = leaves[i].start + leaves[i].bytes;
        }
    }
    return range_empty(range);
}

/* No leaf has a byte of low memory or of anything handed in; page tables and regions can be reached. */
static void assert_nothing_reserved_is_mapped(void)
{
    build(plan.direct_map, plan.direct_map_count, plan.page_bits);
    assert_int_equal(tables_seen * PAGE, range_bytes(plan.page_tables));
    for (size_t i = 0; i < leaf_count; i++) {
        struct range leaf = RANGE(leaves[i].start, leaves[i].start + leaves[i].bytes);
        assert_true(leaf.start >= 1 * MIB);
        for (size_t k = 0; k < input.reserved_count; k++) {
            assert_false(range_overlap(leaf, reservations[k].range));
        }
    }
    assert_true(in_a_leaf(plan.page_tables));
    for (size_t i = 0; i < plan.region_count; i++) {
        assert_true(in_a_leaf(RANGE(plan.regions[i].table.start, plan.regions[i].blocks.end)));
    }
}

/*   0    1M      1M+512K   2M            4M
 *   |low |image  |UUUUUUUUU|UUUU.........|.....     exact: cut at 1M+512K and where usable memory ends
 *                                                   coarse: the same, but the second frame is whole    */
static void the_frame_of_the_image_is_cut_with_exact_and_with_coarse_edges(void **state)
{
    static const size_t teeth[] = {2, TEETH_MAX};
    for (size_t k = 0; k < 2; k++) {
        MemoryMapEntry comb[TEETH_MAX];
        for (uint64_t i = 0; i < TEETH_MAX; i++) {
            comb[i] = (MemoryMapEntry){(1 + 4 * i) * MIB, 1 * MIB + 256 * KIB, 1, 1};
        }
        hostile_memory(state);
        hostile_tables();
        make_plan(comb, teeth[k], RANGE(1 * MIB, 1 * MIB + 512 * KIB));
        assert_int_equal(plan.exact_edges, teeth[k] == 2);
        assert_nothing_reserved_is_mapped();
        assert_int_equal(leaves[0].start, 1 * MIB + 512 * KIB);
        assert_int_equal(leaves[0].bytes, PAGE);
    }
}

static struct range random_pages(struct random *random, uint64_t limit)
{
    uint64_t start = random_below(random, limit / PAGE) * PAGE;
    return RANGE(start, start + (1 + random_below(random, 600)) * PAGE);
}

/* Few or many pieces, close together or a GiB apart, and an image and modules anywhere among them. */
static void random_machine(struct random *random)
{
    static const uint64_t gaps[] = {64 * KIB, 1 * MIB, 8 * MIB, 1 * GIB};
    MemoryMapEntry teeth[TEETH_MAX];
    size_t count = 1 + random_below(random, TEETH_MAX);
    uint64_t gap = gaps[random_below(random, 4)];
    uint64_t at = random_below(random, 2) * MIB;
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = (16 + random_below(random, 1000)) * PAGE;
        teeth[i] = (MemoryMapEntry){at, bytes, 1, 1};
        at += bytes + (1 + random_below(random, gap / PAGE)) * PAGE;
    }
    for (uint64_t modules = random_below(random, 8); modules > 0; modules--) {
        reserve("module", random_pages(random, at));
    }
    input.page_bits = random_below(random, 2) == 0 ? 21 : 30;
    make_plan(teeth, count, random_pages(random, at < 64 * MIB ? at : 64 * MIB));
}

static void nothing_reserved_is_mapped_on_random_machines(void **state)
{
    struct random random = random_seeded("directmap plan");
    unsigned exact = 0;
    unsigned coarse = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        hostile_memory(state);
        hostile_tables();
        random_machine(&random);
        if (plan.verdict == PLAN_OK) {
            assert_nothing_reserved_is_mapped();
            exact += plan.exact_edges;
            coarse += !plan.exact_edges;
        }
    }
    printf("%u plans with exact edges, %u with coarse ones\n", exact, coarse);
    assert_true(exact > ROUNDS / 10 && coarse > ROUNDS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_frame_of_the_image_is_cut_with_exact_and_with_coarse_edges),
        TEST(nothing_reserved_is_mapped_on_random_machines),
    };
    return cmocka_run_group_tests_name("directmap plan", tests, NULL, NULL);
}
