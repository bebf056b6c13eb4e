#include "core/ioapic.h"

/* Indirect registers: the index here, the value IOAPIC_VALUE bytes further on. Two for each input, from IOAPIC_INPUTS on. */
enum {
    IOAPIC_VALUE = 0x10,
    IOAPIC_VERSION = 1,
    IOAPIC_INPUTS = 0x10,

    INPUT_LOW = 1 << 13,
    INPUT_LEVEL = 1 << 15,
    INPUT_MASKED = 1 << 16,
    INPUT_PROCESSOR_SHIFT = 24,
};

struct controller {
    volatile uint32_t *registers;
    unsigned first, end; /* global numbers */
};

static struct controller known[IOAPICS_KNOWN_MAX];
static size_t count;

static uint32_t get(const struct controller *ioapic, uint32_t index)
{
    ioapic->registers[0] = index;
    return ioapic->registers[IOAPIC_VALUE / sizeof *ioapic->registers];
}

static void set(const struct controller *ioapic, uint32_t index, uint32_t value)
{
    ioapic->registers[0] = index;
    ioapic->registers[IOAPIC_VALUE / sizeof *ioapic->registers] = value;
}

static const struct controller *ioapic_of(unsigned gsi)
{
    for (size_t i = 0; i < count; i++) {
        if (gsi >= known[i].first && gsi < known[i].end) {
            return &known[i];
        }
    }
    return NULL;
}

static uint32_t input_of(const struct controller *ioapic, unsigned gsi)
{
    return IOAPIC_INPUTS + 2 * (gsi - ioapic->first);
}

bool ioapic_add(void *registers, unsigned first_gsi)
{
    if (count == IOAPICS_KNOWN_MAX) {
        return false;
    }
    struct controller *ioapic = &known[count++];
    *ioapic = (struct controller){registers, first_gsi, first_gsi};
    ioapic->end = first_gsi + (get(ioapic, IOAPIC_VERSION) >> 16 & 0xFF) + 1;
    for (unsigned gsi = ioapic->first; gsi < ioapic->end; gsi++) {
        set(ioapic, input_of(ioapic, gsi), INPUT_MASKED);
    }
    return true;
}

bool ioapic_has(unsigned gsi)
{
    return ioapic_of(gsi) != NULL;
}

/* Changes bits of the input's lower half. */
static void change(unsigned gsi, uint32_t clear, uint32_t bits)
{
    const struct controller *ioapic = ioapic_of(gsi);
    if (ioapic != NULL) {
        uint32_t input = input_of(ioapic, gsi);
        set(ioapic, input, (get(ioapic, input) & ~clear) | bits);
    }
}

void ioapic_wire(unsigned gsi, bool level, bool active_low)
{
    change(gsi, INPUT_LEVEL | INPUT_LOW, (level ? INPUT_LEVEL : 0) | (active_low ? INPUT_LOW : 0));
}

bool ioapic_is_level(unsigned gsi)
{
    const struct controller *ioapic = ioapic_of(gsi);
    return ioapic != NULL && (get(ioapic, input_of(ioapic, gsi)) & INPUT_LEVEL) != 0;
}

void ioapic_route(unsigned gsi, uint8_t vector, uint8_t processor)
{
    const struct controller *ioapic = ioapic_of(gsi);
    if (ioapic != NULL) {
        set(ioapic, input_of(ioapic, gsi) + 1, (uint32_t)processor << INPUT_PROCESSOR_SHIFT);
        change(gsi, 0xFF, vector);
    }
}

void ioapic_mask(unsigned gsi, bool masked)
{
    change(gsi, INPUT_MASKED, masked ? INPUT_MASKED : 0);
}
