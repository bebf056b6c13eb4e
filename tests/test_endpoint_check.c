/* Each rule of ipc/endpoint.h broken once, and noticed; and each way in which what the rules rest on can be damaged. */
#include "tests/endpoint_world.h"

/*   5 <-- 3 CALLING, 4 SENDING (of priority 3 too)      6 <-- 7, 8 AWAITING      9 RECEIVING      0 */
static int begin(void **state)
{
    setup(state);
    has_priority(4, 3);
    calls(3, 5);
    sends(4, 5);
    calls(7, 6);
    calls(8, 6);
    receives(6);
    receives(6);
    receives(9);
    assert_null(endpoint_check(&world));
    return 0;
}

static void is_noticed(const char *sentence)
{
    assert_non_null(endpoint_check(&world));
    assert_string_equal(endpoint_check(&world), sentence);
}

static void a_sound_world_passes(void **state)
{
    (void)state;
    assert_null(endpoint_check(&world));
}

static void i1_who_is_queued_is_in_a_queue(void **state)
{
    (void)state;
    parties[0].state = PARTY_SENDING;
    parties[0].at = &at[5];
    is_noticed("I1: somebody queued is in no queue");
}

static void i1_who_is_not_queued_is_in_no_queue(void **state)
{
    (void)state;
    parties[3].state = PARTY_ACTIVE;
    is_noticed("I1: a queue holds somebody who does not belong there");
}

static void i1_who_is_queued_is_in_the_queue_of_its_endpoint(void **state)
{
    (void)state;
    parties[4].at = &at[6];
    is_noticed("I1: a queue holds somebody who does not belong there");
}

static void i1_who_is_queued_is_in_the_ring_of_its_priority(void **state)
{
    (void)state;
    parties[3].priority = 4;
    is_noticed("I1: a queue holds somebody who does not belong there");
}

static void i1_a_filled_ring_is_known_to_be(void **state)
{
    (void)state;
    at[5].filled = 0;
    is_noticed("I1: a queue does not know which of its rings are filled");
    at[5].filled = 1U << 3 | 1U << 31;
    is_noticed("I1: a queue does not know which of its rings are filled");
}

static void i1_the_links_of_a_ring_agree(void **state)
{
    (void)state;
    parties[4].prev = &parties[4];
    is_noticed("I1: a ring of a queue does not close");
}

static void i1_a_ring_does_not_leave_the_world(void **state)
{
    (void)state;
    struct party stranger = parties[4];
    parties[3].next = &stranger;
    is_noticed("I1: a ring of a queue does not close");
    at[5].queue[3] = &stranger;
    is_noticed("I1: a ring of a queue does not close");
    at[5].queue[3] = NULL;
    is_noticed("I1: a queue does not know which of its rings are filled");
}

static void i2_who_awaits_an_answer_is_among_the_callers(void **state)
{
    (void)state;
    parties[6].callers = NULL;
    is_noticed("I2: who awaits an answer is no caller");
}

static void i2_who_awaits_no_answer_is_not_among_the_callers(void **state)
{
    (void)state;
    parties[8].state = PARTY_ACTIVE;
    is_noticed("I2: among the callers is one who awaits no answer from there");
}

static void i2_who_awaits_an_answer_is_with_its_partner(void **state)
{
    (void)state;
    parties[7].partner = &parties[5];
    is_noticed("I2: among the callers is one who awaits no answer from there");
}

static void i2_the_links_of_the_callers_agree(void **state)
{
    (void)state;
    parties[7].next = &parties[7];
    is_noticed("I2: the ring of a party's callers does not close");
}

static void i3_who_receives_has_an_endpoint(void **state)
{
    (void)state;
    parties[9].own = NULL;
    is_noticed("I3: who receives has an endpoint, whose queue is empty");
}

static void i3_who_receives_has_an_empty_queue(void **state)
{
    (void)state;
    parties[5].state = PARTY_RECEIVING;
    is_noticed("I3: who receives has an endpoint, whose queue is empty");
}

static void i4_nobody_is_below_who_waits_for_it(void **state)
{
    (void)state;
    parties[6].priority = 7;
    is_noticed("I4: a party has not the highest priority of its own and of who waits for it");
}

static void i4_nobody_is_above_who_waits_for_it(void **state)
{
    (void)state;
    parties[6].priority = 9;
    is_noticed("I4: a party has not the highest priority of its own and of who waits for it");
}

static void i4_whom_nobody_waits_for_has_its_own_priority(void **state)
{
    (void)state;
    world.party_count = PARTIES;
    parties[0].priority = 1;
    is_noticed("I4: a party has not the highest priority of its own and of who waits for it");
}

/* Where chains can get too long (ipc/endpoint.h), who is waited for may be too high; never too low. */
static void i4_far_away_somebody_may_keep_a_higher_priority(void **state)
{
    (void)state;
    world.party_count = PARTIES;
    parties[6].priority = 9;
    assert_null(endpoint_check(&world));
    parties[6].priority = 7;
    is_noticed("I4: a party has not the highest priority of its own and of who waits for it");
}

static void i4_loans_are_counted(void **state)
{
    (void)state;
    parties[6].lent_count[7]++;
    is_noticed("I4: a party does not know what is lent to it");
}

static void i4_loans_are_known_by_their_priority(void **state)
{
    (void)state;
    parties[6].lenders &= ~(1U << 7);
    is_noticed("I4: a party does not know what is lent to it");
}

static void i4_who_lends_knows_what(void **state)
{
    (void)state;
    parties[8].lent = 7;
    is_noticed("I4: a party does not know what is lent to it");
    parties[8].lent = -1;
    is_noticed("I4: a party does not know what is lent to it");
}

static void i4_who_would_lift_nobody_lends_nothing(void **state)
{
    (void)state;
    parties[3].lent = 3;
    is_noticed("I4: a party does not know what is lent to it");
}

static void i5_without_a_receiver_a_queue_is_empty(void **state)
{
    (void)state;
    at[5].receiver = NULL;
    is_noticed("I5: an endpoint without a receiver has an empty queue");
}

static void i5_a_receiver_knows_its_endpoint(void **state)
{
    (void)state;
    parties[5].own = NULL;
    is_noticed("I5: an endpoint and its receiver know each other");
}

static void i5_an_endpoint_knows_its_receiver(void **state)
{
    (void)state;
    parties[0].own = &at[5];
    is_noticed("I5: an endpoint and its receiver know each other");
}

/*   5 <-- 3 <-- 0 <-- 5, all of one priority, so that nothing is lent */
static void i6_a_chain_of_waiting_does_not_close(void **state)
{
    (void)state;
    setup(state);
    has_priority(3, 0);
    has_priority(5, 0);
    endpoint_bind(&at[0], &parties[0]);
    calls(0, 3);
    calls(3, 5);
    parties[5] = (struct party){
        .next = &parties[5], .prev = &parties[5], .state = PARTY_SENDING, .at = &at[0], .own = &at[5], .lent = -1};
    at[0].queue[0] = &parties[5];
    at[0].filled = 1;
    is_noticed("I6: a chain of waiting closes");
}

/* 9 waits for messages, patiently. */
static void receives_patiently(void)
{
    receives(9);
    endpoint_patient(&parties[9]);
    assert_int_equal(at[9].meets, 1u << 9);
}

static void i7_whose_endpoint_meets_is_receiving(void **state)
{
    (void)state;
    receives_patiently();
    parties[9].state = PARTY_ACTIVE;
    is_noticed("I7: a call is called usual that is not");
}

static void i7_whose_endpoint_meets_has_no_caller(void **state)
{
    (void)state;
    receives_patiently();
    calls(1, 9);
    receives(9);
    at[9].meets = 1u << 9;
    is_noticed("I7: a call is called usual that is not");
}

static void i7_an_endpoint_meets_with_the_bit_of_its_receiver(void **state)
{
    (void)state;
    receives_patiently();
    at[9].meets = 1u << 10;
    is_noticed("I7: a call is called usual that is not");
    at[9].meets = 1u << 9;
    parties[9].bit = 0;
    is_noticed("I7: a call is called usual that is not");
    parties[9].bit = 1u << 9;
    parties[9].below = 0;
    is_noticed("I7: a call is called usual that is not");
}

static void i7_without_a_receiver_an_endpoint_does_not_meet(void **state)
{
    (void)state;
    at[0].meets = 1;
    is_noticed("I7: a call is called usual that is not");
}

/* 1 awaits the answer of 9, patiently. */
static void awaits_patiently(void)
{
    receives_patiently();
    calls(1, 9);
    endpoint_patient(&parties[1]);
    assert_int_equal(parties[9].parts, 1u << 1);
}

static void i7_who_parts_has_a_caller(void **state)
{
    (void)state;
    parties[9].parts = 1;
    is_noticed("I7: an answer is called usual that is not");
}

static void i7_who_parts_has_one_caller_only(void **state)
{
    (void)state;
    awaits_patiently();
    receives(9);
    calls(2, 9);
    parties[9].parts = 1u << 1;
    is_noticed("I7: an answer is called usual that is not");
}

static void i7_who_parts_is_lent_nothing(void **state)
{
    (void)state;
    receives(9);
    calls(10, 9);
    parties[9].parts = 1u << 10;
    is_noticed("I7: an answer is called usual that is not");
}

static void i7_who_parts_has_an_endpoint(void **state)
{
    (void)state;
    awaits_patiently();
    parties[9].own = NULL;
    at[9].receiver = NULL;
    is_noticed("I7: an answer is called usual that is not");
}

static void i7_who_parts_has_an_empty_queue(void **state)
{
    (void)state;
    awaits_patiently();
    calls(2, 9);
    parties[9].parts = 1u << 1;
    is_noticed("I7: an answer is called usual that is not");
}

static void i7_who_parts_has_the_bit_of_its_caller(void **state)
{
    (void)state;
    awaits_patiently();
    parties[9].parts = 1u << 2;
    is_noticed("I7: an answer is called usual that is not");
}

#define BREAK(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_world_passes, begin, teardown),
        BREAK(i1_who_is_queued_is_in_a_queue),
        BREAK(i1_who_is_not_queued_is_in_no_queue),
        BREAK(i1_who_is_queued_is_in_the_queue_of_its_endpoint),
        BREAK(i1_who_is_queued_is_in_the_ring_of_its_priority),
        BREAK(i1_a_filled_ring_is_known_to_be),
        BREAK(i1_the_links_of_a_ring_agree),
        BREAK(i1_a_ring_does_not_leave_the_world),
        BREAK(i2_who_awaits_an_answer_is_among_the_callers),
        BREAK(i2_who_awaits_no_answer_is_not_among_the_callers),
        BREAK(i2_who_awaits_an_answer_is_with_its_partner),
        BREAK(i2_the_links_of_the_callers_agree),
        BREAK(i3_who_receives_has_an_endpoint),
        BREAK(i3_who_receives_has_an_empty_queue),
        BREAK(i4_nobody_is_below_who_waits_for_it),
        BREAK(i4_nobody_is_above_who_waits_for_it),
        BREAK(i4_whom_nobody_waits_for_has_its_own_priority),
        BREAK(i4_far_away_somebody_may_keep_a_higher_priority),
        BREAK(i4_loans_are_counted),
        BREAK(i4_loans_are_known_by_their_priority),
        BREAK(i4_who_lends_knows_what),
        BREAK(i4_who_would_lift_nobody_lends_nothing),
        BREAK(i5_without_a_receiver_a_queue_is_empty),
        BREAK(i5_a_receiver_knows_its_endpoint),
        BREAK(i5_an_endpoint_knows_its_receiver),
        BREAK(i6_a_chain_of_waiting_does_not_close),
        BREAK(i7_whose_endpoint_meets_is_receiving),
        BREAK(i7_whose_endpoint_meets_has_no_caller),
        BREAK(i7_an_endpoint_meets_with_the_bit_of_its_receiver),
        BREAK(i7_without_a_receiver_an_endpoint_does_not_meet),
        BREAK(i7_who_parts_has_a_caller),
        BREAK(i7_who_parts_has_one_caller_only),
        BREAK(i7_who_parts_is_lent_nothing),
        BREAK(i7_who_parts_has_an_endpoint),
        BREAK(i7_who_parts_has_an_empty_queue),
        BREAK(i7_who_parts_has_the_bit_of_its_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
