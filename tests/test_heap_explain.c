/* What the report of a refused free says: the reason, and what stands there. */
#include "tests/heap_fixture.h"

static struct fixture fix;
static struct heap_refusal last_refusal;

void heap_refused(const struct heap_refusal *refusal)
{
    last_refusal = *refusal;
}

static void refuse(void *ptr, enum free_fault expected)
{
    memset(&last_refusal, 0xA5, sizeof last_refusal);
    assert_int_equal(heap_try_free(&fix.heap, ptr), -EINVARG);
    assert_ptr_equal(last_refusal.pointer, ptr);
    assert_int_equal(last_refusal.fault, expected);
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

static void refusal_names_the_live_run(void **state)
{
    (void)state;
    take(2);
    char *b = take(3);
    refuse(b + BLOCK + 16, FREE_UNALIGNED);
    assert_ptr_equal(last_refusal.heap, &fix.heap);
    assert_int_equal(last_refusal.run.first, 2);
    assert_int_equal(last_refusal.run.blocks, 3);
    assert_true(last_refusal.run.live);
}

static void refusal_names_the_free_run(void **state)
{
    (void)state;
    take(2);
    refuse(block_at(5), FREE_ALREADY_FREE);
    assert_int_equal(last_refusal.run.first, 2);
    assert_int_equal(last_refusal.run.blocks, 6);
    assert_false(last_refusal.run.live);
}

/* The start is too far below, and nothing known is near above: refused all the same, only the reason is less exact.
 *   |AAAAAAAAAA ... AAAAAAAAAA|  free the middle, and the last block */
static void middle_of_a_long_run_is_refused_without_a_search(void **state)
{
    (void)state;
    size_t blocks = 4 * HEAP_SEARCH_BLOCKS;
    fixture_destroy(&fix);
    fixture_create(&fix, blocks, 0xA5);
    take(blocks);
    refuse(block_at(HEAP_SEARCH_BLOCKS - 1), FREE_INSIDE_RUN);
    refuse(block_at(HEAP_SEARCH_BLOCKS), FREE_NOT_A_START);
    assert_int_equal(last_refusal.run.blocks, 0);
    refuse(block_at(blocks - 1), FREE_NOT_A_START);
    assert_int_equal(last_refusal.run.blocks, 0);
}

static void each_reason_has_its_sentence(void **state)
{
    (void)state;
    for (int fault = FREE_OK; fault <= FREE_SMALL; fault++) {
        for (int other = FREE_OK; other < fault; other++) {
            assert_string_not_equal(free_fault_sentence((enum free_fault)fault),
                                    free_fault_sentence((enum free_fault)other));
        }
    }
    assert_non_null(free_fault_sentence((enum free_fault)1000));
}

static void refusal_of_an_outsider_names_no_run(void **state)
{
    (void)state;
    refuse(block_at(8), FREE_OUTSIDE);
    assert_int_equal(last_refusal.run.blocks, 0);
}

#define WITH_8(test) cmocka_unit_test_setup_teardown(test, with_8_blocks, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_8(refusal_names_the_live_run),
        WITH_8(refusal_names_the_free_run),
        WITH_8(middle_of_a_long_run_is_refused_without_a_search),
        cmocka_unit_test(each_reason_has_its_sentence),
        WITH_8(refusal_of_an_outsider_names_no_run),
    };
    return cmocka_run_group_tests_name("refused frees", tests, NULL, NULL);
}
