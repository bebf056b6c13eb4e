#include "core/acpi_routes.h"

enum {
    LOCAL_APIC_DEFAULT = 0xFEE00000, /* Intel SDM vol. 3A, 11.4.1                        */
    IOAPIC_DEFAULT = 0xFEC00000,     /* Intel 82093AA, and ACPI's hardware without tables */

    MADT_AT_LOCAL_APIC = 36,
    MADT_AT_FLAGS = 40,
    MADT_AT_ENTRIES = 44,
    MADT_PCAT_COMPAT = 1 << 0,

    /* Entries: type, length, and then what the type says. */
    ENTRY_HEADER_BYTES = 2,
    ENTRY_BYTES_MAX = 16, /* of those that are read here */
    PROCESSOR_ENABLED = 1 << 0,
    BUS_ISA = 0,

    /* MPS INTI flags. Anything else: as the bus has it, which is edge and high for ISA. */
    POLARITY_MASK = 3 << 0,
    POLARITY_LOW = 3 << 0,
    TRIGGER_MASK = 3 << 2,
    TRIGGER_LEVEL = 3 << 2,
};

static void take_processor(struct interrupt_routes *routes, const uint8_t *entry)
{
    routes->processors += entry[4] & PROCESSOR_ENABLED;
}

static void take_x2apic_processor(struct interrupt_routes *routes, const uint8_t *entry)
{
    routes->processors += entry[8] & PROCESSOR_ENABLED;
}

static void take_ioapic(struct interrupt_routes *routes, const uint8_t *entry)
{
    struct ioapic ioapic = {(uint32_t)acpi_number(&entry[4], 4), (uint32_t)acpi_number(&entry[8], 4), entry[2]};
    if (ioapic.address == 0) {
        return;
    }
    if (routes->ioapic_count == IOAPICS_MAX) {
        routes->ioapics_lost++;
        return;
    }
    routes->ioapics[routes->ioapic_count++] = ioapic;
}

static void take_override(struct interrupt_routes *routes, const uint8_t *entry)
{
    uint8_t bus = entry[2], irq = entry[3];
    uint32_t flags = (uint32_t)acpi_number(&entry[8], 2);
    if (bus == BUS_ISA && irq < ISA_INTERRUPTS) {
        routes->isa[irq] =
            (struct isa_route){(uint32_t)acpi_number(&entry[4], 4), (flags & POLARITY_MASK) == POLARITY_LOW,
                               (flags & TRIGGER_MASK) == TRIGGER_LEVEL};
    }
}

static void take_local_apic(struct interrupt_routes *routes, const uint8_t *entry)
{
    uint64_t address = acpi_number(&entry[4], 8);
    routes->local_apic = address != 0 ? address : routes->local_apic;
}

/* The entries that say something here; NMIs, and what later versions added, are passed over. */
static const struct {
    uint8_t type;
    uint8_t bytes;
    void (*take)(struct interrupt_routes *routes, const uint8_t *entry);
} kinds[] = {
    {0, 8, take_processor},   {1, 12, take_ioapic},           {2, 10, take_override},
    {5, 12, take_local_apic}, {9, 16, take_x2apic_processor},
};

/* Takes the entry at `offset`. Returns its length; 0 when it cannot be an entry. */
static uint32_t take_entry(struct interrupt_routes *routes, const struct acpi_table *madt, uint32_t offset)
{
    uint8_t entry[ENTRY_BYTES_MAX];
    if (!acpi_table_read(madt, offset, entry, ENTRY_HEADER_BYTES)) {
        return 0;
    }
    uint8_t type = entry[0], bytes = entry[1];
    if (bytes < ENTRY_HEADER_BYTES || bytes > madt->bytes - offset) {
        return 0;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].type == type) {
            if (bytes < kinds[i].bytes || !acpi_table_read(madt, offset, entry, kinds[i].bytes)) {
                return 0;
            }
            kinds[i].take(routes, entry);
        }
    }
    return bytes;
}

static void take_entries(struct interrupt_routes *routes, const struct acpi_table *madt)
{
    for (uint32_t offset = MADT_AT_ENTRIES; offset < madt->bytes;) {
        uint32_t bytes = take_entry(routes, madt, offset);
        if (bytes == 0) {
            routes->broken_at = offset;
            return;
        }
        offset += bytes;
    }
}

/* Each old interrupt at the input of its own number. */
static struct interrupt_routes identity(void)
{
    struct interrupt_routes routes = {.local_apic = LOCAL_APIC_DEFAULT};
    for (uint32_t irq = 0; irq < ISA_INTERRUPTS; irq++) {
        routes.isa[irq].gsi = irq;
    }
    return routes;
}

static void use_defaults(struct interrupt_routes *routes, enum routes_source source)
{
    uint32_t broken_at = routes->broken_at;
    *routes = identity();
    routes->source = source;
    routes->broken_at = broken_at;
    routes->processors = 1;
    routes->dual_8259 = true;
    routes->ioapics[0].address = IOAPIC_DEFAULT;
    routes->ioapic_count = 1;
}

void interrupt_routes_read(const struct acpi *acpi, struct interrupt_routes *routes)
{
    struct acpi_table madt;
    *routes = identity();
    if (!acpi_find_table(acpi, "APIC", &madt)) {
        use_defaults(routes, ROUTES_NO_MADT);
        return;
    }
    uint64_t local_apic = acpi_table_number(&madt, MADT_AT_LOCAL_APIC, 4);
    routes->local_apic = local_apic != 0 ? local_apic : LOCAL_APIC_DEFAULT;
    routes->dual_8259 = (acpi_table_number(&madt, MADT_AT_FLAGS, 4) & MADT_PCAT_COMPAT) != 0;
    take_entries(routes, &madt);
    if (routes->ioapic_count == 0) {
        use_defaults(routes, ROUTES_NO_IOAPIC);
    }
}

const struct ioapic *interrupt_routes_ioapic(const struct interrupt_routes *routes, uint32_t gsi)
{
    const struct ioapic *nearest = NULL;
    for (uint32_t i = 0; i < routes->ioapic_count; i++) {
        const struct ioapic *ioapic = &routes->ioapics[i];
        if (ioapic->gsi_base <= gsi && (nearest == NULL || ioapic->gsi_base > nearest->gsi_base)) {
            nearest = ioapic;
        }
    }
    return nearest;
}
