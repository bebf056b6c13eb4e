/* core/timer_queue.h: deadlines in order, and a checker that notices when they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/timer_queue.h"
#include "tests/random.h"

enum { TIMERS = 600 };

static struct timer_queue queue;
static struct timer timers[TIMERS];

/* The contract wants zeroed timers only; what insertion overwrites is hostile. */
static int fresh_queue(void **state)
{
    (void)state;
    queue = (struct timer_queue){.first = NULL};
    memset(timers, 0xA5, sizeof timers);
    for (size_t i = 0; i < TIMERS; i++) {
        timers[i].rank = 0;
    }
    return 0;
}

static int whole_queue(void **state)
{
    (void)state;
    assert_null(timer_queue_check(&queue));
    return 0;
}

/* As many timers as there are deadlines, in that order. */
#define INSERT(...)                                                                                                  \
    insert((const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void insert(const uint64_t *deadlines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        timer_insert(&queue, &timers[i], deadlines[i]);
        assert_null(timer_queue_check(&queue));
    }
}

static void assert_next(size_t number, uint64_t deadline)
{
    struct timer *timer = timer_pop_due(&queue, UINT64_MAX);
    assert_ptr_equal(timer, &timers[number]);
    assert_int_equal(timer->deadline, deadline);
    assert_false(timer_queued(timer));
    assert_null(timer_queue_check(&queue));
}

static void a_zeroed_queue_is_empty(void **state)
{
    (void)state;
    assert_null(timer_first(&queue));
    assert_null(timer_pop_due(&queue, UINT64_MAX));
    assert_false(timer_remove(&queue, &timers[0]));
}

/*   inserted  30 10 20
 *   popped    10 20 30  */
static void the_nearest_deadline_comes_first(void **state)
{
    (void)state;
    INSERT(30, 10, 20);
    assert_ptr_equal(timer_first(&queue), &timers[1]);
    assert_next(1, 10);
    assert_next(2, 20);
    assert_next(0, 30);
    assert_null(timer_first(&queue));
}

static void a_timer_is_due_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    INSERT(10, 11);
    assert_null(timer_pop_due(&queue, 9));
    assert_ptr_equal(timer_pop_due(&queue, 10), &timers[0]);
    assert_null(timer_pop_due(&queue, 10));
    assert_ptr_equal(timer_pop_due(&queue, 12), &timers[1]);
}

static void the_first_and_the_last_nanosecond_are_deadlines(void **state)
{
    (void)state;
    INSERT(UINT64_MAX, 0);
    assert_ptr_equal(timer_pop_due(&queue, 0), &timers[1]);
    assert_null(timer_pop_due(&queue, UINT64_MAX - 1));
    assert_next(0, UINT64_MAX);
}

/*   inserted  5a 5b 3 5c 5d
 *   popped    3 5a 5b 5c 5d  */
static void equal_deadlines_come_in_the_order_of_their_insertion(void **state)
{
    (void)state;
    INSERT(5, 5, 3, 5, 5);
    assert_next(2, 3);
    assert_next(0, 5);
    assert_next(1, 5);
    assert_next(3, 5);
    assert_next(4, 5);
}

static void a_timer_that_is_inserted_again_comes_after_its_equals(void **state)
{
    (void)state;
    INSERT(5, 5);
    assert_true(timer_remove(&queue, &timers[0]));
    timer_insert(&queue, &timers[0], 5);
    assert_next(1, 5);
    assert_next(0, 5);
}

static void any_timer_can_be_removed(void **state)
{
    (void)state;
    for (size_t removed = 0; removed < 7; removed++) {
        fresh_queue(NULL);
        INSERT(4, 1, 6, 2, 5, 3, 7);
        uint64_t deadline = timers[removed].deadline;
        assert_true(timer_remove(&queue, &timers[removed]));
        assert_false(timer_queued(&timers[removed]));
        assert_null(timer_queue_check(&queue));
        for (uint64_t expected = 1; expected <= 7; expected++) {
            if (expected != deadline) {
                assert_int_equal(timer_pop_due(&queue, UINT64_MAX)->deadline, expected);
            }
        }
        assert_null(timer_first(&queue));
    }
}

static void a_timer_that_is_not_queued_stays_so_when_it_is_removed(void **state)
{
    (void)state;
    INSERT(1, 2);
    assert_false(timer_remove(&queue, &timers[2]));
    assert_true(timer_remove(&queue, &timers[1]));
    assert_false(timer_remove(&queue, &timers[1]));
    assert_next(0, 1);
}

static void a_timer_that_is_queued_may_not_be_inserted(void **state)
{
    (void)state;
    INSERT(1);
    expect_assert_failure(timer_insert(&queue, &timers[0], 2));
}

static void a_timer_may_not_be_removed_as_the_first_of_another_queue(void **state)
{
    (void)state;
    struct timer_queue other = {.first = NULL};
    INSERT(1);
    expect_assert_failure(timer_remove(&other, &timers[0]));
}

/* Rising, falling, and from both sides: whatever the order, the way out of the tree that the operations walk has at most
 * log2(n + 1) timers. */
static void no_order_of_insertion_makes_the_tree_long_to_walk(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        fresh_queue(NULL);
        for (size_t i = 0; i < TIMERS; i++) {
            timer_insert(&queue, &timers[i], order == 0 ? i : order == 1 ? TIMERS - i : i % 2 ? i : TIMERS - i);
        }
        assert_null(timer_queue_check(&queue));
        size_t steps = 0;
        for (const struct timer *timer = queue.first; timer != NULL; timer = timer->right) {
            steps++;
        }
        assert_in_range(steps, 1, 9); /* 2^9 <= TIMERS + 1 < 2^10 */
    }
}

/* Against an array that is searched from end to end. Few deadlines, so that many are equal. */
static struct timer *earliest(const bool *queued, const uint64_t *order)
{
    struct timer *first = NULL;
    for (size_t i = 0; i < TIMERS; i++) {
        if (queued[i] && (first == NULL || timers[i].deadline < first->deadline ||
                          (timers[i].deadline == first->deadline && order[i] < order[first - timers]))) {
            first = &timers[i];
        }
    }
    return first;
}

static void a_random_history_is_that_of_a_sorted_array(void **state)
{
    (void)state;
    struct random random = random_seeded("timer queue");
    static bool queued[TIMERS];
    static uint64_t order[TIMERS];
    uint64_t operations = random_setting("TESSERA_OPERATIONS", 30000);
    if (operations > 300000) {
        operations = 300000; /* each searches the array */
    }
    for (uint64_t done = 0; done < operations; done++) {
        size_t i = (size_t)random_below(&random, TIMERS), now = (size_t)random_below(&random, 100);
        uint64_t limit = done / 2000 % 2 ? 3 : 7; /* fills and empties by turns */
        if (random_below(&random, 10) < limit) {
            if (!queued[i]) {
                timer_insert(&queue, &timers[i], random_below(&random, 100));
                queued[i] = true;
                order[i] = done;
            }
        } else if (random_below(&random, 2)) {
            assert_int_equal(timer_remove(&queue, &timers[i]), queued[i]);
            queued[i] = false;
        } else {
            struct timer *expected = earliest(queued, order);
            assert_ptr_equal(timer_first(&queue), expected);
            expected = expected != NULL && expected->deadline <= now ? expected : NULL;
            assert_ptr_equal(timer_pop_due(&queue, now), expected);
            if (expected != NULL) {
                queued[expected - timers] = false;
            }
        }
        if (done % 64 == 0) {
            assert_null(timer_queue_check(&queue));
        }
    }
    for (struct timer *expected; (expected = earliest(queued, order)) != NULL; queued[expected - timers] = false) {
        assert_ptr_equal(timer_pop_due(&queue, UINT64_MAX), expected);
    }
    assert_null(timer_first(&queue));
}

/*      1        timers 0, 1, 2, 3
 *     / \
 *    2   3       the tree that the tests below break
 *       /
 *      4         */
static int four_timers(void **state)
{
    fresh_queue(state);
    INSERT(1, 2, 3, 4);
    assert_ptr_equal(timers[0].left, &timers[1]);
    assert_ptr_equal(timers[0].right, &timers[2]);
    assert_ptr_equal(timers[2].left, &timers[3]);
    return 0;
}

static void assert_broken(const char *rule)
{
    const char *found = timer_queue_check(&queue);
    assert_non_null(found);
    assert_memory_equal(found, rule, strlen(rule));
}

static void the_checker_notices_a_first_timer_with_a_parent(void **state)
{
    (void)state;
    timers[0].parent = &timers[1];
    assert_broken("T1");
}

static void the_checker_notices_a_child_that_does_not_know_its_parent(void **state)
{
    (void)state;
    timers[1].parent = &timers[2];
    assert_broken("T1");
    timers[1].parent = &timers[0];
    timers[2].parent = NULL;
    assert_broken("T1");
}

static void the_checker_notices_a_timer_that_is_there_twice(void **state)
{
    (void)state;
    timers[0].right = &timers[1];
    assert_broken("T1");
}

static void the_checker_notices_a_ring(void **state)
{
    (void)state;
    timers[3].left = &timers[0];
    assert_broken("T1");
}

static void the_checker_notices_a_timer_before_its_parent(void **state)
{
    (void)state;
    timers[1].deadline = 0;
    assert_broken("T2");
    timers[1].deadline = 2;
    timers[2].deadline = 1; /* as the first one, which has been there for longer: no breach */
    assert_null(timer_queue_check(&queue));
    timers[0].number = 3;
    timers[2].number = 0;
    assert_broken("T2");
}

static void the_checker_notices_a_wrong_rank(void **state)
{
    (void)state;
    timers[0].rank++;
    assert_broken("T3");
    timers[0].rank--;
    timers[3].rank = 0;
    assert_broken("T3");
}

/*      1             1
 *     / \    4      / \
 *    2   3   ->    2   3     by rank alone no other one can tell
 *       /           \
 *      4             4   */
static void the_checker_notices_a_tree_that_leans_to_the_right(void **state)
{
    (void)state;
    timers[2].left = NULL;
    timers[1].right = &timers[3];
    timers[3].parent = &timers[1];
    timers[1].rank = 2;
    assert_broken("T3");
}

static void the_checker_visits_what_hangs_on_the_right_alone(void **state)
{
    (void)state;
    timers[2].right = timers[2].left;
    timers[2].left = NULL;
    timers[3].rank = 0; /* as if nothing were there, for the one above it */
    assert_broken("T3");
}

static void the_checker_notices_a_number_that_was_never_given(void **state)
{
    (void)state;
    timers[3].number = 4;
    assert_broken("T4");
}

static void the_checker_visits_every_timer(void **state)
{
    (void)state;
    struct random random = random_seeded("timer queue's checker");
    for (size_t i = 0; i < TIMERS; i++) {
        timer_insert(&queue, &timers[i], random_next(&random));
    }
    for (size_t i = 0; i < TIMERS; i++) {
        uint64_t number = timers[i].number;
        timers[i].number = TIMERS;
        assert_broken("T4");
        timers[i].number = number;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_zeroed_queue_is_empty, fresh_queue, whole_queue),
        cmocka_unit_test_setup_teardown(the_nearest_deadline_comes_first, fresh_queue, whole_queue),
        cmocka_unit_test_setup_teardown(a_timer_is_due_at_its_deadline_and_not_before, fresh_queue, whole_queue),
        cmocka_unit_test_setup_teardown(the_first_and_the_last_nanosecond_are_deadlines, fresh_queue, whole_queue),
        cmocka_unit_test_setup_teardown(equal_deadlines_come_in_the_order_of_their_insertion, fresh_queue,
                                        whole_queue),
        cmocka_unit_test_setup_teardown(a_timer_that_is_inserted_again_comes_after_its_equals, fresh_queue,
                                        whole_queue),
        cmocka_unit_test_setup_teardown(any_timer_can_be_removed, fresh_queue, whole_queue),
        cmocka_unit_test_setup_teardown(a_timer_that_is_not_queued_stays_so_when_it_is_removed, fresh_queue,
                                        whole_queue),
        cmocka_unit_test_setup_teardown(a_timer_that_is_queued_may_not_be_inserted, fresh_queue, whole_queue),
        cmocka_unit_test_setup(a_timer_may_not_be_removed_as_the_first_of_another_queue, fresh_queue),
        cmocka_unit_test_setup_teardown(no_order_of_insertion_makes_the_tree_long_to_walk, fresh_queue, whole_queue),
        cmocka_unit_test_setup_teardown(a_random_history_is_that_of_a_sorted_array, fresh_queue, whole_queue),
        cmocka_unit_test_setup(the_checker_notices_a_first_timer_with_a_parent, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_child_that_does_not_know_its_parent, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_timer_that_is_there_twice, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_ring, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_timer_before_its_parent, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_wrong_rank, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_tree_that_leans_to_the_right, four_timers),
        cmocka_unit_test_setup(the_checker_visits_what_hangs_on_the_right_alone, four_timers),
        cmocka_unit_test_setup(the_checker_notices_a_number_that_was_never_given, four_timers),
        cmocka_unit_test_setup_teardown(the_checker_visits_every_timer, fresh_queue, whole_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
