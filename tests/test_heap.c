/* The block-table heap. In the drawings a letter is a live run, '.' a free block, '|' an end of the heap. */
#include "tests/heap_fixture.h"

static struct fixture fix;

void heap_refused(const struct heap_refusal *refusal)
{
    const void *pointer = refusal->pointer;
    enum free_fault fault = refusal->fault;
    check_expected_ptr(pointer);
    check_expected(fault);
}

/* The next bad free is this one, and it changes nothing. */
static void refuse(const void *ptr, enum free_fault expected)
{
    uint64_t before = heap_digest(&fix.heap);
    size_t refused = fix.heap.refused;
    expect_value(heap_refused, pointer, (uintptr_t)ptr);
    expect_value(heap_refused, fault, expected);
    assert_int_equal(heap_try_free(&fix.heap, (void *)(uintptr_t)ptr), -EINVARG);
    assert_int_equal(fix.heap.refused, refused + 1);
    assert_true(heap_digest(&fix.heap) == before);
}

static void *take(size_t blocks)
{
    return heap_malloc(&fix.heap, blocks * BLOCK);
}

static int with_8_blocks(void **state)
{
    (void)state;
    fixture_create(&fix, 8, 0xA5);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    fixture_destroy(&fix);
    return 0;
}

/* ---- the faults of the classic tutorial heap ---- */

/* A tail run that is too short is not a fit.
 *   before  |AAAAAA..|   take 4
 *   after   |AAAAAA..|   NULL, nothing changed */
static void short_tail_run_is_not_a_fit(void **state)
{
    (void)state;
    assert_ptr_equal(take(6), block_at(0));
    uint64_t before = heap_digest(&fix.heap);
    assert_null(take(4));
    assert_true(heap_digest(&fix.heap) == before);
}

static void no_bytes_are_no_allocation(void **state)
{
    (void)state;
    assert_null(heap_malloc(&fix.heap, 0));
    assert_int_equal(heap_census(&fix.heap).used, 0);
}

/* Rounding up to blocks wraps neither at 32 nor at 64 bits: nothing that long is ever handed out. */
static void sizes_near_the_limits_do_not_wrap(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        8 * BLOCK + 1,   0x7FFFFFFF,      0x80000000,      0xFFFFF000,   0xFFFFF001,       0xFFFFFFFF,
        0x100000000,     0x100000001,     0x1000000000000, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 4096,
        SIZE_MAX - 4095, SIZE_MAX - 4094, SIZE_MAX - 1,    SIZE_MAX,
    };
    uint64_t before = heap_digest(&fix.heap);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_null(heap_malloc(&fix.heap, sizes[i]));
    }
    assert_true(heap_digest(&fix.heap) == before);
}

/*   before  |........|
 *   after   |AAAAAAAA|   from 7 blocks and a byte */
static void size_is_rounded_up_to_blocks(void **state)
{
    (void)state;
    assert_ptr_equal(heap_malloc(&fix.heap, 7 * BLOCK + 1), block_at(0));
    assert_int_equal(heap_census(&fix.heap).used, 8);
    assert_null(heap_malloc(&fix.heap, 1));
}

/*   |AAABB...|  every address that is not exactly the start of A or B */
static void interior_pointers_are_refused(void **state)
{
    (void)state;
    char *a = take(3);
    char *b = take(2);
    static const size_t inside[] = {1, 8, 16, 4095, 4097, 2 * BLOCK + 16, 3 * BLOCK - 1};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        refuse(a + inside[i], FREE_UNALIGNED);
    }
    refuse(a + BLOCK, FREE_INSIDE_RUN);
    refuse(a + 2 * BLOCK, FREE_INSIDE_RUN);
    refuse(b + BLOCK, FREE_INSIDE_RUN);
    refuse(b + 2 * BLOCK, FREE_ALREADY_FREE);
    heap_free(&fix.heap, a);
    heap_free(&fix.heap, b);
}

/*   |AABB....|   free A, free A again */
static void freeing_twice_is_refused(void **state)
{
    (void)state;
    void *a = take(2);
    void *b = take(2);
    heap_free(&fix.heap, a);
    refuse(a, FREE_ALREADY_FREE);
    heap_free(&fix.heap, b);
    refuse(b, FREE_ALREADY_FREE);
}

/* B's first block is inside a longer free run by now.
 *   |AABB....|  ->  |........|   free B again */
static void freeing_twice_after_merging_is_refused(void **state)
{
    (void)state;
    void *a = take(2);
    void *b = take(2);
    heap_free(&fix.heap, b);
    heap_free(&fix.heap, a);
    refuse(b, FREE_ALREADY_FREE);
    refuse(a, FREE_ALREADY_FREE);
}

/* B's first block is inside another's run by now.
 *   |AABB....|  ->  |CCCCCC..|   free B again */
static void freeing_what_is_inside_another_run_is_refused(void **state)
{
    (void)state;
    void *a = take(2);
    void *b = take(2);
    heap_free(&fix.heap, a);
    heap_free(&fix.heap, b);
    assert_ptr_equal(take(6), a);
    refuse(b, FREE_INSIDE_RUN);
}

/* The one bad free that no address check can see: documented in mm/heap.h.
 *   |AA......|  free A, take C at the same place, free A */
static void stale_pointer_to_a_live_start_is_freed(void **state)
{
    (void)state;
    void *a = take(2);
    heap_free(&fix.heap, a);
    assert_ptr_equal(take(1), a);
    assert_int_equal(heap_try_free(&fix.heap, a), 0);
}

static void pointers_outside_are_refused(void **state)
{
    (void)state;
    take(8);
    static char elsewhere;
    refuse(block_at(0) - BLOCK, FREE_OUTSIDE);
    refuse(block_at(0) - 1, FREE_OUTSIDE);
    refuse(block_at(8), FREE_OUTSIDE);
    refuse(block_at(8) + 1, FREE_OUTSIDE);
    refuse(&elsewhere, FREE_OUTSIDE);
    refuse(&fix.heap, FREE_OUTSIDE);
    refuse(fix.table.entries, FREE_OUTSIDE);
    refuse((void *)1, FREE_OUTSIDE);
    refuse((void *)UINTPTR_MAX, FREE_OUTSIDE);
    refuse((void *)(NOWHERE + (UINT64_C(1) << 44)),
           FREE_OUTSIDE); /* 2^32 blocks on: a 32-bit number wraps to block 0 */
}

static void what_was_never_allocated_is_refused(void **state)
{
    (void)state;
    for (size_t block = 0; block < 8; block++) {
        refuse(block_at(block), FREE_ALREADY_FREE);
    }
}

static void freeing_null_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(heap_try_free(&fix.heap, NULL), 0);
    assert_int_equal(fix.heap.refused, 0);
}

/* ---- merging and fitting ---- */

/*   |ABC.....|  free in all six orders: one free run each time */
static void neighbours_merge_in_every_order(void **state)
{
    (void)state;
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int i = 0; i < 6; i++) {
        void *runs[3] = {take(1), take(2), take(5)};
        assert_int_equal(heap_census(&fix.heap).free_runs, 0);
        for (int j = 0; j < 3; j++) {
            heap_free(&fix.heap, runs[orders[i][j]]);
            assert_null(heap_check(&fix.heap));
        }
        assert_int_equal(heap_census(&fix.heap).free_runs, 1);
        assert_int_equal(heap_longest_free(&fix.heap), 8);
    }
}

/*   before  |...B..CC|  take 2
 *   after   |...BDDCC|  the tight hole, not the wide one */
static void tight_hole_is_taken_first(void **state)
{
    (void)state;
    void *a = take(3);
    take(1);
    void *hole = take(2);
    take(2);
    heap_free(&fix.heap, hole);
    heap_free(&fix.heap, a);
    assert_ptr_equal(take(2), hole);
}

/* Runs of 64 blocks and more share bins. Of 100 and 104 blocks in one bin a request for 102 finds the second: no larger
 * bin has anything.
 *   |A 100|b|C 104|d| all else taken */
static void own_bin_is_looked_through_at_last(void **state)
{
    (void)state;
    fixture_destroy(&fix);
    fixture_create(&fix, 206, 0xA5);
    void *a = take(100);
    take(1);
    void *c = take(104);
    take(1);
    heap_free(&fix.heap, c);
    heap_free(&fix.heap, a);
    assert_int_equal(bins_of(99), bins_of(103));
    assert_ptr_equal(take(102), c);
    assert_null(take(102));
}

/* The search in the own bin is bounded: beyond HEAP_OWN_BIN_LOOKS shorter runs a fitting one is overlooked. */
static void own_bin_search_is_bounded(void **state)
{
    (void)state;
    enum { SHORT = 100, LONG = 104, COUNT = HEAP_OWN_BIN_LOOKS };
    fixture_destroy(&fix);
    fixture_create(&fix, COUNT * (SHORT + 1) + LONG + 1, 0xA5);
    void *shorts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        shorts[i] = take(SHORT);
        take(1);
    }
    void *far = take(LONG);
    take(1);
    heap_free(&fix.heap, far);
    for (size_t i = 0; i < COUNT; i++) {
        heap_free(&fix.heap, shorts[i]);
    }
    assert_null(take(102));
    assert_ptr_equal(heap_malloc(&fix.heap, SHORT * BLOCK), shorts[0]);
    assert_ptr_equal(take(102), far);
}

static void heaps_of_few_blocks_work(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= 5; blocks++) {
        fixture_destroy(&fix);
        fixture_create(&fix, blocks, 0xFF);
        for (size_t i = 0; i < blocks; i++) {
            assert_ptr_equal(take(1), block_at(i));
        }
        assert_null(take(1));
        for (size_t i = 0; i < blocks; i++) {
            heap_free(&fix.heap, block_at(i));
        }
        assert_ptr_equal(take(blocks), block_at(0));
    }
}

static void counts_follow(void **state)
{
    (void)state;
    void *a = take(3);
    void *b = take(4);
    assert_int_equal(heap_census(&fix.heap).used, 7);
    assert_int_equal(heap_census(&fix.heap).live_runs, 2);
    assert_int_equal(heap_census(&fix.heap).free_runs, 1);
    heap_free(&fix.heap, a);
    assert_int_equal(heap_census(&fix.heap).used, 4);
    assert_int_equal(heap_census(&fix.heap).free_runs, 2);
    assert_int_equal(heap_longest_free(&fix.heap), 3);
    heap_free(&fix.heap, b);
    assert_int_equal(heap_census(&fix.heap).used, 0);
    take(8);
    assert_int_equal(heap_longest_free(&fix.heap), 0);
}

static void longest_free_run_is_found_in_a_shared_bin(void **state)
{
    (void)state;
    fixture_destroy(&fix);
    fixture_create(&fix, 100 + 1 + 104 + 1, 0xA5);
    void *a = take(100);
    take(1);
    void *c = take(104);
    take(1);
    heap_free(&fix.heap, c);
    heap_free(&fix.heap, a);
    assert_int_equal(heap_longest_free(&fix.heap), 104);
}

#define WITH_8(test) cmocka_unit_test_setup_teardown(test, with_8_blocks, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_8(short_tail_run_is_not_a_fit),
        WITH_8(no_bytes_are_no_allocation),
        WITH_8(sizes_near_the_limits_do_not_wrap),
        WITH_8(size_is_rounded_up_to_blocks),
        WITH_8(interior_pointers_are_refused),
        WITH_8(freeing_twice_is_refused),
        WITH_8(freeing_twice_after_merging_is_refused),
        WITH_8(freeing_what_is_inside_another_run_is_refused),
        WITH_8(stale_pointer_to_a_live_start_is_freed),
        WITH_8(pointers_outside_are_refused),
        WITH_8(what_was_never_allocated_is_refused),
        WITH_8(freeing_null_does_nothing),
        WITH_8(neighbours_merge_in_every_order),
        WITH_8(tight_hole_is_taken_first),
        WITH_8(own_bin_is_looked_through_at_last),
        WITH_8(own_bin_search_is_bounded),
        WITH_8(heaps_of_few_blocks_work),
        WITH_8(counts_follow),
        WITH_8(longest_free_run_is_found_in_a_shared_bin),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
