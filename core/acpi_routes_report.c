#include "core/acpi_routes.h"

static const char *const source_words[] = {
    [ROUTES_FROM_MADT] = "as the MADT has it",
    [ROUTES_NO_MADT] = "no MADT, so as a PC has it by default",
    [ROUTES_NO_IOAPIC] = "the MADT names no I/O APIC, so as a PC has it by default",
};

static void report_controllers(const struct interrupt_routes *routes, print_text *print)
{
    print("interrupts: %s: local APIC at 0x%llx", source_words[routes->source],
          (unsigned long long)routes->local_apic);
    for (uint32_t i = 0; i < routes->ioapic_count; i++) {
        const struct ioapic *ioapic = &routes->ioapics[i];
        print(", I/O APIC %u at 0x%x from input %u", (unsigned)ioapic->id, ioapic->address, ioapic->gsi_base);
    }
    if (routes->ioapics_lost != 0) {
        print(" (%u more are left alone)", routes->ioapics_lost);
    }
    print("%s, processors: %u\n", routes->dual_8259 ? ", two 8259s" : "", routes->processors);
}

/* Only where an interrupt isn't what it is by default: the input of its number, edge, high. */
static void report_isa(const struct interrupt_routes *routes, print_text *print)
{
    bool any = false;
    for (uint32_t irq = 0; irq < ISA_INTERRUPTS; irq++) {
        const struct isa_route *route = &routes->isa[irq];
        if (route->gsi != irq || route->active_low || route->level) {
            print("%s IRQ %u at input %u (%s, %s)", any ? "," : "interrupts:", irq, route->gsi,
                  route->level ? "level" : "edge", route->active_low ? "low" : "high");
            any = true;
        }
    }
    if (any) {
        print("\n");
    }
}

void interrupt_routes_report(const struct interrupt_routes *routes, print_text *print)
{
    if (routes->broken_at != 0) {
        print("interrupts: what stands at byte %u of the MADT is no entry; nothing is read from there on\n",
              routes->broken_at);
    }
    report_controllers(routes, print);
    report_isa(routes, print);
}
