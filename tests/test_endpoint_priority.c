/* Who has which priority, and who is taken first: I4 of ipc/endpoint.h and the order of waiting senders. An arrow is waiting. */
#include "tests/endpoint_world.h"

static size_t told[PARTIES];

void party_repriced(struct party *party)
{
    told[party - parties]++;
}

static int begin(void **state)
{
    memset(told, 0, sizeof told);
    return setup(state);
}

static void runs_with(size_t who, int priority)
{
    assert_int_equal(parties[who].priority, priority);
}

/* ---- lent and given back ---- */

static void whoever_is_waited_for_is_lifted(void **state)
{
    (void)state;
    sends(5, 3);
    runs_with(3, 5);
    assert_true(told[3] == 1 && told[5] == 0);
}

static void who_waits_with_less_lifts_nobody(void **state)
{
    (void)state;
    calls(3, 5);
    runs_with(5, 5);
    has_priority(6, 5);
    calls(6, 5);
    runs_with(5, 5);
    assert_int_equal(told[5], 0);
    assert_int_equal(parties[5].lenders, 0);
}

static void a_sender_gives_until_its_message_is_taken(void **state)
{
    (void)state;
    sends(5, 3);
    receives(3);
    runs_with(3, 3);
    assert_int_equal(told[3], 2);
}

static void a_caller_gives_until_it_is_answered(void **state)
{
    (void)state;
    calls(5, 3);
    receives(3);
    runs_with(3, 5);
    assert_int_equal(told[3], 1);
    replies(3, 5);
    runs_with(3, 3);
}

static void a_caller_that_is_heard_at_once_gives_too(void **state)
{
    (void)state;
    receives(3);
    calls(5, 3);
    runs_with(3, 5);
    replies(3, 5);
    runs_with(3, 3);
}

static void a_sender_that_is_heard_at_once_gives_nothing(void **state)
{
    (void)state;
    receives(3);
    sends(5, 3);
    runs_with(3, 3);
    assert_int_equal(told[3], 0);
}

static void who_expires_takes_back_what_it_has_lent(void **state)
{
    (void)state;
    sends(5, 3);
    expires(5);
    runs_with(3, 3);
    calls(5, 3);
    expires(5);
    runs_with(3, 3);
    calls(5, 3);
    receives(3);
    expires(5);
    runs_with(3, 3);
    assert_int_equal(told[3], 6);
}

static void who_ends_takes_back_what_it_has_lent(void **state)
{
    (void)state;
    calls(5, 3);
    ends(5);
    runs_with(3, 3);
}

static void the_highest_of_several_counts_in_whatever_order_they_go(void **state)
{
    (void)state;
    calls(5, 3);
    calls(7, 3);
    calls(6, 3);
    runs_with(3, 7);
    expires(6);
    runs_with(3, 7);
    expires(7);
    runs_with(3, 5);
    expires(5);
    runs_with(3, 3);
    assert_int_equal(told[3], 4);
}

static void of_two_equal_lenders_one_may_go(void **state)
{
    (void)state;
    has_priority(6, 5);
    calls(5, 3);
    calls(6, 3);
    expires(5);
    runs_with(3, 5);
    expires(6);
    runs_with(3, 3);
    assert_int_equal(told[3], 2);
}

/* ---- along chains ---- */

/*   9 CALLING --> 3 AWAITING --> 2 CALLING --> 1 : all run with 9; without 9 each with that of the one before it */
static void a_chain_is_lifted_and_let_down(void **state)
{
    (void)state;
    receives(2);
    calls(3, 2);
    calls(2, 1);
    runs_with(1, 3);
    calls(9, 3);
    for (size_t i = 1; i <= 3; i++) {
        runs_with(i, 9);
    }
    expires(9);
    for (size_t i = 1; i <= 3; i++) {
        runs_with(i, 3);
    }
}

/*   9 --> 2 --> 3 --> 1 : 3 has its own priority again, and gives that */
static void nobody_is_let_down_below_its_own(void **state)
{
    (void)state;
    calls(3, 1);
    calls(2, 3);
    calls(9, 2);
    runs_with(1, 9);
    expires(9);
    runs_with(2, 2);
    runs_with(3, 3);
    runs_with(1, 3);
}

/*   9 --> 3 --> 2 --> 1 : 3 waits no more */
static void who_expires_in_the_middle_keeps_what_it_has_and_gives_nothing_on(void **state)
{
    (void)state;
    calls(2, 1);
    calls(3, 2);
    calls(9, 3);
    expires(3);
    runs_with(3, 9);
    runs_with(2, 2);
    runs_with(1, 2);
}

/*   9 --> 3 --> 2 --> 1 : 3 ends */
static void who_ends_in_the_middle_leaves_nothing_behind(void **state)
{
    (void)state;
    calls(2, 1);
    calls(3, 2);
    calls(9, 3);
    assert_int_equal(ends(3), 1);
    runs_with(3, 3);
    runs_with(2, 2);
    runs_with(1, 2);
}

/*   9 --> 3 --> 2 --> 1 : 1 ends, and 2 goes on with 9 */
static void the_end_of_the_last_lets_the_others_wait_on(void **state)
{
    (void)state;
    calls(2, 1);
    calls(3, 2);
    calls(9, 3);
    assert_int_equal(ends(1), 1);
    runs_with(1, 1);
    runs_with(2, 9);
    is_state(2, PARTY_ACTIVE);
    is_state(3, PARTY_CALLING);
}

static void who_is_lifted_gives_that_when_it_begins_to_wait(void **state)
{
    (void)state;
    calls(9, 3);
    calls(3, 2);
    runs_with(2, 9);
    receives(1);
    expires(3);
    calls(3, 1);
    runs_with(2, 2);
    runs_with(1, 9);
}

static void nobody_is_told_who_runs_as_before(void **state)
{
    (void)state;
    calls(3, 1);
    calls(4, 2);
    calls(2, 1);
    runs_with(1, 4);
    memset(told, 0, sizeof told);
    expires(3); /* the lower one of two */
    calls(0, 1);
    assert_int_equal(told[1], 0);
    expires(4);
    assert_true(told[1] == 1 && told[2] == 1 && told[3] == 0 && told[4] == 0);
}

/* ---- chains that are too long ---- */

enum { FIRST = 1, LAST = FIRST + ENDPOINT_CHAIN_MAX };

/*   31 --> 1 --> 2 --> ... --> 16 --> 17, all but the first of priority 5; 16 has begun to wait after 31 */
static void begin_long_chain(void)
{
    world.party_count = PARTIES;
    for (size_t i = FIRST; i <= LAST; i++) {
        has_priority(i, 5);
    }
    for (size_t i = FIRST; i + 1 < LAST; i++) {
        calls(i, i + 1);
    }
    waits(calls(PARTIES - 1, FIRST));
    waits(calls(LAST - 1, LAST));
    runs_with(LAST, PARTIES - 1);
}

/* A change goes on for so many parties only; who is farther away keeps what it has as long as somebody waits. */
static void at_the_end_of_a_long_chain_a_lent_priority_stays_until_nobody_waits(void **state)
{
    (void)state;
    begin_long_chain();
    expires(PARTIES - 1);
    runs_with(LAST - 1, 5);
    runs_with(LAST, PARTIES - 1);
    assert_null(endpoint_check(&world));
    expires(LAST - 1); /* it has lent nothing any more */
    runs_with(LAST, 5);
    assert_int_equal(told[LAST], 2);
}

static void at_the_end_of_a_long_chain_an_answer_settles_it_too(void **state)
{
    (void)state;
    begin_long_chain();
    receives(LAST);
    expires(PARTIES - 1);
    is_delivered(replies(LAST, LAST - 1), LAST - 1);
    runs_with(LAST, 5);
}

/* ---- who is taken first ---- */

static void the_highest_priority_is_taken_first(void **state)
{
    (void)state;
    sends(3, 1);
    calls(9, 1);
    sends(5, 1);
    is_taken(receives(1), 9);
    is_taken(receives(1), 5);
    is_taken(receives(1), 3);
}

static void those_of_one_priority_are_taken_in_order(void **state)
{
    (void)state;
    for (size_t i = 2; i <= 6; i++) {
        has_priority(i, 31);
        sends(i, 1);
    }
    expires(2);
    expires(4);
    is_taken(receives(1), 3);
    sends(2, 1);
    is_taken(receives(1), 5);
    is_taken(receives(1), 6);
    is_taken(receives(1), 2);
}

static void the_lowest_priority_waits_like_the_others(void **state)
{
    (void)state;
    sends(0, 1);
    is_taken(receives(1), 0);
}

/*   at 1:  5  4  3      9 --> 3 :  3  5  4 */
static void who_is_lifted_while_it_waits_moves_ahead(void **state)
{
    (void)state;
    sends(3, 1);
    sends(4, 1);
    sends(5, 1);
    calls(9, 3);
    is_taken(receives(1), 3);
    is_taken(receives(1), 5);
    is_taken(receives(1), 4);
}

/*   at 1:  5  3      6, of priority 5, --> 3 :  5  3      in one ring now */
static void who_is_lifted_to_the_priority_of_others_goes_behind_them(void **state)
{
    (void)state;
    has_priority(6, 5);
    sends(3, 1);
    sends(5, 1);
    calls(6, 3);
    is_taken(receives(1), 5);
    is_taken(receives(1), 3);
}

/*   at 1:  3  4  of one priority;  9 --> 3 and not any more:  4  3 */
static void who_is_let_down_goes_behind_those_of_its_own_priority(void **state)
{
    (void)state;
    has_priority(3, 4);
    sends(3, 1);
    sends(4, 1);
    calls(9, 3);
    expires(9);
    is_taken(receives(1), 4);
    is_taken(receives(1), 3);
}

#define LENT(function) cmocka_unit_test_setup_teardown(function, begin, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LENT(whoever_is_waited_for_is_lifted),
        LENT(who_waits_with_less_lifts_nobody),
        LENT(a_sender_gives_until_its_message_is_taken),
        LENT(a_caller_gives_until_it_is_answered),
        LENT(a_caller_that_is_heard_at_once_gives_too),
        LENT(a_sender_that_is_heard_at_once_gives_nothing),
        LENT(who_expires_takes_back_what_it_has_lent),
        LENT(who_ends_takes_back_what_it_has_lent),
        LENT(the_highest_of_several_counts_in_whatever_order_they_go),
        LENT(of_two_equal_lenders_one_may_go),
        LENT(a_chain_is_lifted_and_let_down),
        LENT(nobody_is_let_down_below_its_own),
        LENT(who_expires_in_the_middle_keeps_what_it_has_and_gives_nothing_on),
        LENT(who_ends_in_the_middle_leaves_nothing_behind),
        LENT(the_end_of_the_last_lets_the_others_wait_on),
        LENT(who_is_lifted_gives_that_when_it_begins_to_wait),
        LENT(nobody_is_told_who_runs_as_before),
        LENT(at_the_end_of_a_long_chain_a_lent_priority_stays_until_nobody_waits),
        LENT(at_the_end_of_a_long_chain_an_answer_settles_it_too),
        LENT(the_highest_priority_is_taken_first),
        LENT(those_of_one_priority_are_taken_in_order),
        LENT(the_lowest_priority_waits_like_the_others),
        LENT(who_is_lifted_while_it_waits_moves_ahead),
        LENT(who_is_lifted_to_the_priority_of_others_goes_behind_them),
        LENT(who_is_let_down_goes_behind_those_of_its_own_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
