/* The self-check on heaps that are not sound, or beside what others do. */
#include "tests/selfcheck_fixture.h"

/* Real misuse while the check does not provoke any is not its business. */
static void other_refusals_are_not_expected(void **state)
{
    (void)state;
    assert_int_equal(selfcheck_short(print), 0);
    kfree(ram);
    assert_int_equal(unexpected, 1);
}

/* A refused free with an effect: seen by comparing everything before and after. */
static void refusals_with_an_effect_fail_the_check(void **state)
{
    (void)state;
    meddling = true;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_non_null(strstr(printed, "check: FAILED: a bad free was not refused\n"));
}

static void damaged_counts_fail_the_check(void **state)
{
    (void)state;
    kheap_state()->below++;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "K3"));
}

/* Either word of a run's stamp, overwritten by somebody else. */
static void overwritten_runs_fail_the_full_check(void **state)
{
    (void)state;
    const struct range *blocks = &plan.regions[0].blocks;
    const uint64_t words[] = {blocks->start + 16, blocks->end - 8};
    for (size_t i = 0; i < 2; i++) {
        boot(two_ranges, 2, (struct range){MIB(1), MIB(1.25)});
        overwritten = ram_at(words[i]);
        assert_int_equal(selfcheck_full(print), -EINVARG);
        assert_non_null(strstr(printed, "check: FAILED: a run was overwritten by another\n"));
    }
}

/* Its first bad free is refused when all its runs are stamped; the first one of them stands where the heap starts. */
static void an_overwritten_run_fails_the_short_check(void **state)
{
    (void)state;
    overwritten = (unsigned char *)kheap_state()->start + 16;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_non_null(strstr(printed, "check: FAILED: an allocation was overwritten by another\n"));
}

/* Nothing is inside such a run.
 *   |.L..........|   L: live */
static void full_check_passes_where_the_lowest_run_is_one_block(void **state)
{
    (void)state;
    boot(&(struct range){MIB(1), MIB(9)}, 1, (struct range){MIB(9), MIB(10)});
    void *lowest = kmalloc(BLOCK);
    assert_non_null(kmalloc(BLOCK));
    kfree(lowest);
    if (selfcheck_full(print) != 0) {
        fail_msg("%s", printed);
    }
    assert_int_equal(unexpected, 0);
}

/* The table says that the free run at 0 reaches into the next one, and one as long as the difference is in no bin: all
 * counts are right, no stamp is hit.
 *     |...x.......x......x|     0-2 is free, and says 0-8; so is 4-10; 12-17 is hidden */
static void overlapping_runs_fail_the_full_check(void **state)
{
    (void)state;
    static const size_t lengths[] = {3, 1, 7, 1, 6, 1}; /* no powers of two: those go to boundaries */
    void *runs[6];
    for (size_t i = 0; i < 6; i++) {
        runs[i] = kmalloc(lengths[i] * BLOCK);
    }
    kfree(runs[0]);
    kfree(runs[2]);
    kfree(runs[4]);
    heap_t *heap = (heap_t *)(uintptr_t)kheap_region_of(runs[0]);
    HEAP_BLOCK_TABLE_ENTRY *a = &heap->table.entries[((uintptr_t)runs[0] - heap->start) / BLOCK];
    a[1].more = 8;
    heap->bins.first[8] = heap->bins.first[2];
    bins_set_empty(&heap->bins, 2);
    bins_set_filled(&heap->bins, 8);
    bins_set_empty(&heap->bins, 5);
    assert_int_equal(selfcheck_full(print), -EINVARG);
    if (strstr(printed, "check: FAILED: two runs overlap\n") == NULL) {
        fail_msg("%s", printed);
    }
}

/* A run that hides behind others of about its length is taken a little shorter, and the rest after it.
 *   |100|x|100|x| ... |104|x| everything else taken */
static void runs_that_hide_in_their_bin_are_filled_too(void **state)
{
    (void)state;
    enum { SHORTS = HEAP_OWN_BIN_LOOKS };
    boot(&(struct range){MIB(1), MIB(9)}, 1, (struct range){MIB(9), MIB(10)});
    void *shorts[SHORTS];
    for (size_t i = 0; i < SHORTS; i++) {
        shorts[i] = kmalloc(100 * BLOCK);
        assert_non_null(shorts[i]);
        assert_ptr_equal(kheap_region_of(shorts[i]), kheap_region_of(shorts[0]));
        kmalloc(BLOCK);
    }
    char *hidden = kmalloc(104 * BLOCK);
    for (size_t rest = kheap_totals().longest_free; rest != 0; rest = kheap_totals().longest_free) {
        kmalloc(rest * BLOCK);
    }
    kfree(hidden);
    for (size_t i = 0; i < SHORTS; i++) {
        kfree(shorts[i]);
    }
    assert_int_equal(kheap_totals().longest_free, 104);
    assert_null(kmalloc(104 * BLOCK));
    if (selfcheck_full(print) != 0) {
        fail_msg("%s", printed);
    }
}

/* The region reaches past its plan over the next one: the runs that fill both overlap. */
static void overlapping_regions_fail_the_full_check(void **state)
{
    (void)state;
    boot(two_ranges, 2, (struct range){MIB(4), MIB(5)});
    heap_t *heap = (heap_t *)(uintptr_t)kheap_region(1);
    heap->start = kheap_region(0)->start + BLOCK;
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "FAILED"));
}

static void full_heap_cannot_be_checked(void **state)
{
    (void)state;
    while (kmalloc(BLOCK) != NULL) {
    }
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "nothing is free"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOTED(other_refusals_are_not_expected),
        BOOTED(refusals_with_an_effect_fail_the_check),
        BOOTED(damaged_counts_fail_the_check),
        BOOTED(overwritten_runs_fail_the_full_check),
        BOOTED(an_overwritten_run_fails_the_short_check),
        BOOTED(full_check_passes_where_the_lowest_run_is_one_block),
        BOOTED(overlapping_runs_fail_the_full_check),
        BOOTED(runs_that_hide_in_their_bin_are_filled_too),
        BOOTED(overlapping_regions_fail_the_full_check),
        BOOTED(full_heap_cannot_be_checked),
    };
    return cmocka_run_group_tests_name("self-check, broken heaps", tests, NULL, NULL);
}
