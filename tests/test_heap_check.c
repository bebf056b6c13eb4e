/* Each invariant of mm/heap_check.h is broken here once in every way that its checker distinguishes, and named. The heap
 * under test, with its block numbers:
 *
 *     |AAAB..CC..|     A 0-2, B 3, free 4-5, C 6-7, free 8-9
 */
#include "tests/heap_fixture.h"

static struct fixture fix;
static HEAP_BLOCK_TABLE_ENTRY *entry;

void heap_refused(const struct heap_refusal *refusal)
{
    (void)refusal;
}

static int create(void **state)
{
    (void)state;
    fixture_create(&fix, 10, 0xA5);
    entry = fix.heap.table.entries;
    heap_malloc(&fix.heap, 3 * BLOCK);
    heap_malloc(&fix.heap, BLOCK);
    void *hole = heap_malloc(&fix.heap, 2 * BLOCK);
    heap_malloc(&fix.heap, 2 * BLOCK);
    heap_free(&fix.heap, hole);
    assert_null(heap_check(&fix.heap));
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    free(fix.table.entries);
    return 0;
}

static void expect_broken(const char *number)
{
    const char *broken = heap_check(&fix.heap);
    assert_non_null(broken);
    if (strncmp(broken, number, strlen(number)) != 0) {
        fail_msg("expected %s, the checker says %s", number, broken);
    }
}

/* Sets a field to a wrong value, expects the checker to name the invariant, and sets it right again. */
#define BREAK(field, wrong, number)                                                                                  \
    do {                                                                                                             \
        __typeof__(field) right = (field);                                                                           \
        (field) = (wrong);                                                                                           \
        expect_broken(number);                                                                                       \
        (field) = right;                                                                                             \
        assert_null(heap_check(&fix.heap));                                                                          \
    } while (0)

static void h1_the_record_makes_sense(void **state)
{
    (void)state;
    BREAK(fix.heap.table.entries, NULL, "H1");
    BREAK(fix.heap.table.total, 0, "H1");
    BREAK(fix.heap.table.total, HEAP_BLOCKS_MAX + 1, "H1");
    BREAK(fix.heap.start, 0, "H1");
    BREAK(fix.heap.start, NOWHERE + 16, "H1");
    BREAK(fix.heap.used, 11, "H1");
}

static void h2_the_proof_is_sound(void **state)
{
    (void)state;
    assert_int_equal(fix.heap.pairs, 5);
    assert_int_equal(fix.heap.cleared, 10);
    BREAK(fix.heap.cleared, 9, "H2");
    BREAK(fix.heap.cleared, 12, "H2");
    BREAK(fix.heap.reached, 12, "H2");
    BREAK(fix.heap.reached, 8, "H2");
    BREAK(fix.heap.pairs, 6, "H2");
    BREAK(fix.heap.pairs, 1, "H2");                  /* the last entry is not among them */
    BREAK(entry[1].proof, 5, "H2");                  /* no such pair                     */
    BREAK(entry[1].proof, entry[3].proof, "H2");     /* one pair twice                   */
    BREAK(entry[2].proof, entry[2].proof + 1, "H2"); /* a pair with another's place     */
}

static void h3_runs_follow_each_other(void **state)
{
    (void)state;
    BREAK(entry[0].kind, BLOCK_INSIDE, "H3");
    BREAK(entry[3].kind, BLOCK_FREE_LAST, "H3");
    BREAK(entry[6].kind, BLOCK_INSIDE, "H3");
}

static void h4_both_ends_agree(void **state)
{
    (void)state;
    BREAK(entry[1].more, 3, "H5");  /* over the next one      */
    BREAK(entry[1].more, 0, "H4");  /* no length              */
    BREAK(entry[1].more, 10, "H4"); /* past the table         */
    BREAK(entry[1].more, UINT32_MAX, "H4");
    BREAK(entry[5].more, 0, "H4");            /* the last of a free run disagrees */
    BREAK(entry[5].kind, BLOCK_INSIDE, "H4"); /* no last                          */
    BREAK(entry[9].kind, BLOCK_INSIDE, "H4");
    BREAK(entry[0].kind, BLOCK_LIVE_ONE, "H3"); /* more blocks, says one   */
    BREAK(entry[4].kind, BLOCK_FREE_ONE, "H3");
}

/* A dead head of a longer run would be taken for an allocation.
 *   |AAAB..CC..|  entry 1 says that a run starts there */
static void h5_no_end_is_dead(void **state)
{
    (void)state;
    BREAK(entry[1].kind, BLOCK_LIVE_FIRST, "H5");
    BREAK(entry[1].kind, BLOCK_FREE_LAST, "H5");
    BREAK(entry[1].kind, BLOCK_LIVE_ONE, "H5");
    BREAK(entry[1].kind, BLOCK_SLAB, "H5");
    BREAK(entry[1].kind, KIND_ONE, "H5");
    BREAK(entry[1].kind, 32, "H5");
}

static void h6_no_free_neighbours(void **state)
{
    (void)state;
    entry[3].kind = BLOCK_FREE_ONE;
    expect_broken("H6");
}

static void h7_free_runs_are_listed_once_by_length(void **state)
{
    (void)state;
    BREAK(entry[4].next, 4, "H7");
    BREAK(entry[4].next, 10, "H8"); /* past the table */
    BREAK(entry[4].prev, 8, "H7");
    BREAK(fix.heap.bins.filled[0], 0, "H7"); /* listed nowhere */
    fix.heap.bins.filled[0] = 4;             /* in the bin of another length */
    fix.heap.bins.first[2] = 4;
    expect_broken("H7");
}

/* The bin of one length lists the two free runs; a second bin lists one of them too. */
static void h7_a_run_in_two_bins_is_found(void **state)
{
    (void)state;
    fix.heap.bins.filled[0] |= 4;
    fix.heap.bins.first[2] = 4;
    expect_broken("H7");
}

static void h8_filled_bins_list_free_runs(void **state)
{
    (void)state;
    BREAK(fix.heap.bins.first[1], 0, "H8");
    BREAK(fix.heap.bins.first[1], 5, "H8");
    BREAK(fix.heap.bins.first[1], 10, "H8");
    fix.heap.bins.filled[0] |= 1;
    fix.heap.bins.first[0] = 3;
    expect_broken("H8");
}

static void h9_counts_are_right(void **state)
{
    (void)state;
    BREAK(fix.heap.used, 5, "H9");
    BREAK(fix.heap.live_runs, 4, "H9");
}

/* A, B and C are the kernel's: its list starts with the youngest. */
static void h10_live_runs_are_listed_by_their_owner(void **state)
{
    (void)state;
    assert_int_equal(fix.heap.held[0], 6);
    BREAK(fix.heap.holding[0], 0, "H10");
    BREAK(fix.heap.holding[0], 3, "H10");
    BREAK(fix.heap.held[0], 3, "H10");
    BREAK(fix.heap.held[0], 4, "H10");
    BREAK(fix.heap.held[0], 10, "H10");
    BREAK(entry[3].owner, 1, "H10");
    BREAK(entry[3].next, 3, "H10");
    BREAK(entry[3].prev, 0, "H10");
    BREAK(entry[0].next, 6, "H10");
}

/* With an odd total the last entry has no pair; its kind counts all the same. */
static void entry_without_a_pair_is_checked(void **state)
{
    (void)state;
    struct fixture odd;
    fixture_create(&odd, 5, 0xA5);
    odd.heap.table.entries[4].kind = BLOCK_INSIDE;
    assert_non_null(heap_check(&odd.heap));
    odd.heap.table.entries[4].kind = BLOCK_FREE_LAST;
    fixture_destroy(&odd);
}

/* What a digest is for: it changes with everything that later calls depend on. */
static void digest_changes_with_each_part(void **state)
{
    (void)state;
    uint64_t before = heap_digest(&fix.heap);
    fix.heap.refused++;
    assert_true(heap_digest(&fix.heap) == before);
    fix.heap.used++;
    assert_true(heap_digest(&fix.heap) != before);
    fix.heap.used--;
    entry[4].next = 4;
    assert_true(heap_digest(&fix.heap) != before);
    entry[4].next = 8;
    fix.heap.bins.first[1] = fix.heap.bins.first[1] == 4 ? 8 : 4;
    assert_true(heap_digest(&fix.heap) != before);
}

#define BROKEN(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKEN(h1_the_record_makes_sense),
        BROKEN(h2_the_proof_is_sound),
        BROKEN(h3_runs_follow_each_other),
        BROKEN(h4_both_ends_agree),
        BROKEN(h5_no_end_is_dead),
        BROKEN(h6_no_free_neighbours),
        BROKEN(h7_free_runs_are_listed_once_by_length),
        BROKEN(h7_a_run_in_two_bins_is_found),
        BROKEN(h8_filled_bins_list_free_runs),
        BROKEN(h9_counts_are_right),
        BROKEN(h10_live_runs_are_listed_by_their_owner),
        cmocka_unit_test(entry_without_a_pair_is_checked),
        BROKEN(digest_changes_with_each_part),
    };
    return cmocka_run_group_tests_name("heap checker", tests, NULL, NULL);
}
