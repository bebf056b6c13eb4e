#include "core/acpi_power.h"

#include "core/string.h"

enum {
    FADT_BYTES_MIN = 116, /* of the first version; every later one is longer */
    FADT_AT_DSDT = 40,
    FADT_AT_SMI_COMMAND = 48,
    FADT_AT_ACPI_ENABLE = 52,
    FADT_AT_PM1A_CONTROL = 64,
    FADT_AT_PM1B_CONTROL = 68,
    FADT_AT_FLAGS = 112,
    FADT_AT_RESET_REGISTER = 116,
    FADT_AT_RESET_VALUE = 128,
    FADT_AT_X_DSDT = 140,
    FADT_AT_X_PM1A_CONTROL = 172,
    FADT_AT_X_PM1B_CONTROL = 184,
    FADT_RESET_SUPPORTED = 1 << 10,
    FADT_HARDWARE_REDUCED = 1 << 20, /* there are no control ports, whatever stands in their fields */

    /* Generic address: space, width and offset in bits, access size, address. */
    ADDRESS_AT_VALUE = 4,
    SPACE_MEMORY = 0,
    SPACE_PORT = 1,
    PORT_MAX = 0xFFFF,
};

static uint16_t port_or_none(uint64_t address)
{
    return address <= PORT_MAX ? (uint16_t)address : 0;
}

/* The port in the long field, or in the short one where the long one is empty or the table too old for it. */
static uint16_t control_port(const struct acpi_table *fadt, uint32_t short_field, uint32_t long_field)
{
    uint64_t address = acpi_table_number(fadt, long_field + ADDRESS_AT_VALUE, 8);
    if (address == 0) {
        return port_or_none(acpi_table_number(fadt, short_field, 4));
    }
    return acpi_table_number(fadt, long_field, 1) == SPACE_PORT ? port_or_none(address) : 0;
}

static void read_reset(const struct acpi_table *fadt, struct acpi_power *power)
{
    uint64_t space = acpi_table_number(fadt, FADT_AT_RESET_REGISTER, 1);
    uint64_t address = acpi_table_number(fadt, FADT_AT_RESET_REGISTER + ADDRESS_AT_VALUE, 8);
    bool in_table = fadt->bytes > FADT_AT_RESET_VALUE;
    if (!in_table || address == 0 || (space == SPACE_PORT && address > PORT_MAX) || space > SPACE_PORT) {
        return;
    }
    power->reset_space = space == SPACE_PORT ? ACPI_RESET_PORT : ACPI_RESET_MEMORY;
    power->reset_address = address;
    power->reset_value = (uint8_t)acpi_table_number(fadt, FADT_AT_RESET_VALUE, 1);
}

void acpi_power_read(const struct acpi *acpi, struct acpi_power *power)
{
    struct acpi_table fadt;
    *power = (struct acpi_power){0};
    if (!acpi_find_table(acpi, "FACP", &fadt) || fadt.bytes < FADT_BYTES_MIN) {
        return;
    }
    uint64_t flags = acpi_table_number(&fadt, FADT_AT_FLAGS, 4);
    if ((flags & FADT_RESET_SUPPORTED) != 0) {
        read_reset(&fadt, power);
    }
    if ((flags & FADT_HARDWARE_REDUCED) == 0) {
        power->pm1a_control = control_port(&fadt, FADT_AT_PM1A_CONTROL, FADT_AT_X_PM1A_CONTROL);
        power->pm1b_control = control_port(&fadt, FADT_AT_PM1B_CONTROL, FADT_AT_X_PM1B_CONTROL);
        power->smi_command = port_or_none(acpi_table_number(&fadt, FADT_AT_SMI_COMMAND, 4));
        power->acpi_enable = (uint8_t)acpi_table_number(&fadt, FADT_AT_ACPI_ENABLE, 1);
    }
    uint64_t dsdt = acpi_table_number(&fadt, FADT_AT_X_DSDT, 8);
    power->dsdt = dsdt != 0 ? dsdt : acpi_table_number(&fadt, FADT_AT_DSDT, 4);
}
