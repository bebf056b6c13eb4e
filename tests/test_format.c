/* core/format.c against the C library's printf, and where they are meant to differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/format.h"
#include "tests/random.h"

struct text {
    char bytes[512];
    size_t length;
};

static void keep(void *context, const char *text, size_t length)
{
    struct text *out = context;
    assert_true(length > 0);
    assert_true(out->length + length < sizeof out->bytes);
    memcpy(out->bytes + out->length, text, length);
    out->length += length;
    out->bytes[out->length] = '\0';
}

static void formatted(struct text *out, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static void formatted(struct text *out, const char *format, va_list args)
{
    memset(out->bytes, 0xA5, sizeof out->bytes);
    out->bytes[0] = '\0';
    out->length = 0;
    format_text(keep, out, format, args);
}

/* Prints with both and compares. */
static void same(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void same(const char *format, ...)
{
    struct text ours;
    char theirs[sizeof ours.bytes];
    va_list args;
    va_start(args, format);
    formatted(&ours, format, args);
    va_end(args);
    va_start(args, format);
    vsnprintf(theirs, sizeof theirs, format, args);
    va_end(args);
    assert_string_equal(ours.bytes, theirs);
}

/* The compiler would refuse these formats: not declared as one. */
static void gives(const char *wanted, const char *format, ...)
{
    struct text ours;
    va_list args;
    va_start(args, format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    formatted(&ours, format, args);
#pragma GCC diagnostic pop
    va_end(args);
    assert_string_equal(ours.bytes, wanted);
}

static void text_without_conversions_is_printed_as_it_is(void **state)
{
    (void)state;
    same("tessera: ready\n");
    same("100%%, %% and %%");
    gives("", "");
}

static void numbers_of_every_width_and_sign_print_as_printf_does(void **state)
{
    (void)state;
    same("%d %d %d %i", 0, -1, INT_MIN, INT_MAX);
    same("%u %x %X", UINT_MAX, 0xDEADBEEF, 0xDEADBEEF);
    same("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
    same("%lld %llu %llX", LLONG_MIN, ULLONG_MAX, ULLONG_MAX);
    same("%zu %zx %zd", SIZE_MAX, SIZE_MAX, (ptrdiff_t)-3);
    same("%hhu %hhd %hu %hd", (unsigned char)200, (signed char)-100, (unsigned short)60000, (short)-30000);
    same("%ju %td", UINTMAX_MAX, (ptrdiff_t)-7);
    same("%p", (void *)&same);
    same("%#x %#llx %#x", 0x12, 0xFFFFFFFFFFFFull, 0);
}

/* Arguments whose upper half is noise: the length decides how much of them counts. */
static void a_number_is_no_wider_than_its_length_says(void **state)
{
    (void)state;
    gives("4294967295", "%u", 0xA5A5A5A5FFFFFFFFull);
    gives("-1", "%d", 0xA5A5A5A5FFFFFFFFull);
    gives("255 -1", "%hhu %hhd", 0xA5FF, 0xA5FF);
}

static void width_zeros_left_and_precision_print_as_printf_does(void **state)
{
    (void)state;
    same("|%5d|%-5d|%05d|%5d|%-5d|%05d|", 42, 42, 42, -42, -42, -42);
    same("|%016llx|%4x|%-8X|%#010x|%#10x|", 0xB8000ull, 0x12345, 0xAB, 0xAB, 0xAB);
    same("|%.3d|%8.3d|%-8.3d|%.3x|", 7, 7, -7, 7);
    same("|%*d|%-*d|%*d|", 6, 1, 6, 2, 0, 3);
    same("|%1d|%2d|%3d|", 100, 100, 100);
}

/* The compiler warns of the first, and C lets the second mean '-'. */
static void zeros_give_way_to_a_precision_and_a_negative_width_is_none(void **state)
{
    (void)state;
    gives("|     007|", "|%08.3d|", 7);
    gives("|7|", "|%*d|", -5, 7);
}

static void strings_and_characters_print_as_printf_does(void **state)
{
    (void)state;
    same("|%s|%8s|%-8s|%.2s|%8.2s|%-8.2s|%.0s|", "abc", "abc", "abc", "abc", "abc", "abc", "abc");
    same("|%.*s|%*s|", 2, "abcdef", 4, "a");
    same("|%c|%3c|%-3c|", 'x', 'y', 'z');
    gives("(null)", "%s", (char *)NULL);
}

/* A name in a firmware table need not end in a NUL. */
static void a_string_with_a_precision_is_not_read_past_it(void **state)
{
    (void)state;
    char name[3] = {'S', 'M', 'P'};
    gives("|SMP|", "|%.3s|", name);
}

static void an_unknown_conversion_and_what_follows_print_as_they_stand(void **state)
{
    (void)state;
    gives("a 1 %y %d", "a %d %y %d", 1, 2);
    gives("50%", "50%");
    gives("%-08.3l", "%-08.3l");
}

static void random_numbers_in_random_fields_print_as_printf_does(void **state)
{
    (void)state;
    struct random random = random_seeded("test_format");
    for (int i = 0; i < 20000; i++) {
        uint64_t value = random_next(&random) >> random_below(&random, 64);
        int width = (int)random_below(&random, 25);
        int precision = (int)random_below(&random, 22);
        same("%llu %lld %llx", (unsigned long long)value, (long long)value, (unsigned long long)value);
        same("%*llx|%-*llu|%0*lld", width, (unsigned long long)value, width, (unsigned long long)value, width,
             (long long)value);
        same("%*.*llu|%-*.*llx", width, precision, (unsigned long long)value, width, precision,
             (unsigned long long)value | 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_without_conversions_is_printed_as_it_is),
        cmocka_unit_test(numbers_of_every_width_and_sign_print_as_printf_does),
        cmocka_unit_test(a_number_is_no_wider_than_its_length_says),
        cmocka_unit_test(width_zeros_left_and_precision_print_as_printf_does),
        cmocka_unit_test(zeros_give_way_to_a_precision_and_a_negative_width_is_none),
        cmocka_unit_test(strings_and_characters_print_as_printf_does),
        cmocka_unit_test(a_string_with_a_precision_is_not_read_past_it),
        cmocka_unit_test(an_unknown_conversion_and_what_follows_print_as_they_stand),
        cmocka_unit_test(random_numbers_in_random_fields_print_as_printf_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
