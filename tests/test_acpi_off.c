/* core/acpi_off.c: the sleep types of "off" out of a DSDT's bytes, and every reason not to take them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/acpi_power.h"
#include "tests/acpi_memory.h"

#define DSDT_AT (FAKE_HIGH + 0x1001)

enum { BODY_BYTES_MAX = 0x2000, PIECE_BYTES = 256, FILLER = 0xA3 /* NoopOp */ };

static struct acpi acpi;
static struct acpi_off off;
static const struct acpi_power with_ports = {.pm1a_control = 0x604, .dsdt = DSDT_AT};

/* Name (_S5_, Package () {7, 5, 0, 0}) */
#define NAMED   0x08, '_', 'S', '5', '_'
#define PACKAGE 0x12, 8, 4, 0x0A, 7, 0x0A, 5, 0, 0

static const char *ask(const struct acpi_power *power)
{
    memset(&off, 0xA5, sizeof off);
    return acpi_off_refusal(&acpi, power, &off);
}

/* A DSDT of that much filler, these bytes, and filler again. */
static const char *ask_dsdt(size_t before, const uint8_t *bytes, size_t count, size_t after)
{
    static uint8_t body[BODY_BYTES_MAX];
    memset(body, FILLER, sizeof body);
    memcpy(body + before, bytes, count);
    acpi = fake_empty();
    put_table(DSDT_AT, "DSDT", body, before + count + after);
    return ask(&with_ports);
}

static void assert_types(const char *refusal, uint8_t pm1a, uint8_t pm1b)
{
    assert_null(refusal);
    assert_int_equal(off.pm1a_type, pm1a);
    assert_int_equal(off.pm1b_type, pm1b);
}

static void assert_refused(const char *refusal, const char *words)
{
    assert_non_null(refusal);
    assert_non_null(strstr(refusal, words));
    assert_int_equal(off.pm1a_type, 0xA5);
    assert_int_equal(off.pm1b_type, 0xA5);
}

#define ASK(...) ask_dsdt(9, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), 9)
/* The same with nothing after it. */
#define ASK_LAST(...) ask_dsdt(9, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), 0)
#define NOT_SIMPLE    "not simple enough"

static void qemu_machines_are_off_in_sleep_type_0(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACPI_MACHINES; i++) {
        struct acpi_power power;
        acpi = fake_machine(acpi_machines[i]);
        assert_true(acpi_find_root(&acpi, 0));
        acpi_power_read(&acpi, &power);
        assert_types(ask(&power), 0, 0);
    }
}

static void numbers_are_bytes_zero_or_one(void **state)
{
    (void)state;
    assert_types(ASK(NAMED, PACKAGE), 7, 5);
    assert_types(ASK(NAMED, 0x12, 5, 3, 0, 1, 0), 0, 1);
    assert_types(ASK(NAMED, 0x12, 5, 2, 1, 0x0A, 3), 1, 3);
}

static void the_name_may_begin_at_the_root(void **state)
{
    (void)state;
    assert_types(ASK(0x08, '\\', '_', 'S', '5', '_', PACKAGE), 7, 5);
}

/* Of 2, 3 and 4 bytes: the first one's upper bits say how many follow, its lower ones are the least of it. */
static void a_package_may_have_a_longer_length(void **state)
{
    (void)state;
    assert_types(ASK(NAMED, 0x12, 0x47, 0, 2, 0x0A, 7, 0x0A, 5), 7, 5);
    assert_types(ASK(NAMED, 0x12, 0x88, 0, 0, 2, 0x0A, 7, 0x0A, 5), 7, 5);
    assert_types(ASK(NAMED, 0x12, 0xC9, 0, 0, 0, 2, 0x0A, 7, 0x0A, 5), 7, 5);
    assert_types(ASK_LAST(NAMED, 0x12, 0x41, 1, 6, 0x0A, 7, 0x0A, 5, 0x0C, 0, 0, 0, 0, 0x0C, 0, 0, 0, 0), 7, 5);
    assert_refused(ASK_LAST(NAMED, 0x12, 0x42, 1, 6, 0x0A, 7, 0x0A, 5, 0x0C, 0, 0, 0, 0, 0x0C, 0, 0, 0, 0),
                   NOT_SIMPLE);
}

static void a_use_of_the_name_is_no_definition(void **state)
{
    (void)state;
    assert_refused(ASK('_', 'S', '5', '_', PACKAGE), "defines no \\_S5");
    assert_refused(ASK('\\', '_', 'S', '5', '_', PACKAGE), "defines no \\_S5");
    assert_types(ASK('_', 'S', '5', '_', NAMED, PACKAGE, '\\', '_', 'S', '5', '_'), 7, 5);
    assert_refused(ASK(0x08, '_', 'S', '4', '_', PACKAGE), "defines no \\_S5");
}

static void a_dsdt_without_a_body_defines_nothing(void **state)
{
    (void)state;
    acpi = fake_empty();
    put_table(DSDT_AT, "DSDT", "", 0);
    assert_refused(ask(&with_ports), "defines no \\_S5");
    put_table(DSDT_AT, "DSDT", "_S5", 3);
    assert_refused(ask(&with_ports), "defines no \\_S5");
}

/* It's found wherever it lies, also across the pieces in which the table is read. */
static void the_name_is_found_at_any_offset(void **state)
{
    static const uint8_t definition[] = {NAMED, PACKAGE};
    (void)state;
    for (size_t before = 1; before < (size_t)3 * PIECE_BYTES; before++) {
        assert_types(ask_dsdt(before, definition, sizeof definition, before % 5), 7, 5);
    }
}

static void without_a_control_port_it_is_not_looked_for(void **state)
{
    const struct acpi_power no_ports = {.dsdt = DSDT_AT};
    (void)state;
    assert_types(ASK(NAMED, PACKAGE), 7, 5);
    assert_refused(ask(&no_ports), "names a port");
}

static void without_a_sound_dsdt_there_is_nothing(void **state)
{
    const struct acpi_power no_dsdt = {.pm1a_control = 0x604};
    (void)state;
    assert_types(ASK(NAMED, PACKAGE), 7, 5);
    assert_refused(ask(&no_dsdt), "no sound DSDT");
    fake(DSDT_AT, 64)[50]++;
    assert_refused(ask(&with_ports), "no sound DSDT");
}

static void what_is_no_package_is_not_simple(void **state)
{
    (void)state;
    assert_refused(ASK(NAMED, 0x13, 8, 4, 0x0A, 7, 0x0A, 5, 0, 0), NOT_SIMPLE); /* VarPackageOp */
    assert_refused(ASK(NAMED, 0x0A, 7), NOT_SIMPLE);
    assert_refused(ASK_LAST(NAMED), NOT_SIMPLE);
}

static void a_package_of_fewer_than_two_is_not_simple(void **state)
{
    (void)state;
    assert_refused(ASK(NAMED, 0x12, 4, 1, 0x0A, 7), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 6, 1, 0x0A, 7, 0x0A, 5), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 2, 0), NOT_SIMPLE);
}

/* Words, names, calculated values. */
static void other_elements_are_not_simple(void **state)
{
    (void)state;
    assert_refused(ASK(NAMED, 0x12, 8, 2, 0x0B, 7, 0, 0x0B, 5, 0), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 6, 2, 0x0A, 7, 0x0B, 5, 0), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 4, 2, 0, 0xFF), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 7, 2, 'S', 'L', 'P', 'T', 0), NOT_SIMPLE);
}

static void elements_outside_of_their_package_are_not_simple(void **state)
{
    (void)state;
    assert_types(ASK(NAMED, 0x12, 6, 2, 0x0A, 7, 0x0A, 5), 7, 5);
    assert_refused(ASK(NAMED, 0x12, 5, 2, 0x0A, 7, 0x0A, 5), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 1, 2, 0, 0), NOT_SIMPLE);
    assert_refused(ASK(NAMED, 0x12, 0, 2, 0, 0), NOT_SIMPLE);
}

/* The table's last byte may be the package's, but not one before. */
static void a_package_past_the_end_of_the_table_is_not_simple(void **state)
{
    (void)state;
    assert_types(ASK_LAST(NAMED, 0x12, 6, 2, 0x0A, 7, 0x0A, 5), 7, 5);
    assert_refused(ASK_LAST(NAMED, 0x12, 7, 2, 0x0A, 7, 0x0A, 5), NOT_SIMPLE);
    assert_refused(ASK_LAST(NAMED, 0x12, 0xCF, 0xFF, 0xFF, 0xFF, 2, 0, 0), NOT_SIMPLE);
    assert_refused(ASK_LAST(NAMED, 0x12), NOT_SIMPLE);
    assert_refused(ASK_LAST(NAMED, 0x12, 0xC0), NOT_SIMPLE);
}

static void a_sleep_type_has_three_bits(void **state)
{
    (void)state;
    assert_types(ASK(NAMED, 0x12, 6, 2, 0x0A, 7, 0x0A, 7), 7, 7);
    assert_refused(ASK(NAMED, 0x12, 6, 2, 0x0A, 8, 0x0A, 7), "above 7");
    assert_refused(ASK(NAMED, 0x12, 6, 2, 0x0A, 7, 0x0A, 8), "above 7");
}

/* Under conditions that only an interpreter could tell apart. */
static void two_definitions_have_to_be_alike(void **state)
{
    (void)state;
    assert_types(ASK(NAMED, PACKAGE, NAMED, PACKAGE), 7, 5);
    assert_refused(ASK(NAMED, PACKAGE, NAMED, 0x12, 6, 2, 0x0A, 7, 0x0A, 6), "differ");
    assert_refused(ASK(NAMED, PACKAGE, NAMED, 0x12, 6, 2, 0x0A, 6, 0x0A, 5), "differ");
    assert_refused(ASK(NAMED, PACKAGE, NAMED, 0x13), NOT_SIMPLE);
}

static unsigned reads_left;

static bool read_a_while(void *context, uint64_t physical, void *to, size_t bytes)
{
    return reads_left != 0 && reads_left-- != 0 && fake_read(context, physical, to, bytes);
}

/* Memory that cannot be read any more, at each of the reads: never another answer than the right one. */
static void memory_that_goes_away_is_refused(void **state)
{
    (void)state;
    assert_null(ASK(NAMED, PACKAGE));
    acpi.memory.read = read_a_while;
    for (unsigned reads = 0;; reads++) {
        reads_left = reads;
        const char *refusal = ask(&with_ports);
        if (refusal == NULL) {
            assert_types(refusal, 7, 5);
            break;
        }
        assert_in_range(reads, 0, 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qemu_machines_are_off_in_sleep_type_0),
        cmocka_unit_test(numbers_are_bytes_zero_or_one),
        cmocka_unit_test(the_name_may_begin_at_the_root),
        cmocka_unit_test(a_package_may_have_a_longer_length),
        cmocka_unit_test(a_use_of_the_name_is_no_definition),
        cmocka_unit_test(a_dsdt_without_a_body_defines_nothing),
        cmocka_unit_test(the_name_is_found_at_any_offset),
        cmocka_unit_test(without_a_control_port_it_is_not_looked_for),
        cmocka_unit_test(without_a_sound_dsdt_there_is_nothing),
        cmocka_unit_test(what_is_no_package_is_not_simple),
        cmocka_unit_test(a_package_of_fewer_than_two_is_not_simple),
        cmocka_unit_test(other_elements_are_not_simple),
        cmocka_unit_test(elements_outside_of_their_package_are_not_simple),
        cmocka_unit_test(a_package_past_the_end_of_the_table_is_not_simple),
        cmocka_unit_test(a_sleep_type_has_three_bits),
        cmocka_unit_test(two_definitions_have_to_be_alike),
        cmocka_unit_test(memory_that_goes_away_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
