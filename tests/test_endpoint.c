/* The states of ipc/endpoint.h row by row. An arrow is waiting: 3 --> 5 waits for 5. */
#include "tests/endpoint_world.h"

/* ---- who is active ---- */

static void who_is_made_is_active_and_nobody_lifts_it(void **state)
{
    (void)state;
    memset(&parties[3], 0xA5, sizeof parties[3]);
    party_init(&parties[3], 7);
    is_state(3, PARTY_ACTIVE);
    assert_true(parties[3].base == 7 && parties[3].priority == 7);
    assert_true(parties[3].callers == NULL && parties[3].own == NULL && parties[3].lenders == 0);
    at[3].receiver = NULL;
}

static void who_sends_to_a_receiving_party_goes_on_and_so_does_that(void **state)
{
    (void)state;
    waits(receives(5));
    is_delivered(sends(3, 5), 5);
    is_state(3, PARTY_ACTIVE);
    is_state(5, PARTY_ACTIVE);
}

static void who_calls_a_receiving_party_awaits_its_answer(void **state)
{
    (void)state;
    receives(5);
    is_delivered(calls(3, 5), 5);
    is_state(3, PARTY_AWAITING);
    is_state(5, PARTY_ACTIVE);
    assert_ptr_equal(parties[3].partner, &parties[5]);
}

static void to_who_receives_even_one_that_may_not_wait_sends_and_calls(void **state)
{
    (void)state;
    receives(5);
    is_delivered(endpoint_send(&at[5], &parties[3], false, false), 5);
    receives(5);
    is_delivered(endpoint_send(&at[5], &parties[3], true, false), 5);
    is_state(3, PARTY_AWAITING);
}

static void who_sends_to_a_busy_party_waits(void **state)
{
    (void)state;
    waits(sends(3, 5));
    is_state(3, PARTY_SENDING);
}

static void who_calls_a_busy_party_waits(void **state)
{
    (void)state;
    waits(calls(3, 5));
    is_state(3, PARTY_CALLING);
}

static void who_receives_with_an_empty_queue_waits(void **state)
{
    (void)state;
    waits(receives(5));
    is_state(5, PARTY_RECEIVING);
}

static void who_receives_takes_what_waits_even_if_it_may_not_wait(void **state)
{
    (void)state;
    sends(3, 5);
    is_taken(endpoint_receive(&parties[5], false), 3);
    is_state(5, PARTY_ACTIVE);
}

static void only_calls_are_numbered_and_only_those_that_are_made(void **state)
{
    (void)state;
    sends(3, 5);
    receives(5);
    receives(5);
    sends(3, 5);
    endpoint_send(&at[5], &parties[3], true, false);
    assert_int_equal(parties[3].calls, 0);
    calls(3, 5);
    assert_int_equal(parties[3].calls, 1);
    receives(5);
    replies(5, 3);
    receives(5);
    calls(3, 5);
    assert_int_equal(parties[3].calls, 2);
}

/* ---- RECEIVING, SENDING, CALLING, AWAITING: how each is left ---- */

static void receiving_is_left_by_expiry(void **state)
{
    (void)state;
    receives(5);
    expires(5);
    is_state(5, PARTY_ACTIVE);
    waits(sends(3, 5));
}

static void sending_is_left_when_the_message_is_taken(void **state)
{
    (void)state;
    sends(3, 5);
    is_taken(receives(5), 3);
    is_state(3, PARTY_ACTIVE);
    waits(receives(5)); /* it was one message */
}

static void sending_is_left_by_expiry_and_the_message_is_gone(void **state)
{
    (void)state;
    sends(3, 5);
    expires(3);
    is_state(3, PARTY_ACTIVE);
    waits(receives(5));
}

static void sending_is_left_by_the_receivers_end(void **state)
{
    (void)state;
    sends(3, 5);
    assert_ptr_equal(endpoint_end(&parties[5]), &parties[3]);
    is_state(3, PARTY_ACTIVE);
    assert_null(endpoint_end(&parties[5]));
}

static void calling_becomes_awaiting_when_the_message_is_taken(void **state)
{
    (void)state;
    calls(3, 5);
    is_taken(receives(5), 3);
    is_state(3, PARTY_AWAITING);
    is_state(5, PARTY_ACTIVE);
    waits(receives(5));
}

static void calling_is_left_by_expiry_and_the_message_is_gone(void **state)
{
    (void)state;
    calls(3, 5);
    expires(3);
    is_state(3, PARTY_ACTIVE);
    waits(receives(5));
}

static void calling_is_left_by_the_receivers_end(void **state)
{
    (void)state;
    calls(3, 5);
    assert_int_equal(ends(5), 1);
    is_state(3, PARTY_ACTIVE);
}

static void awaiting_is_left_by_the_answer(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    is_delivered(replies(5, 3), 3);
    is_state(3, PARTY_ACTIVE);
    is_state(5, PARTY_ACTIVE);
}

static void awaiting_is_left_by_expiry(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    expires(3);
    is_state(3, PARTY_ACTIVE);
    assert_null(parties[5].callers);
}

static void awaiting_is_left_by_the_partners_end(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    assert_int_equal(ends(5), 1);
    is_state(3, PARTY_ACTIVE);
}

static void expiry_does_not_touch_who_is_active(void **state)
{
    (void)state;
    remember();
    expires(3);
    nothing_has_changed();
}

/* ---- many callers ---- */

/* The `number`th of the orders of four. */
static void order_of_four(size_t number, size_t *order)
{
    size_t left[] = {1, 2, 3, 4};
    for (size_t count = 4; count > 0; count--) {
        size_t which = number % count;
        order[4 - count] = left[which];
        number /= count;
        memmove(&left[which], &left[which + 1], (count - which - 1) * sizeof *left);
    }
}

static void outstanding_callers_are_answered_in_any_order(void **state)
{
    (void)state;
    for (size_t number = 0; number < 24; number++) {
        size_t order[4];
        order_of_four(number, order);
        for (size_t i = 1; i <= 4; i++) {
            calls(i, 5);
        }
        for (size_t i = 4; i >= 1; i--) {
            is_taken(receives(5), i);
        }
        for (size_t i = 0; i < 4; i++) {
            is_delivered(replies(5, order[i]), order[i]);
            assert_null(endpoint_check(&world));
        }
    }
}

static void who_has_callers_may_call_and_receive(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    receives(6);
    is_delivered(calls(5, 6), 6);
    is_delivered(replies(6, 5), 5);
    waits(receives(5));
    is_delivered(calls(4, 5), 5);
    is_delivered(replies(5, 3), 3);
    is_delivered(replies(5, 4), 4);
}

/* ---- ends ---- */

/*   1, 2 --> 5 AWAITING     3 CALLING, 4 SENDING --> 5 --> 6 */
static void whoever_waited_for_one_that_ends_is_told_once(void **state)
{
    (void)state;
    for (size_t i = 1; i <= 2; i++) {
        calls(i, 5);
        receives(5);
    }
    calls(3, 5);
    sends(4, 5);
    calls(5, 6);
    assert_int_equal(ends(5), 4);
    for (size_t i = 1; i <= 5; i++) {
        is_state(i, PARTY_ACTIVE);
    }
    waits(receives(6)); /* nothing has stayed behind there */
    assert_null(endpoint_end(&parties[5]));
}

static void who_ends_while_it_receives_is_not_sent_to(void **state)
{
    (void)state;
    receives(5);
    assert_int_equal(ends(5), 0);
    IS_REFUSED(sends(3, 5), -EDEAD);
}

static void who_ends_without_an_endpoint_answers_for_itself_only(void **state)
{
    (void)state;
    calls(0, 5);
    assert_int_equal(ends(0), 0);
    waits(receives(5));
}

static void an_endpoint_gets_another_receiver_after_the_end_of_one(void **state)
{
    (void)state;
    calls(3, 5);
    ends(5);
    assert_true(endpoint_bind(&at[5], &parties[0]));
    waits(calls(3, 5));
    is_taken(receives(0), 3);
    is_delivered(replies(0, 3), 3);
}

static void only_a_free_endpoint_is_bound_and_only_to_a_party_without_one(void **state)
{
    (void)state;
    remember();
    assert_false(endpoint_bind(&at[5], &parties[0]));
    assert_false(endpoint_bind(&at[0], &parties[5]));
    nothing_has_changed();
    assert_true(endpoint_bind(&at[0], &parties[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_made_is_active_and_nobody_lifts_it),
        TEST(who_sends_to_a_receiving_party_goes_on_and_so_does_that),
        TEST(who_calls_a_receiving_party_awaits_its_answer),
        TEST(to_who_receives_even_one_that_may_not_wait_sends_and_calls),
        TEST(who_sends_to_a_busy_party_waits),
        TEST(who_calls_a_busy_party_waits),
        TEST(who_receives_with_an_empty_queue_waits),
        TEST(who_receives_takes_what_waits_even_if_it_may_not_wait),
        TEST(only_calls_are_numbered_and_only_those_that_are_made),
        TEST(receiving_is_left_by_expiry),
        TEST(sending_is_left_when_the_message_is_taken),
        TEST(sending_is_left_by_expiry_and_the_message_is_gone),
        TEST(sending_is_left_by_the_receivers_end),
        TEST(calling_becomes_awaiting_when_the_message_is_taken),
        TEST(calling_is_left_by_expiry_and_the_message_is_gone),
        TEST(calling_is_left_by_the_receivers_end),
        TEST(awaiting_is_left_by_the_answer),
        TEST(awaiting_is_left_by_expiry),
        TEST(awaiting_is_left_by_the_partners_end),
        TEST(expiry_does_not_touch_who_is_active),
        TEST(outstanding_callers_are_answered_in_any_order),
        TEST(who_has_callers_may_call_and_receive),
        TEST(whoever_waited_for_one_that_ends_is_told_once),
        TEST(who_ends_while_it_receives_is_not_sent_to),
        TEST(who_ends_without_an_endpoint_answers_for_itself_only),
        TEST(an_endpoint_gets_another_receiver_after_the_end_of_one),
        TEST(only_a_free_endpoint_is_bound_and_only_to_a_party_without_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
