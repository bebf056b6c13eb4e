#include "core/apic.h"

#include "core/cpu.h"

/* Byte offsets (Intel SDM vol. 3A, table 10-1). */
enum {
    APIC_ID = 0x20,
    APIC_VERSION = 0x30, /* the last entry of the local vector table in bits 16 to 23 */
    APIC_TASK_PRIORITY = 0x80,
    APIC_END = 0xB0,
    APIC_SPURIOUS = 0xF0,
    APIC_UNDER_WAY = 0x100, /* a bit for each vector, 32 of them every 16 bytes */
    APIC_CMCI = 0x2F0,
    APIC_COMMAND = 0x300,
    APIC_TIMER = 0x320,
    APIC_THERMAL = 0x330,
    APIC_PERFORMANCE = 0x340,
    APIC_LINT0 = 0x350,
    APIC_LINT1 = 0x360,
    APIC_ERROR = 0x370,
    APIC_INITIAL_COUNT = 0x380,
    APIC_CURRENT_COUNT = 0x390,
    APIC_DIVIDE = 0x3E0,

    APIC_ON = 1 << 8,
    APIC_MASKED = 1 << 16,
    APIC_NMI = 4 << 8,
    APIC_DIVIDE_BY_1 = 0xB,
    APIC_TO_SELF = 1 << 18,

    MSR_APIC_BASE = 0x1B,
};
#define APIC_BASE_ON     (UINT64_C(1) << 11)
#define APIC_BASE_X2APIC (UINT64_C(1) << 10)

static volatile uint32_t *registers;

static uint32_t get(unsigned offset)
{
    return registers[offset / sizeof *registers];
}

static void set(unsigned offset, uint32_t value)
{
    registers[offset / sizeof *registers] = value;
}

/* Firmware may have left it off, or in the mode without registers in memory, which is left through off. */
static void switch_on(void)
{
    uint64_t base = cpu_rdmsr(MSR_APIC_BASE);
    if (base & APIC_BASE_X2APIC) {
        cpu_wrmsr(MSR_APIC_BASE, base & ~(APIC_BASE_ON | APIC_BASE_X2APIC));
        base &= ~APIC_BASE_X2APIC;
    }
    cpu_wrmsr(MSR_APIC_BASE, base | APIC_BASE_ON);
}

/* What firmware may have left on; which of them are there is said by how many entries the table has. */
static void mask_optional(void)
{
    static const uint16_t entries[] = {APIC_PERFORMANCE, APIC_THERMAL, APIC_CMCI};
    uint32_t last = get(APIC_VERSION) >> 16 & 0xFF;
    for (uint32_t i = 0; i < sizeof entries / sizeof *entries && last >= 4 + i; i++) {
        set(entries[i], APIC_MASKED);
    }
}

void apic_init(void *page)
{
    registers = page;
    switch_on();
    set(APIC_SPURIOUS, APIC_ON | VECTOR_SPURIOUS);
    set(APIC_LINT0, APIC_MASKED);
    set(APIC_LINT1, APIC_NMI);
    set(APIC_ERROR, APIC_MASKED);
    mask_optional();
    set(APIC_TASK_PRIORITY, 0);
    set(APIC_DIVIDE, APIC_DIVIDE_BY_1);
    set(APIC_TIMER, VECTOR_TIMER); /* one shot */
    set(APIC_INITIAL_COUNT, 0);
    set(APIC_END, 0); /* of what firmware may have left under way */
}

void apic_end(void)
{
    set(APIC_END, 0);
}

uint8_t apic_under_way(void)
{
    for (unsigned word = 8; word-- > 0;) {
        uint32_t vectors = get(APIC_UNDER_WAY + 16 * word);
        if (vectors != 0) {
            return (uint8_t)(32 * word + 31 - (unsigned)__builtin_clz(vectors));
        }
    }
    return 0;
}

void apic_timer_start(uint32_t count)
{
    set(APIC_INITIAL_COUNT, count);
}

uint32_t apic_timer_left(void)
{
    return get(APIC_CURRENT_COUNT);
}

uint8_t apic_id(void)
{
    return (uint8_t)(get(APIC_ID) >> 24);
}

void apic_interrupt_self(uint8_t vector)
{
    set(APIC_COMMAND, APIC_TO_SELF | vector);
}
