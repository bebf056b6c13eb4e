/* core/e820.c: from raw answers to a list and a verdict. The firmware is mocked answer by answer. */
#include "tests/e820_fixture.h"

/*   answers  |usable|reserved, EBX=0|  what an earlier boot left...
 *   list     |usable|reserved|                                       */
static void ebx_0_ends_the_list(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0, 0x9FC00, 1}, {0x9FC00, 0x400, 2});
    add_usable(1 * MIB, 1 * MIB); /* no firmware was asked for this one */
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, 2);
    assert_entry(0, 0, 0x9FC00, 1);
    assert_entry(1, 0x9FC00, 0x400, 2);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_EBX);
    assert_false(machine.list.discarded || machine.list.partial || machine.list.attributes_distrusted);
}

/* The call after the last entry fails, and need not return the signature then. */
static void carry_after_an_entry_ends_the_list_before_the_signature_is_looked_at(void **state)
{
    (void)state;
    add_usable(0, 0x9FC00);
    add_usable(1 * MIB, 7 * MIB);
    MOCK_ANSWER(&machine, .base = 64 * MIB, .length = 64 * MIB, .type = 1, .carry = true, .lost_signature = true);
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, 2);
    assert_entry(1, 1 * MIB, 7 * MIB, 1);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_CARRY);
    assert_false(machine.list.discarded || machine.list.partial);
}

static void empty_entries_and_unknown_types_stay_in_the_list_in_the_firmwares_order(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0x300000, 0x100000, 12}, {0, 0, 0}, {0x100000, 0x100000, 1}, {0x200000, 1, 0xFFFFFFFF});
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, 4);
    assert_entry(0, 0x300000, 0x100000, 12);
    assert_entry(1, 0, 0, 0);
    assert_entry(2, 0x100000, 0x100000, 1);
    assert_entry(3, 0x200000, 1, 0xFFFFFFFF);
}

/*   answers  |usable|usable|??|      E801: 15 MiB
 *   list     |usable from E801|                    */
static void a_lost_signature_discards_the_list_for_e801(void **state)
{
    (void)state;
    add_usable(0, 0x9FC00);
    add_usable(1 * MIB, 700 * MIB);
    MOCK_ANSWER(&machine, .base = 0xBAD, .length = 0xBAD, .type = 1, .lost_signature = true);
    mock_e801(&machine, 15 * KIB, 0, 0, 0);
    read_list();
    assert_verdict(MEMORY_SOURCE_E801, 1);
    assert_entry(0, 1 * MIB, 15 * MIB, 1);
    assert_true(machine.list.discarded);
    assert_false(machine.list.partial);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_SIGNATURE);
}

static void a_lost_signature_discards_the_list_for_88h(void **state)
{
    (void)state;
    add_usable(1 * MIB, 700 * MIB);
    MOCK_ANSWER(&machine, .lost_signature = true);
    mock_88(&machine, 7 * KIB);
    read_list();
    assert_verdict(MEMORY_SOURCE_88H, 1);
    assert_entry(0, 1 * MIB, 7 * MIB, 1);
    assert_true(machine.list.discarded);
}

static void a_lost_signature_without_fallback_keeps_what_came_before_and_says_so(void **state)
{
    (void)state;
    add_usable(0, 0x9FC00);
    add_usable(1 * MIB, 7 * MIB);
    MOCK_ANSWER(&machine, .base = 0xBAD, .length = 0xBAD, .type = 1, .lost_signature = true);
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, 2);
    assert_entry(0, 0, 0x9FC00, 1);
    assert_entry(1, 1 * MIB, 7 * MIB, 1);
    assert_true(machine.list.partial);
    assert_false(machine.list.discarded);
}

/* The loader notices a signature lost in a call for which it had no room left. */
static void a_lost_signature_that_was_not_stored_counts(void **state)
{
    (void)state;
    add_usable(1 * MIB, 7 * MIB);
    machine.handoff.e820_ended = E820_ENDED_BY_SIGNATURE;
    read_list();
    assert_true(machine.list.partial);
}

static void no_signature_at_all_is_no_e820_and_nothing_is_discarded(void **state)
{
    (void)state;
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 7 * MIB, .type = 1, .lost_signature = true);
    mock_88(&machine, 7 * KIB);
    read_list();
    assert_verdict(MEMORY_SOURCE_88H, 1);
    assert_false(machine.list.discarded || machine.list.partial);
}

static void carry_at_once_is_no_e820(void **state)
{
    (void)state;
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 99 * MIB, .type = 1, .carry = true);
    mock_e801(&machine, 0, 0, 15 * KIB, 0x100);
    read_list();
    assert_verdict(MEMORY_SOURCE_E801, 2);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_CARRY);
    assert_false(machine.list.discarded || machine.list.partial);
}

static void a_machine_that_tells_nothing_gives_nothing(void **state)
{
    (void)state;
    read_list();
    assert_verdict(MEMORY_SOURCE_NONE, 0);
    assert_int_equal(machine.list.ended, E820_ENDED_NOT_ASKED);
    assert_false(machine.list.discarded || machine.list.partial || machine.list.attributes_distrusted);
}

/* The loader gives up after 4096 answers; what was stored counts. */
static void a_list_that_never_ends_is_used_and_reported(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < E820_ANSWERS_MAX; i++) {
        add_usable(i * (uint64_t)MIB, 1 * MIB);
    }
    machine.handoff.e820_asked = E820_ASKED_MAX;
    machine.handoff.e820_lost = E820_ASKED_MAX - E820_ANSWERS_MAX;
    machine.handoff.e820_ended = E820_ENDED_BY_LIMIT;
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, E820_ANSWERS_MAX);
    assert_entry(E820_ANSWERS_MAX - 1, 511 * (uint64_t)MIB, 1 * MIB, 1);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_LIMIT);
    assert_int_equal(machine.list.asked, E820_ASKED_MAX);
    assert_int_equal(machine.list.lost, E820_ASKED_MAX - E820_ANSWERS_MAX);
}

/*   stored  |usable|reserved, EBX=0|usable|      the reservation came last, and took a usable answer's place
 *   list    |usable|reserved       |usable|                                                                 */
static void after_replacements_ebx_0_may_stand_anywhere(void **state)
{
    (void)state;
    add_usable(1 * MIB, 1 * MIB);
    MOCK_ANSWER(&machine, .base = 2 * MIB, .length = 1 * MIB, .type = 2, .last = true);
    add_usable(3 * MIB, 1 * MIB);
    machine.handoff.e820_replaced = 1;
    machine.handoff.e820_ended = E820_ENDED_BY_EBX;
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, 3);
    assert_entry(2, 3 * MIB, 1 * MIB, 1);
    assert_int_equal(machine.list.replaced, 1);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_EBX);
}

static void a_damaged_count_is_cut_at_the_room_there_is(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < E820_ANSWERS_MAX; i++) {
        add_usable(1 * MIB, 1 * MIB);
    }
    machine.handoff.e820_stored = UINT32_MAX;
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, E820_ANSWERS_MAX);
}

/*   ECX     19      20              23              24
 *   list    no      stale word      stale word      the firmware's word */
static void attributes_count_only_where_24_bytes_came_back(void **state)
{
    (void)state;
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 1 * MIB, .type = 1, .bytes = 19);
    MOCK_ANSWER(&machine, .base = 2 * MIB, .length = 1 * MIB, .type = 1, .bytes = 20, .attributes = 0xFFFFFFF2);
    MOCK_ANSWER(&machine, .base = 3 * MIB, .length = 1 * MIB, .type = 1, .bytes = 23);
    MOCK_ANSWER(&machine, .base = 4 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24, .attributes = 0);
    MOCK_ANSWER(&machine, .base = 5 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24, .attributes = 3);
    MOCK_ANSWER(&machine, .base = 6 * MIB, .length = 1 * MIB, .type = 1, .bytes = 100, .attributes = 9, .last = true);
    read_list();
    assert_verdict(MEMORY_SOURCE_E820, 5);
    assert_entry(0, 2 * MIB, 1 * MIB, 1);
    static const uint32_t ATTRIBUTES[] = {1, 1, 0, 3, 9};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(machine.list.entries[i].attributes, ATTRIBUTES[i]);
    }
    assert_int_equal(machine.list.short_answers, 1);
    assert_int_equal(machine.list.long_answers, 3);
    assert_false(machine.list.attributes_distrusted);
}

static void answers_that_are_all_too_short_are_no_e820(void **state)
{
    (void)state;
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 1 * MIB, .type = 1, .bytes = 19);
    MOCK_ANSWER(&machine, .base = 2 * MIB, .length = 1 * MIB, .type = 1, .bytes = 8, .last = true);
    mock_88(&machine, 7 * KIB);
    read_list();
    assert_verdict(MEMORY_SOURCE_88H, 1);
    assert_int_equal(machine.list.short_answers, 2);
    assert_int_equal(machine.list.ended, E820_ENDED_BY_EBX);
}

/* A firmware that does not know the attributes clears them all. */
static void attributes_that_would_leave_no_memory_are_not_obeyed(void **state)
{
    (void)state;
    MOCK_ANSWER(&machine, .base = 0, .length = 0, .type = 1, .bytes = 24, .attributes = 1); /* gives nothing */
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24, .attributes = 3);
    MOCK_ANSWER(&machine, .base = 2 * MIB, .length = 1 * MIB, .type = 2, .bytes = 24, .attributes = 8);
    MOCK_ANSWER(&machine, .base = 3 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24, .last = true);
    mock_detect(&machine);
    assert_true(machine.list.attributes_distrusted);
    assert_int_equal(machine.list.entries[2].attributes, 9);
    ASSERT_USABLE(&machine, {3 * MIB, 4 * MIB}); /* non-volatile memory stays reserved */
}

static void attributes_are_obeyed_where_memory_is_left(void **state)
{
    (void)state;
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24, .attributes = 0);
    MOCK_ANSWER(&machine, .base = 8 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24, .attributes = 1, .last = true);
    mock_detect(&machine);
    assert_false(machine.list.attributes_distrusted);
    ASSERT_USABLE(&machine, {8 * MIB, 9 * MIB});
}

static void where_no_attribute_could_give_memory_none_is_changed(void **state)
{
    (void)state;
    MemoryMapEntry entries[] = {{1 * MIB, 1 * MIB, 2, 0}, {2 * MIB, 0, 1, 0}, {3 * MIB, 1 * MIB, 1, 2}};
    assert_false(e820_settle_attributes(entries, 3));
    assert_int_equal(entries[0].attributes, 0);
    assert_int_equal(entries[1].attributes, 0);
    assert_int_equal(entries[2].attributes, 2);
    assert_false(e820_settle_attributes(entries, 0));
}

/* Settling a list that has been settled changes nothing: the kernel's print goes through it again. */
static void settling_twice_is_settling_once(void **state)
{
    (void)state;
    MemoryMapEntry entries[] = {{1 * MIB, 1 * MIB, 1, 0}, {2 * MIB, 1 * MIB, 2, 0}};
    assert_true(e820_settle_attributes(entries, 2));
    assert_int_equal(entries[0].attributes, 1);
    assert_int_equal(entries[1].attributes, 1);
    assert_false(e820_settle_attributes(entries, 2));
}

static void sources_have_the_names_that_the_certificate_prints(void **state)
{
    (void)state;
    assert_string_equal(memory_source_name(MEMORY_SOURCE_E820), "e820");
    assert_string_equal(memory_source_name(MEMORY_SOURCE_E801), "e801");
    assert_string_equal(memory_source_name(MEMORY_SOURCE_88H), "88h");
    assert_string_equal(memory_source_name(MEMORY_SOURCE_NONE), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ebx_0_ends_the_list),
        TEST(carry_after_an_entry_ends_the_list_before_the_signature_is_looked_at),
        TEST(empty_entries_and_unknown_types_stay_in_the_list_in_the_firmwares_order),
        TEST(a_lost_signature_discards_the_list_for_e801),
        TEST(a_lost_signature_discards_the_list_for_88h),
        TEST(a_lost_signature_without_fallback_keeps_what_came_before_and_says_so),
        TEST(a_lost_signature_that_was_not_stored_counts),
        TEST(no_signature_at_all_is_no_e820_and_nothing_is_discarded),
        TEST(carry_at_once_is_no_e820),
        TEST(a_machine_that_tells_nothing_gives_nothing),
        TEST(a_list_that_never_ends_is_used_and_reported),
        TEST(after_replacements_ebx_0_may_stand_anywhere),
        TEST(a_damaged_count_is_cut_at_the_room_there_is),
        TEST(attributes_count_only_where_24_bytes_came_back),
        TEST(answers_that_are_all_too_short_are_no_e820),
        TEST(attributes_that_would_leave_no_memory_are_not_obeyed),
        TEST(attributes_are_obeyed_where_memory_is_left),
        TEST(where_no_attribute_could_give_memory_none_is_changed),
        TEST(settling_twice_is_settling_once),
        TEST(sources_have_the_names_that_the_certificate_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
