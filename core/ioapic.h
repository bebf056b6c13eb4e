/* I/O APICs (Intel 82093AA data sheet): inputs, by global number, lead to vectors. Kernel only; interrupts masked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IOAPICS_KNOWN_MAX = 8 };

/* Adds one: its registers, mapped uncached, and the global number of its first input. Masks all its inputs, edge and high,
 * as ISA has them. False: there are too many. */
bool ioapic_add(void *registers, unsigned first_gsi);

/* Whether some I/O APIC has that input. */
bool ioapic_has(unsigned gsi);

/* How the line is wired; for one that is masked. */
void ioapic_wire(unsigned gsi, bool level, bool active_low);
bool ioapic_is_level(unsigned gsi);

/* Leads the line, masked still, to a vector of the processor with that APIC number. */
void ioapic_route(unsigned gsi, uint8_t vector, uint8_t processor);

void ioapic_mask(unsigned gsi, bool masked);
