/* mm/number.c: numbers as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mm/number.h"

enum { UNTOUCHED = 0xA5A5 };

static void assert_number(const char *text, uint64_t wanted)
{
    uint64_t value = UNTOUCHED;
    assert_null(number_parse(text, &value));
    assert_int_equal(value, wanted);
}

static void assert_refused(const char *text, const char *words)
{
    uint64_t value = UNTOUCHED;
    const char *refusal = number_parse(text, &value);
    assert_non_null(refusal);
    assert_non_null(strstr(refusal, words));
    assert_int_equal(value, UNTOUCHED);
}

static void decimal_and_hexadecimal_digits_are_read(void **state)
{
    (void)state;
    assert_number("0", 0);
    assert_number("007", 7);
    assert_number("4096", 4096);
    assert_number("0x10", 16);
    assert_number("0XdeadBEEF", 0xDEADBEEF);
    assert_number("18446744073709551615", UINT64_MAX);
    assert_number("0xffffffffffffffff", UINT64_MAX);
}

static void suffixes_are_powers_of_1024(void **state)
{
    (void)state;
    assert_number("1K", 1024);
    assert_number("1k", 1024);
    assert_number("3M", 3 << 20);
    assert_number("0x10g", UINT64_C(16) << 30);
    assert_number("1T", UINT64_C(1) << 40);
    assert_number("16777215T", UINT64_C(16777215) << 40);
}

static void what_does_not_fit_64_bits_is_refused(void **state)
{
    (void)state;
    assert_refused("18446744073709551616", "64 bits");
    assert_refused("99999999999999999999", "64 bits");
    assert_refused("0x10000000000000000", "64 bits");
    assert_refused("16777216T", "64 bits");
    assert_refused("18014398509481984K", "64 bits");
}

static void what_does_not_start_like_a_number_is_refused(void **state)
{
    (void)state;
    assert_refused("", "starts with");
    assert_refused("K", "starts with");
    assert_refused("-1", "starts with");
    assert_refused("+1", "starts with");
    assert_refused(" 1", "starts with");
    assert_refused("0x", "starts with");
    assert_refused("0xg", "starts with");
    assert_refused("ff", "starts with");
}

static void what_goes_on_after_the_number_is_refused(void **state)
{
    (void)state;
    assert_refused("1 ", "ends");
    assert_refused("1KB", "ends");
    assert_refused("1KK", "ends");
    assert_refused("12a", "ends");
    assert_refused("1,000", "ends");
    assert_refused("1.5G", "ends");
    assert_refused("1P", "ends");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_and_hexadecimal_digits_are_read),
        cmocka_unit_test(suffixes_are_powers_of_1024),
        cmocka_unit_test(what_does_not_fit_64_bits_is_refused),
        cmocka_unit_test(what_does_not_start_like_a_number_is_refused),
        cmocka_unit_test(what_goes_on_after_the_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
