/* What the firmware's FADT and DSDT say about ending the machine: a reset register, and the values that switch the power
 * off (ACPI 6.5, 4.8.3.2, 5.2.9 and 7.4.2.6). Portable; nothing is executed: AML is only looked at, and what is not simple
 * is refused. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/acpi.h"

enum acpi_reset_space { ACPI_RESET_NONE, ACPI_RESET_PORT, ACPI_RESET_MEMORY };

/* All 0 without a FADT. */
struct acpi_power {
    enum acpi_reset_space reset_space;
    uint64_t reset_address; /* a port, or a physical address */
    uint8_t reset_value;    /* the byte to write there       */

    uint16_t pm1a_control; /* ports of 16 bits; 0: none, then the power cannot be switched off so */
    uint16_t pm1b_control;
    uint16_t smi_command; /* a port: writing acpi_enable makes the control ports work; 0: they do */
    uint8_t acpi_enable;

    uint64_t dsdt; /* physical */
};

/* The sleep types that are "off" (S5), for the two control ports: 0 to ACPI_SLEEP_TYPE_MAX. */
struct acpi_off {
    uint8_t pm1a_type;
    uint8_t pm1b_type;
};

enum {
    ACPI_SLEEP_TYPE_MAX = 7,
    /* Bits of a control port. */
    ACPI_CONTROL_ON = 1 << 0, /* SCI_EN: the machine is in ACPI mode */
    ACPI_CONTROL_TYPE_SHIFT = 10,
    ACPI_CONTROL_TYPE = ACPI_SLEEP_TYPE_MAX << ACPI_CONTROL_TYPE_SHIFT,
    ACPI_CONTROL_SLEEP = 1 << 13, /* SLP_EN: do it */
};

void acpi_power_read(const struct acpi *acpi, struct acpi_power *power);

/* How to switch the power off; reads the whole DSDT, twice. NULL when *off is filled in, else why not, as a sentence without
 * a full stop. */
const char *acpi_off_refusal(const struct acpi *acpi, const struct acpi_power *power, struct acpi_off *off);
