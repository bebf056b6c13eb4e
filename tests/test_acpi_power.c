/* core/acpi_power.c: what the FADT says of reset and power-off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/acpi_power.h"
#include "tests/acpi_memory.h"

#define ROOT_AT UINT64_C(0xE0000)
#define RSDT_AT (FAKE_HIGH + 0x101)
#define FADT_AT (FAKE_HIGH + 0x1001)

/* Offsets in the FADT (ACPI 6.5, table 5.9). */
enum {
    AT_DSDT = 40,
    AT_SMI_COMMAND = 48,
    AT_ACPI_ENABLE = 52,
    AT_PM1A = 64,
    AT_PM1B = 68,
    AT_FLAGS = 112,
    AT_RESET = 116,
    AT_RESET_VALUE = 128,
    AT_X_DSDT = 140,
    AT_X_PM1A = 172,
    AT_X_PM1B = 184,
    FIRST_BYTES = 116, /* version 1 */
    ACPI_2_BYTES = 244,
    RESET_SUPPORTED = 0x400,
    HARDWARE_REDUCED = 0x100000,
};

static struct acpi acpi;
static struct acpi_power power;

static void set(uint32_t offset, uint64_t number, size_t bytes)
{
    put_number(FADT_AT + offset, number, bytes);
}

static void set_address(uint32_t offset, uint8_t space, uint64_t address)
{
    set(offset, space, 1);
    set(offset + 4, address, 8);
}

/* A FADT as long as that of ACPI 2, with short fields only. */
static int plain_fadt(void **state)
{
    static const uint8_t body[ACPI_2_BYTES - ACPI_HEADER_BYTES];
    const uint32_t entry = FADT_AT;
    (void)state;
    acpi = fake_empty();
    put_root(ROOT_AT, RSDT_AT, 0);
    put_table(RSDT_AT, "RSDT", &entry, sizeof entry);
    put_table(FADT_AT, "FACP", body, sizeof body);
    set(AT_DSDT, 0x7FE0040, 4);
    set(AT_SMI_COMMAND, 0xB2, 4);
    set(AT_ACPI_ENABLE, 0xF1, 1);
    set(AT_PM1A, 0x604, 4);
    set(AT_PM1B, 0x704, 4);
    return 0;
}

static void read_power(void)
{
    seal(FADT_AT);
    memset(&power, 0xA5, sizeof power);
    (void)acpi_find_root(&acpi, 0);
    acpi_power_read(&acpi, &power);
}

static void assert_reset(enum acpi_reset_space space, uint64_t address, uint8_t value)
{
    assert_int_equal(power.reset_space, space);
    assert_int_equal(power.reset_address, address);
    assert_int_equal(power.reset_value, value);
}

static void assert_ports(uint16_t pm1a, uint16_t pm1b)
{
    assert_int_equal(power.pm1a_control, pm1a);
    assert_int_equal(power.pm1b_control, pm1b);
}

static void assert_nothing(void)
{
    assert_reset(ACPI_RESET_NONE, 0, 0);
    assert_ports(0, 0);
    assert_int_equal(power.smi_command, 0);
    assert_int_equal(power.acpi_enable, 0);
    assert_int_equal(power.dsdt, 0);
}

/* The q35's FADT is of the version that has a reset register, the pc's is not. */
static void qemu_machines_end_like_this(void **state)
{
    (void)state;
    acpi = fake_machine(acpi_pc);
    read_power();
    assert_reset(ACPI_RESET_NONE, 0, 0);
    assert_ports(0x604, 0);
    assert_int_equal(power.smi_command, 0xB2);
    assert_int_equal(power.acpi_enable, 0xF1);
    assert_int_equal(power.dsdt, acpi_pc[DSDT_PIECE].physical);

    acpi = fake_machine(acpi_q35);
    read_power();
    assert_reset(ACPI_RESET_PORT, 0xCF9, 0x0F);
    assert_ports(0x604, 0);
    assert_int_equal(power.smi_command, 0xB2);
    assert_int_equal(power.acpi_enable, 0x02);
    assert_int_equal(power.dsdt, acpi_q35[DSDT_PIECE].physical);
}

static void without_a_fadt_there_is_nothing(void **state)
{
    (void)state;
    put(FADT_AT, "FACS", 4);
    read_power();
    assert_nothing();
}

static void a_fadt_shorter_than_the_first_is_none(void **state)
{
    (void)state;
    set(4, FIRST_BYTES - 1, 4);
    read_power();
    assert_nothing();
    set(4, FIRST_BYTES, 4);
    read_power();
    assert_ports(0x604, 0x704);
    assert_int_equal(power.dsdt, 0x7FE0040);
}

static void a_reset_register_counts_only_when_the_flag_says_so(void **state)
{
    (void)state;
    set_address(AT_RESET, 1, 0xCF9);
    set(AT_RESET_VALUE, 6, 1);
    set(AT_FLAGS, ~(uint64_t)RESET_SUPPORTED, 4);
    read_power();
    assert_reset(ACPI_RESET_NONE, 0, 0);
    set(AT_FLAGS, RESET_SUPPORTED, 4);
    read_power();
    assert_reset(ACPI_RESET_PORT, 0xCF9, 6);
}

static void a_reset_register_is_a_port_or_memory(void **state)
{
    (void)state;
    set(AT_FLAGS, RESET_SUPPORTED, 4);
    set(AT_RESET_VALUE, 0x33, 1);
    set_address(AT_RESET, 0, UINT64_C(0xFED000000010));
    read_power();
    assert_reset(ACPI_RESET_MEMORY, UINT64_C(0xFED000000010), 0x33);
    set_address(AT_RESET, 2, 0x64); /* PCI configuration space */
    read_power();
    assert_reset(ACPI_RESET_NONE, 0, 0);
    set_address(AT_RESET, 1, 0x10000);
    read_power();
    assert_reset(ACPI_RESET_NONE, 0, 0);
    set_address(AT_RESET, 1, 0xFFFF);
    read_power();
    assert_reset(ACPI_RESET_PORT, 0xFFFF, 0x33);
    set_address(AT_RESET, 1, 0);
    read_power();
    assert_reset(ACPI_RESET_NONE, 0, 0);
}

/* The flag is set, but the table ends in the middle of the register. */
static void a_reset_register_that_the_table_does_not_hold_is_none(void **state)
{
    (void)state;
    set(AT_FLAGS, RESET_SUPPORTED, 4);
    set_address(AT_RESET, 1, 0xCF9);
    set(4, AT_RESET_VALUE, 4);
    read_power();
    assert_reset(ACPI_RESET_NONE, 0, 0);
    set(4, AT_RESET_VALUE + 1, 4);
    read_power();
    assert_reset(ACPI_RESET_PORT, 0xCF9, 0);
}

static void the_long_fields_come_first(void **state)
{
    (void)state;
    set_address(AT_X_PM1A, 1, 0x1804);
    set_address(AT_X_PM1B, 1, 0x1904);
    set(AT_X_DSDT, UINT64_C(0x123450000), 8);
    read_power();
    assert_ports(0x1804, 0x1904);
    assert_int_equal(power.dsdt, UINT64_C(0x123450000));
}

static void the_short_fields_count_where_the_long_ones_are_empty_or_missing(void **state)
{
    (void)state;
    read_power();
    assert_ports(0x604, 0x704);
    assert_int_equal(power.dsdt, 0x7FE0040);
    set_address(AT_X_PM1A, 1, 0x1804);
    set(AT_X_DSDT, UINT64_C(0x123450000), 8);
    set(4, AT_X_DSDT + 7, 4);
    read_power();
    assert_ports(0x604, 0x704);
    assert_int_equal(power.dsdt, 0x7FE0040);
}

static void control_registers_that_are_no_ports_are_left_alone(void **state)
{
    (void)state;
    set_address(AT_X_PM1A, 0, 0x1804);
    set_address(AT_X_PM1B, 1, 0x11904);
    read_power();
    assert_ports(0, 0);
    set_address(AT_X_PM1A, 0, 0);
    set_address(AT_X_PM1B, 0, 0);
    set(AT_PM1A, 0x10604, 4);
    set(AT_SMI_COMMAND, 0x100B2, 4);
    read_power();
    assert_ports(0, 0x704);
    assert_int_equal(power.smi_command, 0);
}

static void reduced_hardware_has_no_control_ports(void **state)
{
    (void)state;
    set(AT_FLAGS, HARDWARE_REDUCED | RESET_SUPPORTED, 4);
    set_address(AT_RESET, 1, 0xCF9);
    read_power();
    assert_ports(0, 0);
    assert_int_equal(power.smi_command, 0);
    assert_reset(ACPI_RESET_PORT, 0xCF9, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qemu_machines_end_like_this),
        cmocka_unit_test_setup(without_a_fadt_there_is_nothing, plain_fadt),
        cmocka_unit_test_setup(a_fadt_shorter_than_the_first_is_none, plain_fadt),
        cmocka_unit_test_setup(a_reset_register_counts_only_when_the_flag_says_so, plain_fadt),
        cmocka_unit_test_setup(a_reset_register_is_a_port_or_memory, plain_fadt),
        cmocka_unit_test_setup(a_reset_register_that_the_table_does_not_hold_is_none, plain_fadt),
        cmocka_unit_test_setup(the_long_fields_come_first, plain_fadt),
        cmocka_unit_test_setup(the_short_fields_count_where_the_long_ones_are_empty_or_missing, plain_fadt),
        cmocka_unit_test_setup(control_registers_that_are_no_ports_are_left_alone, plain_fadt),
        cmocka_unit_test_setup(reduced_hardware_has_no_control_ports, plain_fadt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
