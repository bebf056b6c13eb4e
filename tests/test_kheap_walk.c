/* Walks over the heap: what is there is met once, whatever others do between two steps, and whatever the table's memory held. */
#include "tests/kheap_one_region.h"

#include "mm/heap_table.h"
#include "mm/kheap_walk.h"

enum { LONG = 200, LOOKS_UNDER_ONE_LOCK = 64 };

static struct kheap_walk walk;
static struct kheap_met met;
static char *one, *other;

/* Memory that looks like a table of live runs, all of them proven. */
static int begin(void **state)
{
    (void)one_region(state);
    HEAP_BLOCK_TABLE_ENTRY *memory = (HEAP_BLOCK_TABLE_ENTRY *)(void *)ram;
    for (size_t i = 0; i < sizeof ram / sizeof *memory; i++) {
        memory[i].proof = (uint32_t)(i % 4);
        memory[i].tag = TAG_LIVE | 2u << TAG_MORE_SHIFT;
    }
    add_region(0, 100);
    use_plan();
    walk = (struct kheap_walk){0};
    return 0;
}

#define WALK(test) cmocka_unit_test_setup_teardown(test, begin, sound)

static void expect_run(const void *start, size_t blocks, bool live, owner_t owner)
{
    assert_true(kheap_walk(&walk, &met));
    const heap_t *region = kheap_region(met.region);
    assert_int_equal(heap_block_address(region, met.run.first), (uintptr_t)start);
    assert_int_equal(met.run.blocks, blocks);
    assert_int_equal(met.run.live, live);
    assert_int_equal(met.class, SIZE_CLASSES);
    assert_true(!live || met.owner == owner);
}

/*   0: |LONG|free...|   1: |free...| */
static void all_runs_of_all_regions_are_met(void **state)
{
    (void)state;
    one = kmalloc(LONG * BLOCK);
    expect_run(one, LONG, true, OWNER_KERNEL);
    expect_run(one + LONG * BLOCK, 1000 - LONG, false, 0);
    assert_true(kheap_walk(&walk, &met));
    assert_int_equal(met.region, 1);
    assert_int_equal(met.run.blocks, 100);
    assert_false(kheap_walk(&walk, &met));
    assert_false(kheap_walk(&walk, &met));
}

static void a_slab_is_met_with_its_live_objects(void **state)
{
    (void)state;
    owner_t owner = new_owner(OWNER_NO_QUOTA);
    void *objects[5];
    for (size_t i = 0; i < 5; i++) {
        objects[i] = take_as(owner, 512);
    }
    assert_int_equal(kheap_free_of(owner, objects[2]), 0);
    size_t slabs = 0;
    while (kheap_walk(&walk, &met)) {
        if (met.run.live && met.owner == owner) {
            assert_int_equal(met.class, size_class_of(512));
            assert_int_equal(met.objects, 4);
            assert_int_equal(met.run.blocks, 1);
            slabs++;
        }
    }
    assert_int_equal(slabs, 1);
}

static void a_walk_may_begin_with_any_region(void **state)
{
    (void)state;
    walk = (struct kheap_walk){.region = 1};
    assert_true(kheap_walk(&walk, &met));
    assert_int_equal(met.region, 1);
    walk = (struct kheap_walk){.region = 7};
    assert_false(kheap_walk(&walk, &met));
}

static void free_both(void)
{
    kfree(one);
    kfree(other);
}

/*   |pin|one    |other    |pin|free      the walk has met `one` and stands before `other`; then both go:
 *   |pin|free             |pin|free      it stands in the middle of a free run, whose inner entries nobody has written */
static void a_run_that_merges_under_the_walk_is_left(void **state)
{
    (void)state;
    void *pin = kmalloc(BLOCK);
    one = kmalloc(LONG * BLOCK), other = kmalloc(LONG * BLOCK);
    void *last = kmalloc(BLOCK);
    expect_run(pin, 1, true, OWNER_KERNEL);
    on_unlock = free_both;
    expect_run(one, LONG, true, OWNER_KERNEL);
    unsigned takes = lock_takes;
    expect_run(last, 1, true, OWNER_KERNEL);
    assert_in_range(lock_takes - takes, LONG / LOOKS_UNDER_ONE_LOCK, LONG / LOOKS_UNDER_ONE_LOCK + 1);
}

static owner_t server;

static void end_server(void)
{
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(server, &report), 0);
}

/* Its record was there when it was read; what it had is not there any more. */
static void an_owner_that_ends_while_it_is_counted_has_nothing(void **state)
{
    (void)state;
    server = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(server, 5 * BLOCK));
    assert_non_null(take_as(server, 64));
    struct owner_totals totals;
    assert_int_equal(owner_blocks(server), 6);
    on_unlock = end_server;
    assert_int_equal(owner_totals(server, &totals), 0);
    assert_int_equal(totals.held, 6);
    assert_int_equal(totals.runs + totals.slabs, 0);
    assert_int_equal(owner_totals(server, &totals), -EINVARG);
    assert_int_equal(owner_blocks(server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WALK(all_runs_of_all_regions_are_met),
        WALK(a_slab_is_met_with_its_live_objects),
        WALK(a_walk_may_begin_with_any_region),
        WALK(a_run_that_merges_under_the_walk_is_left),
        WALK(an_owner_that_ends_while_it_is_counted_has_nothing),
    };
    return cmocka_run_group_tests_name("kernel heap: walks", tests, NULL, NULL);
}
