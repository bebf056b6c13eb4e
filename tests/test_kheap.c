/* The kernel heap over several regions. In the drawings t is a region's record and table, a letter a live run, '.' a
 * free block. */
#include "tests/kheap_fixture.h"

#include <stdlib.h>

#include "mm/heap_check.h"
#include "tests/random.h"

static struct heap_refusal last_refusal;
static unsigned refusals;

void heap_refused(const struct heap_refusal *refusal)
{
    assert_int_equal(lock_depth, 0); /* a report takes long: never under the lock */
    last_refusal = *refusal;
    refusals++;
}

/*   |t.... |t........| t..|  regions of 4, 8 and 2 blocks */
static int three_regions(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 4);
    add_region(1, 8);
    add_region(0, 2);
    use_plan();
    refusals = 0;
    return 0;
}

static int sound(void **state)
{
    (void)state;
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    return 0;
}

static void *block_of(size_t region, size_t block)
{
    return ram_at(plan.regions[region].blocks.start + block * BLOCK);
}

static void refuse(void *ptr, enum free_fault fault, const heap_t *heap)
{
    struct kheap_totals before = kheap_totals();
    unsigned reported = refusals;
    assert_int_equal(kheap_try_free(ptr), -EINVARG);
    assert_int_equal(refusals, reported + 1);
    assert_ptr_equal(last_refusal.pointer, ptr);
    assert_int_equal(last_refusal.fault, fault);
    assert_ptr_equal(last_refusal.heap, heap);
    before.refused++;
    struct kheap_totals after = kheap_totals();
    assert_memory_equal(&before, &after, sizeof before);
}

/* Must run first: no other test has made a heap yet. */
static void before_kheap_init_nothing_is_allocated_or_freed(void **state)
{
    (void)state;
    assert_null(kmalloc(1));
    assert_null(kmalloc(BLOCK));
    kfree(NULL);
    kfree(ram);
    assert_int_equal(refusals, 1);
    assert_int_equal(last_refusal.fault, FREE_NO_HEAP);
    assert_null(kheap_region(0));
    assert_null(kheap_region_of(ram));
    assert_null(kheap_check());
}

static void heaps_are_what_the_plan_says(void **state)
{
    (void)state;
    assert_null(kheap_matches_plan(&plan));
    struct kheap_totals totals = kheap_totals();
    assert_int_equal(totals.regions, 3);
    assert_int_equal(totals.blocks, 14);
    assert_int_equal(totals.used, 0);
    assert_int_equal(totals.free_runs, 3);
    assert_int_equal(totals.longest_free, 8);
    assert_non_null(kheap_region(2));
    assert_null(kheap_region(3));
}

static void another_plan_is_told_apart(void **state)
{
    (void)state;
    struct plan other = plan;
    other.region_count = 2;
    assert_non_null(kheap_matches_plan(&other));
    other = plan;
    other.regions[1].blocks.start += BLOCK;
    assert_non_null(kheap_matches_plan(&other));
    other = plan;
    other.regions[1].blocks.end += BLOCK;
    assert_non_null(kheap_matches_plan(&other));
    other = plan;
    other.regions[2].table.start -= BLOCK;
    assert_string_equal(kheap_matches_plan(&other), "a region's record is not where the plan has it");
    heap_t *heap = (heap_t *)(uintptr_t)kheap_region(0);
    heap->table.entries++;
    assert_non_null(kheap_matches_plan(&plan));
    heap->table.entries--;
    assert_null(kheap_matches_plan(&plan));
}

/* The longest region serves until a request does not fit there; of the others the smallest that can.
 *   |tCCC.|tAAABBBDD|tEE|  3, 3, 3, 2 and 2 blocks */
static void one_region_serves_while_it_can_and_then_the_tightest(void **state)
{
    (void)state;
    assert_ptr_equal(kmalloc(3 * BLOCK), block_of(1, 0));
    assert_ptr_equal(kmalloc(3 * BLOCK), block_of(1, 3));
    assert_ptr_equal(kmalloc(3 * BLOCK), block_of(0, 0));
    assert_ptr_equal(kmalloc(2 * BLOCK), block_of(1, 6));
    assert_ptr_equal(kmalloc(2 * BLOCK), block_of(2, 0));
}

/*   14 blocks in all, 8 at most in one place: a run never crosses a region */
static void no_run_crosses_a_region(void **state)
{
    (void)state;
    assert_null(kmalloc(9 * BLOCK));
    assert_null(kmalloc(14 * BLOCK));
    assert_non_null(kmalloc(8 * BLOCK));
    assert_null(kmalloc(5 * BLOCK));
    assert_non_null(kmalloc(4 * BLOCK));
    assert_non_null(kmalloc(BLOCK));
    assert_non_null(kmalloc(BLOCK));
    assert_null(kmalloc(1));
    struct kheap_totals totals = kheap_totals();
    assert_int_equal(totals.used, 14);
    assert_int_equal(totals.peak, 14);
    assert_int_equal(totals.longest_free, 0);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,
                                   8 * BLOCK + 1,
                                   0xFFFFFFFF,
                                   0xFFFFF001,
                                   (size_t)1 << 32,
                                   (size_t)1 << 44,
                                   ((size_t)1 << 44) + 1,
                                   SIZE_MAX - 4095,
                                   SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_null(kmalloc(sizes[i]));
    }
    assert_int_equal(kheap_totals().used, 0);
}

static void memory_that_is_freed_serves_again(void **state)
{
    (void)state;
    void *runs[3] = {kmalloc(8 * BLOCK), kmalloc(4 * BLOCK), kmalloc(2 * BLOCK)};
    assert_null(kmalloc(1));
    for (size_t i = 0; i < 3; i++) {
        kfree(runs[i]);
    }
    assert_int_equal(refusals, 0);
    assert_int_equal(kheap_totals().free_runs, 3);
    assert_ptr_equal(kmalloc(8 * BLOCK), runs[0]);
}

/* Each address between and around the regions, and each kind of bad free inside one. */
static void bad_frees_are_refused(void **state)
{
    (void)state;
    kmalloc(7 * BLOCK);
    char *a = kmalloc(3 * BLOCK); /* in region 0 */
    const heap_t *heap = kheap_region(0);
    refuse(a + 1, FREE_UNALIGNED, heap);
    refuse(a + BLOCK, FREE_INSIDE_RUN, heap);
    refuse(a + 3 * BLOCK, FREE_ALREADY_FREE, heap);
    refuse(a + 4 * BLOCK, FREE_OUTSIDE, NULL);
    refuse(a - BLOCK, FREE_OUTSIDE, NULL);
    refuse(a - 1, FREE_OUTSIDE, NULL);
    refuse(ram_at(plan.regions[2].table.start), FREE_OUTSIDE, NULL);
    refuse(block_of(2, 2), FREE_OUTSIDE, NULL);
    refuse(ram_at(plan.regions[0].table.start), FREE_OUTSIDE, NULL);
    refuse(&heap, FREE_OUTSIDE, NULL);
    refuse((void *)1, FREE_OUTSIDE, NULL);
    refuse((void *)UINTPTR_MAX, FREE_OUTSIDE, NULL);
    kfree(a);
    refuse(a, FREE_ALREADY_FREE, heap);
}

/*   |RRttt  |blocks   R: the record, whole cache lines */
static void the_record_stands_at_the_regions_edge(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const heap_t *heap = kheap_region(i);
        assert_ptr_equal(heap, ram_at(plan.regions[i].table.start));
        assert_ptr_equal(heap->table.entries, (const char *)heap + KHEAP_RECORD_BYTES);
        assert_int_equal((uintptr_t)heap->table.entries % 64, 0);
    }
}

static void address_finds_its_region(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct range blocks = plan.regions[i].blocks;
        assert_ptr_equal(kheap_region_of(ram_at(blocks.start)), kheap_region(i));
        assert_ptr_equal(kheap_region_of(ram_at(blocks.end - 1)), kheap_region(i));
        assert_null(kheap_region_of(ram_at(blocks.start - 1)));
        assert_null(kheap_region_of(ram_at(blocks.end)));
    }
}

/* Where only a run of about the request's length may fit, several regions are tried.
 *   |t 66 |t 70 |   both in one bin: 69 blocks fit the second only */
static void region_with_a_run_of_about_the_length_is_found(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 70);
    add_region(0, 66);
    use_plan();
    assert_int_equal(bins_of(65), bins_of(69));
    assert_ptr_equal(kmalloc(69 * BLOCK), block_of(0, 0));
    assert_null(kmalloc(67 * BLOCK));
    assert_ptr_equal(kmalloc(66 * BLOCK), block_of(1, 0));
}

static void initializing_again_starts_afresh(void **state)
{
    (void)state;
    void *a = kmalloc(BLOCK);
    use_plan();
    assert_int_equal(kheap_totals().used, 0);
    assert_int_equal(kheap_totals().refused, 0);
    refuse(a, FREE_ALREADY_FREE, kheap_region_of(a));
}

/* What the heap knows of a region stands at the region's edge. */
static void nothing_but_records_and_tables_is_written(void **state)
{
    (void)state;
    begin_plan();
    add_region(3, 20);
    add_region(2, 30);
    use_plan();
    void *a = kmalloc(7 * BLOCK);
    kmalloc(9 * BLOCK);
    kfree(a);
    for (uint64_t at = RAM_START; at < RAM_START + RAM_BYTES; at++) {
        bool table = (at >= plan.regions[0].table.start && at < plan.regions[0].table.end) ||
                     (at >= plan.regions[1].table.start && at < plan.regions[1].table.end);
        assert_true(table || *(unsigned char *)ram_at(at) == 0xA5);
    }
}

/* Random sizes and frees over many regions: kmalloc fails only where no region has room. */
static void random_histories_over_many_regions(void **state)
{
    (void)state;
    enum { REGIONS = 200, HELD = 700, OPERATIONS = 40000 };
    static void *held[HELD];
    struct random random = random_seeded("random_histories_over_many_regions");
    begin_plan();
    for (size_t i = 0; i < REGIONS; i++) {
        add_region((size_t)random_below(&random, 3), 1 + (size_t)random_below(&random, 12));
    }
    use_plan();
    memset(held, 0, sizeof held);
    for (size_t i = 0; i < OPERATIONS; i++) {
        size_t which = (size_t)random_below(&random, HELD);
        if (held[which] != NULL) {
            assert_int_equal(kheap_try_free(held[which]), 0);
            held[which] = NULL;
            continue;
        }
        size_t blocks = 1 + (size_t)random_below(&random, 1 + random_below(&random, 13));
        size_t longest = kheap_totals().longest_free;
        held[which] = kmalloc(blocks * BLOCK);
        assert_true((held[which] != NULL) == (blocks <= longest));
        if (i % 100 == 0) {
            sound(NULL);
        }
    }
}

#define WITH_3(test) cmocka_unit_test_setup_teardown(test, three_regions, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_kheap_init_nothing_is_allocated_or_freed),
        WITH_3(heaps_are_what_the_plan_says),
        WITH_3(another_plan_is_told_apart),
        WITH_3(one_region_serves_while_it_can_and_then_the_tightest),
        WITH_3(no_run_crosses_a_region),
        WITH_3(impossible_sizes_are_refused),
        WITH_3(memory_that_is_freed_serves_again),
        WITH_3(bad_frees_are_refused),
        WITH_3(the_record_stands_at_the_regions_edge),
        WITH_3(address_finds_its_region),
        WITH_3(region_with_a_run_of_about_the_length_is_found),
        WITH_3(initializing_again_starts_afresh),
        WITH_3(nothing_but_records_and_tables_is_written),
        WITH_3(random_histories_over_many_regions),
    };
    return cmocka_run_group_tests_name("kernel heap", tests, NULL, NULL);
}
