/* How a PC's interrupts are wired: what the firmware's MADT says (ACPI 6.5, 5.2.12), or what every PC once had. Portable. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/acpi.h"
#include "core/print.h"

enum {
    IOAPICS_MAX = 16,    /* those after it are counted only */
    ISA_INTERRUPTS = 16, /* IRQ 0 to 15                     */
};

/* An interrupt controller that devices are wired to. Its inputs are `gsi_base` and up in the numbering of all inputs
 * ("global system interrupts"); how many it has, only it can say. */
struct ioapic {
    uint32_t address; /* physical */
    uint32_t gsi_base;
    uint8_t id;
};

/* Where one of the 16 old interrupts arrives. IRQ 2 is the 8259s' own: no device's, and its input mostly IRQ 0's. */
struct isa_route {
    uint32_t gsi;
    bool active_low; /* else active high    */
    bool level;      /* else edge-triggered */
};

enum routes_source {
    ROUTES_FROM_MADT,
    ROUTES_NO_MADT,   /* defaults: there is no sound MADT     */
    ROUTES_NO_IOAPIC, /* defaults: the MADT names no I/O APIC */
};

struct interrupt_routes {
    enum routes_source source;
    uint32_t broken_at;  /* where in the MADT an entry cannot be one, and reading stopped; 0: nowhere */
    uint64_t local_apic; /* physical, the same for each processor                                     */
    uint32_t processors; /* that the MADT calls enabled, this one among them                          */
    bool dual_8259;      /* the old controllers are there too, and have to be masked                  */

    struct ioapic ioapics[IOAPICS_MAX];
    uint32_t ioapic_count; /* at least 1            */
    uint32_t ioapics_lost; /* found without a place */

    struct isa_route isa[ISA_INTERRUPTS];
};

/* Fills in *routes, whatever the tables hold. */
void interrupt_routes_read(const struct acpi *acpi, struct interrupt_routes *routes);

/* The controller that an input belongs to: the one that begins nearest below it; NULL when all begin above. Whether it
 * has that many inputs is for the caller to find out. */
const struct ioapic *interrupt_routes_ioapic(const struct interrupt_routes *routes, uint32_t gsi);

/* What was found, in one to three lines for the boot log. */
void interrupt_routes_report(const struct interrupt_routes *routes, print_text *print);
