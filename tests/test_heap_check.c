/* Each invariant of mm/heap_check.h is broken here once in every way that its checker distinguishes, and named. The heap
 * under test, with its block numbers:
 *
 *     |AAAB..CC..DDDDDDDD|     A 0-2, B 3, free 4-5, C 6-7, free 8-9, D 10-17
 *     line 0  |line 1  |      entries 16 and 17 are in no whole line
 */
#include "mm/heap_runs.h"
#include "mm/slab.h"
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
    fixture_create(&fix, 18, 0xA5);
    entry = fix.heap.table.entries;
    heap_malloc(&fix.heap, 3 * BLOCK);
    heap_malloc(&fix.heap, BLOCK);
    void *hole = heap_malloc(&fix.heap, 2 * BLOCK);
    heap_malloc(&fix.heap, 2 * BLOCK);
    void *second = heap_malloc(&fix.heap, 2 * BLOCK);
    heap_malloc(&fix.heap, 8 * BLOCK);
    heap_free(&fix.heap, hole);
    heap_free(&fix.heap, second);
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
}

static void h2_the_proof_is_sound(void **state)
{
    (void)state;
    assert_int_equal(fix.heap.lines, 2);
    assert_int_equal(fix.heap.cleared, 18);
    BREAK(fix.heap.cleared, 9, "H2");
    BREAK(fix.heap.cleared, 24, "H2");
    BREAK(fix.heap.reached, 19, "H2");
    BREAK(fix.heap.reached, 8, "H2");
    BREAK(fix.heap.lines, 3, "H2");
    BREAK(fix.heap.lines, 1, "H2");                  /* line 1 needs no proof, and has none */
    BREAK(entry[1].proof, 2, "H2");                  /* no such line                        */
    BREAK(entry[1].proof, entry[9].proof, "H2");     /* one line twice                      */
    BREAK(entry[8].proof, entry[8].proof + 1, "H2"); /* a line with another's place         */
}

/* With whole lines only, the last one is proven like any other. */
static void h2_the_last_entry_was_written(void **state)
{
    (void)state;
    struct fixture even;
    fixture_create(&even, 16, 0xA5);
    even.heap.lines = 1;
    assert_non_null(heap_check(&even.heap));
    even.heap.lines = 2;
    fixture_destroy(&even);
}

static void h3_runs_follow_each_other(void **state)
{
    (void)state;
    BREAK(entry[0].tag, TAG_INSIDE, "H3");
    BREAK(entry[3].tag, TAG_FREE | TAG_LAST, "H3");
    BREAK(entry[6].tag, TAG_INSIDE, "H3");
}

#define MORE(blocks) ((uint32_t)(blocks) << TAG_MORE_SHIFT)

static void h4_both_ends_agree(void **state)
{
    (void)state;
    BREAK(entry[0].tag, TAG_LIVE | MORE(3), "H5");  /* over the next one */
    BREAK(entry[0].tag, TAG_LIVE, "H3");            /* more blocks, says one */
    BREAK(entry[0].tag, TAG_LIVE | MORE(18), "H4"); /* past the table    */
    BREAK(entry[0].tag, TAG_LIVE | MORE(TAG_MORE_LONG), "H4");
    BREAK(entry[5].tag, TAG_FREE | TAG_LAST, "H4"); /* the last of a free run disagrees */
    BREAK(entry[5].tag, TAG_INSIDE, "H4");          /* no last                          */
    BREAK(entry[9].tag, TAG_INSIDE, "H4");
    BREAK(entry[4].tag, TAG_FREE | MORE(18), "H4");
    BREAK(entry[4].tag, TAG_FREE, "H3");
    entry[17].tag = TAG_LIVE | MORE(TAG_MORE_LONG); /* a long run without a second entry */
    entry[10].tag = TAG_LIVE | MORE(6);
    expect_broken("H4");
}

/* A length that a tag can say stands in the tag, and nowhere else. */
static void h4_lengths_are_said_in_one_way(void **state)
{
    (void)state;
    entry[11].more = 7;
    BREAK(entry[10].tag, TAG_LIVE | MORE(TAG_MORE_LONG), "H4");
}

/* A run whose end no entry was ever written for. */
static void h4_the_last_entry_of_a_run_was_written(void **state)
{
    (void)state;
    struct fixture wide;
    fixture_create(&wide, 40, 0xA5);
    void *run = heap_malloc(&wide.heap, 12 * BLOCK);
    assert_null(heap_check(&wide.heap));
    wide.heap.table.entries[0].tag = TAG_LIVE | MORE(20);
    assert_int_equal(strncmp(heap_check(&wide.heap), "H4", 2), 0);
    wide.heap.table.entries[0].tag = TAG_LIVE | MORE(11);
    heap_free(&wide.heap, run);
    fixture_destroy(&wide);
}

/* C is a slab's.
 *   |AAAB..SS..DDDDDDDD| */
static void h4_a_slabs_entries_name_it(void **state)
{
    (void)state;
    struct slab slab = {.start = (uintptr_t)block_at(6), .class = 1, .last_object = 255, .owner = 5};
    struct slab other = slab;
    heap_set_slab(&fix.heap, 6, slab_blocks(&slab), slab.owner, &slab);
    assert_int_equal(slab_blocks(&slab), 2);
    assert_null(heap_check(&fix.heap));
    BREAK(slab.class, SIZE_CLASSES, "H4");
    BREAK(slab.start, (uintptr_t)block_at(7), "H4");
    BREAK(slab.class, SIZE_CLASSES - 1, "H4"); /* past the table */
    BREAK(slab.owner, 4, "H4");
    BREAK(entry[7].tag, 4, "H4");
    BREAK(entry[7].slab, &other, "H4");
}

/* What the table held before means nothing, even if it looks like what is looked for. Only the first line of the long run
 * was written.
 *   |AAAA....A.|  39 blocks and a free one */
static void only_written_entries_are_looked_at(void **state)
{
    (void)state;
    struct fixture wide;
    fixture_create(&wide, 40, 0);
    struct slab slab = {.start = NOWHERE, .class = 8, .last_object = 255};
    heap_malloc(&wide.heap, 39 * BLOCK);
    assert_false(heap_written(&wide.heap, 8));
    wide.heap.bins.first[0] = (uint32_t)heap_link(20);
    wide.heap.table.entries[20].tag = TAG_FREE;
    assert_int_equal(strncmp(heap_check(&wide.heap), "H8", 2), 0);
    wide.heap.table.entries[0].tag = TAG_LIVE | MORE(7);
    assert_int_equal(strncmp(heap_check(&wide.heap), "H3", 2), 0);
    wide.heap.table.entries[0].tag = TAG_LIVE | MORE(6);
    wide.heap.table.entries[7].tag = TAG_LIVE | MORE(TAG_MORE_LONG);
    assert_int_equal(strncmp(heap_check(&wide.heap), "H4", 2), 0);
    assert_int_equal(slab_blocks(&slab), 9); /* the last one in a line that was not written */
    heap_set_slab(&wide.heap, 0, 9, slab.owner, &slab);
    assert_int_equal(strncmp(heap_check(&wide.heap), "H4", 2), 0);
    free(wide.table.entries);
}

/* A dead head of a longer run would be taken for an allocation.
 *   |AAAB..CC..|  entry 1 says that a run starts there */
static void h5_no_end_is_dead(void **state)
{
    (void)state;
    BREAK(entry[1].tag, TAG_LIVE | MORE(1), "H5");
    BREAK(entry[1].tag, TAG_FREE | TAG_LAST | MORE(1), "H5");
    BREAK(entry[1].tag, TAG_FREE, "H5");
    BREAK(entry[1].tag, 0, "H5"); /* a slab's */
    BREAK(entry[1].tag, TAG_LAST, "H5");
    BREAK(entry[1].tag, TAG_INSIDE | 1, "H5");
    BREAK(entry[16].tag, TAG_LIVE, "H5"); /* in no whole line */
}

static void h6_no_free_neighbours(void **state)
{
    (void)state;
    entry[3].tag = TAG_FREE;
    expect_broken("H6");
}

static void h7_free_runs_are_listed_once_by_length(void **state)
{
    (void)state;
    assert_int_equal(fix.heap.bins.first[1], heap_link(4));
    BREAK(entry[4].next, (uint32_t)heap_link(4), "H7");
    BREAK(entry[4].next, (uint32_t)heap_link(4) + 1, "H8"); /* to the middle of an entry */
    BREAK(entry[4].next, (uint32_t)heap_link(18), "H8");    /* past the table            */
    BREAK(entry[8].prev, (uint32_t)heap_link(8), "H7");
    BREAK(entry[8].next, (uint32_t)heap_link(4), "H7"); /* in a circle    */
    BREAK(fix.heap.bins.filled[0], 0, "H7");            /* listed nowhere */
    fix.heap.bins.filled[0] = 4;                        /* in the bin of another length */
    fix.heap.bins.first[2] = (uint32_t)heap_link(4);
    expect_broken("H7");
}

/* The bin of one length lists the two free runs; a second bin lists one of them too. */
static void h7_a_run_in_two_bins_is_found(void **state)
{
    (void)state;
    fix.heap.bins.filled[0] |= 4;
    fix.heap.bins.first[2] = (uint32_t)heap_link(4);
    expect_broken("H7");
}

static void h8_filled_bins_list_free_runs(void **state)
{
    (void)state;
    BREAK(fix.heap.bins.first[1], 0, "H8");
    BREAK(fix.heap.bins.first[1], (uint32_t)heap_link(5), "H8");
    BREAK(fix.heap.bins.first[1], (uint32_t)heap_link(18), "H8");
    fix.heap.bins.filled[0] |= 1;
    fix.heap.bins.first[0] = (uint32_t)heap_link(3);
    expect_broken("H8");
}

/* What a digest is for: it changes with everything that later calls depend on. */
static void digest_changes_with_each_part(void **state)
{
    (void)state;
    uint64_t before = heap_digest(&fix.heap);
    fix.heap.refused++;
    assert_true(heap_digest(&fix.heap) == before);
    entry[4].next = (uint32_t)heap_link(4);
    assert_true(heap_digest(&fix.heap) != before);
    entry[4].next = (uint32_t)heap_link(8);
    fix.heap.bins.first[1] = (uint32_t)heap_link(8);
    assert_true(heap_digest(&fix.heap) != before);
}

#define BROKEN(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKEN(h1_the_record_makes_sense),
        BROKEN(h2_the_proof_is_sound),
        cmocka_unit_test(h2_the_last_entry_was_written),
        BROKEN(h3_runs_follow_each_other),
        BROKEN(h4_both_ends_agree),
        BROKEN(h4_lengths_are_said_in_one_way),
        cmocka_unit_test(h4_the_last_entry_of_a_run_was_written),
        BROKEN(h4_a_slabs_entries_name_it),
        cmocka_unit_test(only_written_entries_are_looked_at),
        BROKEN(h5_no_end_is_dead),
        BROKEN(h6_no_free_neighbours),
        BROKEN(h7_free_runs_are_listed_once_by_length),
        BROKEN(h7_a_run_in_two_bins_is_found),
        BROKEN(h8_filled_bins_list_free_runs),
        BROKEN(digest_changes_with_each_part),
    };
    return cmocka_run_group_tests_name("heap checker", tests, NULL, NULL);
}
