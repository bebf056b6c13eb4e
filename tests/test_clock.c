/* Conversions between clocks (core/clock.h). */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "core/clock.h"
#include "tests/random.h"

enum { STEPS = 100000 };
static const uint64_t billion = 1000000000;

static void a_clock_is_as_fast_as_itself(void **state)
{
    (void)state;
    struct clock_rate same = clock_rate(12345, 12345);
    assert_int_equal(clock_convert(same, 0), 0);
    assert_int_equal(clock_convert(same, UINT64_MAX), UINT64_MAX);
}

static void nanoseconds_of_a_processor_of_3_gigahertz(void **state)
{
    (void)state;
    struct clock_rate rate = clock_rate(billion, 3 * billion);
    uint64_t day = 86400 * billion, got = clock_convert(rate, 3 * day);
    assert_true(got <= day && day - got < day / 1000000000 * 3); /* a third has no end in binary */
}

static void what_does_not_fit_is_the_largest_number(void **state)
{
    (void)state;
    assert_int_equal(clock_convert(clock_rate(4 * billion, billion), UINT64_MAX / 2), UINT64_MAX);
}

static void a_slow_reference_is_exact_to_what_32_bits_of_fraction_say(void **state)
{
    (void)state;
    struct random random = random_seeded("clock");
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t others = 1 + random_below(&random, 10 * billion), ticks = 1 + random_below(&random, 10 * billion);
        uint64_t count = random_below(&random, UINT32_MAX);
        struct clock_rate rate = clock_rate(others, ticks);
        unsigned __int128 exact = (unsigned __int128)count * others / ticks;
        uint64_t got = clock_convert(rate, count);
        assert_true(got <= exact && exact - got <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_is_as_fast_as_itself),
        cmocka_unit_test(nanoseconds_of_a_processor_of_3_gigahertz),
        cmocka_unit_test(what_does_not_fit_is_the_largest_number),
        cmocka_unit_test(a_slow_reference_is_exact_to_what_32_bits_of_fraction_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
