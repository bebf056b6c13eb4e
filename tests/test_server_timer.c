/* servers/timer: many wait at one time, and each is woken in its own. */
#include <string.h>

#include "servers/timer/messages.h"
#include "tests/test_server.h"

enum { MILLISECOND = 1000000 };

static struct {
    uint64_t asked, woken;
    int status;
} clients[TIMER_SLEEPERS_MAX + 1];
static size_t started;

/* Waits for as long as its turn in `clients` says. */
static void sleep_for_it(void)
{
    size_t me = started++;
    union timer_wait it = {.ask = {clients[me].asked}};
    clients[me].status = timer_wait(to("timer"), &it);
    clients[me].woken = clock_nanoseconds();
}

static int begin(void **state)
{
    memset(clients, 0, sizeof clients);
    started = 0;
    return servers_begin(state);
}

#define TIMER_TEST(function) cmocka_unit_test_setup_teardown(function, begin, servers_end)

static void sleepers(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        client(sleep_for_it);
    }
    thread_yield();
}

static uint64_t waiting(void)
{
    union timer_waiting it;
    assert_int_equal(timer_waiting(to("timer"), &it), 0);
    return it.answer.count;
}

/*   asked at 0   3 1 2 1      woken at 1 (two of them), 2, 3 ms */
static void each_is_woken_when_its_time_has_come(void **state)
{
    (void)state;
    static const uint64_t times[] = {3, 1, 2, 1};
    for (size_t i = 0; i < 4; i++) {
        clients[i].asked = times[i] * MILLISECOND;
    }
    sleepers(4);
    assert_int_equal(waiting(), 4);
    thread_sleep(2 * MILLISECOND + 1);
    assert_int_equal(waiting(), 1);
    assert_int_equal(clients[0].woken, 0);
    thread_sleep(MILLISECOND);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(clients[i].status, 0);
        assert_int_equal(clients[i].woken, times[i] * MILLISECOND);
    }
}

/* A later call does not put off an earlier one's end. */
static void calls_in_between_change_nothing(void **state)
{
    (void)state;
    clients[0].asked = 5 * MILLISECOND;
    sleepers(1);
    for (int i = 0; i < 4; i++) {
        thread_sleep(MILLISECOND);
        assert_int_equal(waiting(), 1);
    }
    thread_sleep(2 * MILLISECOND);
    assert_int_equal(clients[0].woken, 5 * MILLISECOND);
}

static void who_waits_is_told_that_the_timer_has_ended(void **state)
{
    (void)state;
    clients[0].asked = clients[1].asked = UINT64_MAX;
    sleepers(2);
    assert_int_equal(waiting(), 2);
    struct reclaim_report report = ends("timer");
    assert_int_not_equal(report.blocks, 0);
    thread_yield();
    assert_int_equal(clients[0].status, -EDEAD);
    assert_int_equal(clients[1].status, -EDEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TIMER_TEST(each_is_woken_when_its_time_has_come),
        TIMER_TEST(calls_in_between_change_nothing),
        TIMER_TEST(who_waits_is_told_that_the_timer_has_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
