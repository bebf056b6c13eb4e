/* Every refusal of ipc/endpoint.h, each of which changes nothing. An arrow is waiting: 3 --> 5 waits for 5. */
#include "tests/endpoint_world.h"

static void without_a_receiver_it_is_edead(void **state)
{
    (void)state;
    IS_REFUSED(calls(3, 0), -EDEAD);
    IS_REFUSED(sends(3, 0), -EDEAD);
    IS_REFUSED(endpoint_send(&at[0], &parties[3], true, false), -EDEAD);
    ends(5);
    IS_REFUSED(calls(3, 5), -EDEAD);
}

static void where_nobody_receives_who_may_not_wait_gets_etimedout(void **state)
{
    (void)state;
    IS_REFUSED(endpoint_send(&at[5], &parties[3], true, false), -ETIMEDOUT);
    IS_REFUSED(endpoint_send(&at[5], &parties[3], false, false), -ETIMEDOUT);
    IS_REFUSED(endpoint_receive(&parties[5], false), -ETIMEDOUT);
}

static void who_has_no_endpoint_cannot_receive(void **state)
{
    (void)state;
    IS_REFUSED(receives(0), -EINVARG);
    IS_REFUSED(endpoint_receive(&parties[0], false), -EINVARG);
}

static void nobody_waits_for_itself(void **state)
{
    (void)state;
    IS_REFUSED(calls(5, 5), -ECYCLE);
    IS_REFUSED(sends(5, 5), -ECYCLE);
}

/*   3 --> 5 --> 3, where 3 is in each state that waits for somebody */
static void two_do_not_wait_for_each_other(void **state)
{
    (void)state;
    sends(3, 5);
    IS_REFUSED(calls(5, 3), -ECYCLE);
    expires(3);
    calls(3, 5);
    IS_REFUSED(sends(5, 3), -ECYCLE);
    receives(5);
    IS_REFUSED(calls(5, 3), -ECYCLE);
    replies(5, 3);
    waits(calls(5, 3));
}

/*   3 CALLING --> 4 SENDING --> 5 AWAITING --> 6 --> 3 */
static void a_circle_of_four_does_not_close(void **state)
{
    (void)state;
    receives(6);
    calls(5, 6);
    sends(4, 5);
    calls(3, 4);
    IS_REFUSED(calls(6, 3), -ECYCLE);
    IS_REFUSED(sends(6, 5), -ECYCLE);
    waits(calls(6, 2));
}

/*   1 --> 2 --> ... --> 16 --> 17 : 0 may wait for 2, with sixteen before it, and not for 1 */
static void a_chain_that_is_too_long_is_refused_as_a_circle(void **state)
{
    (void)state;
    for (size_t i = 1; i <= ENDPOINT_CHAIN_MAX; i++) {
        waits(calls(i, i + 1));
    }
    world.party_count = PARTIES;
    IS_REFUSED(calls(0, 1), -ECYCLE);
    IS_REFUSED(sends(0, 1), -ECYCLE);
    waits(calls(0, 2));
}

#define ANSWER(who, whom, number) endpoint_reply(&parties[who], &parties[whom], number)

static void an_answer_to_another_call_is_refused(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    IS_REFUSED(ANSWER(5, 3, 0), -EINVARG);
    IS_REFUSED(ANSWER(5, 3, 2), -EINVARG);
    IS_REFUSED(ANSWER(5, 3, UINT64_MAX), -EINVARG);
    is_delivered(ANSWER(5, 3, 1), 3);
}

static void a_stale_token_does_not_answer_the_next_call(void **state)
{
    (void)state;
    for (uint64_t number = 1; number <= 3; number++) {
        calls(3, 5);
        receives(5);
        IS_REFUSED(ANSWER(5, 3, number - 1), -EINVARG);
        expires(3);
        IS_REFUSED(ANSWER(5, 3, number), -EINVARG);
    }
}

static void nobody_answers_for_somebody_else(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    IS_REFUSED(ANSWER(6, 3, 1), -EINVARG);
    IS_REFUSED(ANSWER(3, 3, 1), -EINVARG);
    is_delivered(ANSWER(5, 3, 1), 3);
}

static void nobody_is_answered_twice(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    is_delivered(ANSWER(5, 3, 1), 3);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
}

static void nobody_is_answered_before_its_message_is_taken(void **state)
{
    (void)state;
    calls(3, 5);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
    receives(5);
    is_delivered(ANSWER(5, 3, 1), 3);
}

static void who_only_sends_is_not_answered(void **state)
{
    (void)state;
    sends(3, 5);
    IS_REFUSED(ANSWER(5, 3, 0), -EINVARG);
    receives(5);
    IS_REFUSED(ANSWER(5, 3, 0), -EINVARG);
}

static void who_has_ended_is_not_answered_nor_who_comes_in_its_place(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    ends(3);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
    is_born_again(3);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
    calls(3, 5);
    receives(5);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
    is_delivered(ANSWER(5, 3, 2), 3);
}

static void the_next_receiver_does_not_answer_what_the_last_one_took(void **state)
{
    (void)state;
    receives(5);
    calls(3, 5);
    ends(5);
    is_born_again(5);
    endpoint_bind(&at[5], &parties[5]);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
    calls(3, 5);
    receives(5);
    IS_REFUSED(ANSWER(5, 3, 1), -EINVARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_receiver_it_is_edead),
        TEST(where_nobody_receives_who_may_not_wait_gets_etimedout),
        TEST(who_has_no_endpoint_cannot_receive),
        TEST(nobody_waits_for_itself),
        TEST(two_do_not_wait_for_each_other),
        TEST(a_circle_of_four_does_not_close),
        TEST(a_chain_that_is_too_long_is_refused_as_a_circle),
        TEST(an_answer_to_another_call_is_refused),
        TEST(a_stale_token_does_not_answer_the_next_call),
        TEST(nobody_answers_for_somebody_else),
        TEST(nobody_is_answered_twice),
        TEST(nobody_is_answered_before_its_message_is_taken),
        TEST(who_only_sends_is_not_answered),
        TEST(who_has_ended_is_not_answered_nor_who_comes_in_its_place),
        TEST(the_next_receiver_does_not_answer_what_the_last_one_took),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
