/* Everything that is read out of ACPI tables, for tables that somebody made up: what comes out must be something that the
 * kernel can use. Included by one program at a time. */
#pragma once

#include "core/acpi_power.h"
#include "core/acpi_routes.h"
#include "core/assert.h"
#include "tests/acpi_memory.h"

struct acpi_findings {
    bool root;
    struct interrupt_routes routes;
    struct acpi_power power;
    const char *off_refusal;
    struct acpi_off off;
};

static unsigned everything_lines;

__attribute__((format(printf, 1, 2))) static inline void count_lines(const char *format, ...)
{
    everything_lines += strchr(format, '\n') != NULL;
}

static inline void expect_usable(const struct acpi_findings *found)
{
    const struct interrupt_routes *routes = &found->routes;
    kassert(routes->ioapic_count >= 1 && routes->ioapic_count <= IOAPICS_MAX, "acpi: no I/O APIC, or too many");
    kassert(routes->ioapics_lost == 0 || routes->ioapic_count == IOAPICS_MAX, "acpi: lost in spite of room");
    kassert(routes->local_apic != 0, "acpi: a local APIC at address 0");
    for (uint32_t i = 0; i < routes->ioapic_count; i++) {
        kassert(routes->ioapics[i].address != 0, "acpi: an I/O APIC at address 0");
        kassert(interrupt_routes_ioapic(routes, routes->ioapics[i].gsi_base)->gsi_base == routes->ioapics[i].gsi_base,
                "acpi: the first input of an I/O APIC belongs to another");
    }
    kassert(found->power.reset_space != ACPI_RESET_PORT || found->power.reset_address <= UINT16_MAX,
            "acpi: a reset port that is none");
    kassert((found->power.reset_space == ACPI_RESET_NONE) == (found->power.reset_address == 0),
            "acpi: a reset register nowhere");
    kassert(found->off_refusal != NULL || found->power.pm1a_control != 0, "acpi: off without a port");
    kassert(found->off_refusal != NULL ||
                (found->off.pm1a_type <= ACPI_SLEEP_TYPE_MAX && found->off.pm1b_type <= ACPI_SLEEP_TYPE_MAX),
            "acpi: a sleep type of more than three bits");
    kassert(everything_lines >= 1 && everything_lines <= 3, "acpi: the report is not one to three lines");
}

/* Reads all there is. */
static inline struct acpi_findings acpi_everything(struct acpi *acpi)
{
    struct acpi_findings found;
    memset(&found, 0xA5, sizeof found);
    fake_reads = 0;
    everything_lines = 0;
    found.root = acpi_find_root(acpi, 0);
    interrupt_routes_read(acpi, &found.routes);
    interrupt_routes_report(&found.routes, count_lines);
    acpi_power_read(acpi, &found.power);
    found.off_refusal = acpi_off_refusal(acpi, &found.power, &found.off);
    expect_usable(&found);
    return found;
}
