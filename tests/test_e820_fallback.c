/* core/e820.c: E801 and 88h, for machines without E820. */
#include "tests/e820_fixture.h"

/*   1M          16M         16M + 0x100 * 64K
 *   |...low.....|...high....|                  low = 15 MiB: no hole
 *   |...low..|  |...high....|                  low < 15 MiB: a hole before 16 MiB */
static void e801_leaves_a_hole_before_16_mib_unless_the_lower_field_is_full(void **state)
{
    (void)state;
    mock_e801(&machine, 15 * KIB, 0x100, 0, 0);
    mock_detect(&machine);
    assert_verdict(MEMORY_SOURCE_E801, 2);
    ASSERT_USABLE(&machine, {1 * MIB, 32 * MIB});

    mock_e801(&machine, 14 * KIB, 0x100, 0, 0);
    mock_detect(&machine);
    ASSERT_USABLE(&machine, {1 * MIB, 15 * MIB}, {16 * MIB, 32 * MIB});
}

static void e801_uses_the_pair_that_is_filled_and_what_is_configured_where_both_are(void **state)
{
    (void)state;
    mock_e801(&machine, 0, 0, 3 * KIB, 0);
    mock_detect(&machine);
    ASSERT_USABLE(&machine, {1 * MIB, 4 * MIB});

    mock_e801(&machine, 15 * KIB, 0x100, 2 * KIB, 0);
    mock_detect(&machine);
    ASSERT_USABLE(&machine, {1 * MIB, 3 * MIB});

    mock_e801(&machine, 15 * KIB, 0x100, 0, 0x10);
    mock_detect(&machine);
    ASSERT_USABLE(&machine, {16 * MIB, 17 * MIB});
}

/* Registers of an E801 call that must not be believed; 88h is. */
static void assert_e801_refused(uint16_t low, uint16_t high)
{
    mock_e801(&machine, low, high, 0, 0);
    mock_88(&machine, 7 * KIB);
    mock_detect(&machine);
    assert_verdict(MEMORY_SOURCE_88H, 1);
    ASSERT_USABLE(&machine, {1 * MIB, 8 * MIB});
}

static void e801_answers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    assert_e801_refused(0, 0);
    assert_e801_refused(15 * KIB + 1, 0x100);
    assert_e801_refused(15 * KIB, 0xFF00); /* all of 4 GiB */
    assert_e801_refused(15 * KIB, 0xFFFF);
}

static void e801_reaches_up_to_the_last_64_kib_below_4_gib(void **state)
{
    (void)state;
    mock_e801(&machine, 15 * KIB, 0xFEFF, 0, 0);
    mock_detect(&machine);
    ASSERT_USABLE(&machine, {1 * MIB, 0xFFFF0000});
}

static void e801_with_carry_is_refused(void **state)
{
    (void)state;
    mock_e801(&machine, 15 * KIB, 0x100, 0, 0);
    machine.handoff.e801.carry = 1;
    read_list();
    assert_verdict(MEMORY_SOURCE_NONE, 0);
}

static void e801_comes_before_88h(void **state)
{
    (void)state;
    mock_e801(&machine, 15 * KIB, 0, 0, 0);
    mock_88(&machine, 7 * KIB);
    read_list();
    assert_verdict(MEMORY_SOURCE_E801, 1);
}

/* Carry may be left over from before the call; only together with an error code is it a refusal. */
static void the_carry_of_88h_counts_only_beside_an_error_code(void **state)
{
    (void)state;
    mock_88(&machine, 63 * KIB);
    machine.handoff.ext88.carry = 1;
    read_list();
    assert_verdict(MEMORY_SOURCE_88H, 1);
    assert_entry(0, 1 * MIB, 63 * (uint64_t)MIB, 1);

    static const uint32_t REFUSALS[] = {0x8000, 0x8612};
    for (size_t i = 0; i < 2; i++) {
        mock_88(&machine, REFUSALS[i]);
        machine.handoff.ext88.carry = 1;
        read_list();
        assert_verdict(MEMORY_SOURCE_NONE, 0);

        machine.handoff.ext88.carry = 0;
        read_list();
        assert_verdict(MEMORY_SOURCE_88H, 1);
    }
}

static void the_88h_answer_is_16_bits_and_0_is_nothing(void **state)
{
    (void)state;
    mock_88(&machine, 0xFFFF0000);
    read_list();
    assert_verdict(MEMORY_SOURCE_NONE, 0);

    mock_88(&machine, 0xABCD0400);
    read_list();
    assert_entry(0, 1 * MIB, 1 * MIB, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(e801_leaves_a_hole_before_16_mib_unless_the_lower_field_is_full),
        TEST(e801_uses_the_pair_that_is_filled_and_what_is_configured_where_both_are),
        TEST(e801_answers_that_cannot_be_are_refused),
        TEST(e801_reaches_up_to_the_last_64_kib_below_4_gib),
        TEST(e801_with_carry_is_refused),
        TEST(e801_comes_before_88h),
        TEST(the_carry_of_88h_counts_only_beside_an_error_code),
        TEST(the_88h_answer_is_16_bits_and_0_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
