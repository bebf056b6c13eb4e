/* Who runs: rules R1 to R4 of core/scheduler.h, by example and against a list. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "core/scheduler.h"
#include "tests/random.h"

enum { LENGTH = 100, THREADS = 12, STEPS = 20000 };

struct fixture {
    struct scheduler scheduler;
    struct turn idle;
    struct turn threads[THREADS];
};

static struct fixture world;

static int setup(void **state)
{
    *state = &world;
    memset(&world, 0xA5, sizeof world);
    scheduler_init(&world.scheduler, &world.idle, LENGTH);
    for (size_t i = 0; i < THREADS; i++) {
        world.threads[i].state = THREAD_WAITING;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    const char *broken = scheduler_check(&world.scheduler);
    if (broken != NULL) {
        print_error("%s\n", broken);
    }
    return broken != NULL;
}

static struct turn *add(size_t index, int priority)
{
    struct turn *turn = &world.threads[index];
    turn->priority = (int8_t)priority;
    scheduler_add(&world.scheduler, turn);
    return turn;
}

/* Lets the best run. */
static struct turn *attend(uint64_t ran)
{
    return scheduler_attend(&world.scheduler, ran);
}

static void nobody_ready_the_idle_thread_runs(void **state)
{
    (void)state;
    assert_ptr_equal(attend(0), &world.idle);
    assert_ptr_equal(scheduler_yield(&world.scheduler), &world.idle);
}

static void whoever_becomes_ready_ends_idling(void **state)
{
    (void)state;
    struct turn *thread = add(0, 0);
    assert_true(world.scheduler.attend);
    assert_ptr_equal(attend(0), thread);
    assert_ptr_equal(world.scheduler.current, thread);
    assert_false(world.scheduler.attend);
}

static void idle_yields_to_the_highest_priority_too(void **state)
{
    (void)state;
    struct turn *thread = add(0, PRIORITIES - 1);
    assert_ptr_equal(scheduler_yield(&world.scheduler), thread);
}

/*   running  5
 *   ready    9     runs at once; then 5 goes on */
static void a_higher_priority_runs_at_once(void **state)
{
    (void)state;
    struct turn *low = add(0, 5);
    attend(0);
    struct turn *high = add(1, 9);
    assert_true(world.scheduler.attend);
    assert_ptr_equal(attend(10), high);
    assert_int_equal(low->state, THREAD_READY);
    assert_ptr_equal(scheduler_block(&world.scheduler, THREAD_WAITING), low);
    assert_int_equal(high->state, THREAD_WAITING);
}

static void a_lower_priority_disturbs_nobody(void **state)
{
    (void)state;
    struct turn *high = add(0, 9);
    attend(0);
    add(1, 5);
    assert_false(world.scheduler.attend);
    assert_ptr_equal(attend(10 * LENGTH), high);
    assert_ptr_equal(scheduler_yield(&world.scheduler), high);
}

/*   ready a b c     yield, yield, yield, yield:  b c a b */
static void equals_take_turns_in_order(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7), *c = add(2, 7);
    assert_ptr_equal(attend(0), a);
    assert_ptr_equal(scheduler_yield(&world.scheduler), b);
    assert_ptr_equal(scheduler_yield(&world.scheduler), c);
    assert_ptr_equal(scheduler_yield(&world.scheduler), a);
    assert_ptr_equal(scheduler_yield(&world.scheduler), b);
}

static void two_equals_alternate(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7);
    attend(0);
    assert_ptr_equal(scheduler_yield(&world.scheduler), b);
    assert_ptr_equal(scheduler_yield(&world.scheduler), a);
}

static void a_turn_ends_when_it_is_used_up(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7);
    assert_ptr_equal(attend(0), a);
    assert_ptr_equal(attend(LENGTH - 1), a);
    assert_int_equal(a->left, 1);
    assert_ptr_equal(attend(1), b);
    assert_int_equal(a->left, LENGTH);
}

/*   a has used 60 of its 100 when somebody better comes: it goes on before b, and for 40 */
static void who_gives_way_keeps_its_place_and_the_rest_of_its_turn(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7);
    attend(0);
    struct turn *high = add(2, 9);
    assert_ptr_equal(attend(60), high);
    assert_ptr_equal(scheduler_block(&world.scheduler, THREAD_SLEEPING), a);
    assert_int_equal(a->left, LENGTH - 60);
    assert_ptr_equal(attend(39), a);
    assert_ptr_equal(attend(1), b);
}

static void who_gives_way_at_the_end_of_its_turn_goes_last(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7);
    attend(0);
    add(2, 9);
    attend(LENGTH);
    assert_ptr_equal(scheduler_block(&world.scheduler, THREAD_SLEEPING), b);
    assert_int_equal(a->left, LENGTH);
}

static void alone_a_turn_does_not_end(void **state)
{
    (void)state;
    struct turn *a = add(0, 7);
    attend(0);
    assert_false(scheduler_has_rival(&world.scheduler, a));
    assert_ptr_equal(attend(5 * LENGTH), a);
    struct turn *b = add(1, 7);
    assert_true(scheduler_has_rival(&world.scheduler, a));
    assert_true(world.scheduler.attend);
    assert_ptr_equal(attend(0), b); /* long over */
}

static void the_idle_thread_has_no_rival(void **state)
{
    (void)state;
    add(0, PRIORITIES - 1);
    assert_false(scheduler_has_rival(&world.scheduler, &world.idle));
    attend(0);
}

static void who_is_withdrawn_does_not_run(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7), *c = add(2, 7), *d = add(3, 7);
    assert_ptr_equal(attend(0), a);
    scheduler_withdraw(&world.scheduler, b); /* the first of the ring */
    scheduler_withdraw(&world.scheduler, d); /* the last */
    assert_ptr_equal(scheduler_yield(&world.scheduler), c);
    scheduler_withdraw(&world.scheduler, a); /* the only one */
    assert_ptr_equal(scheduler_yield(&world.scheduler), c);
}

/* The reference: threads that are ready, in the order in which they became it. */
static struct turn *queue[THREADS];
static size_t queued;

static void reference_add(struct turn *turn)
{
    queue[queued++] = turn;
}

static void reference_remove(size_t at)
{
    memmove(queue + at, queue + at + 1, (--queued - at) * sizeof(struct turn *));
}

static struct turn *reference_best(size_t *at)
{
    struct turn *best = NULL;
    for (size_t i = 0; i < queued; i++) {
        if (best == NULL || queue[i]->priority > best->priority) {
            best = queue[i];
            *at = i;
        }
    }
    return best;
}

/* What the rules say of yielding: the best of the ready ones, with the current one last. */
static void expect_after_yield(struct turn *got, struct turn *before)
{
    size_t at = 0;
    if (before != &world.idle) {
        reference_add(before);
    }
    struct turn *best = reference_best(&at);
    assert_ptr_equal(got, best != NULL ? best : &world.idle);
    if (best != NULL) {
        reference_remove(at);
    }
}

static void expect_after_block(struct turn *got)
{
    size_t at = 0;
    struct turn *best = reference_best(&at);
    assert_ptr_equal(got, best != NULL ? best : &world.idle);
    if (best != NULL) {
        reference_remove(at);
    }
}

static void random_add(struct random *random, struct turn *thread)
{
    if (thread->state == THREAD_WAITING && thread != world.scheduler.current) {
        thread->priority = (int8_t)random_below(random, 4);
        scheduler_add(&world.scheduler, thread);
        reference_add(thread);
    }
}

static void withdraw_ready(struct turn *thread)
{
    for (size_t i = 0; i < queued; i++) {
        if (queue[i] == thread) {
            scheduler_withdraw(&world.scheduler, thread);
            thread->state = THREAD_WAITING;
            reference_remove(i);
            return;
        }
    }
}

static void random_step(struct random *random)
{
    struct turn *thread = &world.threads[random_below(random, THREADS)];
    struct turn *current = world.scheduler.current;
    uint64_t what = random_below(random, 5);
    if (what < 2) {
        random_add(random, thread);
    } else if (what == 2) {
        expect_after_yield(scheduler_yield(&world.scheduler), current);
    } else if (what == 3 && current != &world.idle) {
        expect_after_block(scheduler_block(&world.scheduler, THREAD_WAITING));
    } else {
        withdraw_ready(thread);
    }
    /* The checker wants somebody better to be announced; `attend` is settled elsewhere. */
    if (scheduler_best(&world.scheduler) > world.scheduler.current->priority) {
        world.scheduler.attend = true;
    }
    assert_null(scheduler_check(&world.scheduler));
}

static void random_histories_are_as_a_list_says(void **state)
{
    (void)state;
    struct random random = random_seeded("scheduler");
    queued = 0;
    for (size_t i = 0; i < STEPS; i++) {
        random_step(&random);
    }
}

static void the_checker_names_what_is_broken(void **state)
{
    (void)state;
    struct turn *a = add(0, 7), *b = add(1, 7);
    add(2, 7);
    attend(0);
    b->priority = 8;
    assert_string_equal(scheduler_check(&world.scheduler),
                        "scheduler: a ring holds only ready threads of its priority");
    b->priority = 7;
    struct turn *next = b->next;
    b->next = b;
    assert_string_equal(scheduler_check(&world.scheduler), "scheduler: the links of a ring do not agree");
    b->next = next;
    a->state = THREAD_READY;
    assert_string_equal(scheduler_check(&world.scheduler),
                        "scheduler: the current thread is not to be woken, and in no ring");
    a->state = THREAD_WAITING;
    add(3, 8);
    world.scheduler.attend = false;
    assert_string_equal(scheduler_check(&world.scheduler),
                        "R1: somebody of a higher priority is ready, and nobody is told");
    world.scheduler.attend = true;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_ready_the_idle_thread_runs),
        TEST(whoever_becomes_ready_ends_idling),
        TEST(idle_yields_to_the_highest_priority_too),
        TEST(a_higher_priority_runs_at_once),
        TEST(a_lower_priority_disturbs_nobody),
        TEST(equals_take_turns_in_order),
        TEST(two_equals_alternate),
        TEST(a_turn_ends_when_it_is_used_up),
        TEST(who_gives_way_keeps_its_place_and_the_rest_of_its_turn),
        TEST(who_gives_way_at_the_end_of_its_turn_goes_last),
        TEST(alone_a_turn_does_not_end),
        TEST(the_idle_thread_has_no_rival),
        TEST(who_is_withdrawn_does_not_run),
        TEST(random_histories_are_as_a_list_says),
        TEST(the_checker_names_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
