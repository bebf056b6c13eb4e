#include "core/interrupt.h"

#include "boot/layout.h"
#include "core/apic.h"
#include "core/cpu.h"
#include "core/ioapic.h"
#include "core/status.h"
#include "core/thread_state.h"

enum {
    PIC_COMMAND = 0x20, /* Intel 8259A; the second one at 0xA0 */
    PIC_DATA = 0x21,
    PIC_SECOND = 0x80,
    PIC_ICW1_INIT = 0x11, /* edge, cascade, ICW4 follows */
    PIC_ICW4_8086 = 0x01,
    PIC_CASCADE_LINE = 2,
    PIC_MASK_ALL = 0xFF,
    PIC_FIRST_VECTOR = 32,

    LINES = VECTOR_LAST_DEVICE - VECTOR_FIRST_DEVICE + 1,
};

/* A line of the I/O APICs, by its global number. */
struct line {
    struct thread *listener; /* NULL: masked */
    uint64_t events;
    bool level;
};

static struct line lines[LINES];

void interrupt_mask_pics(void)
{
    for (int second = 0; second <= PIC_SECOND; second += PIC_SECOND) {
        uint16_t command = (uint16_t)(PIC_COMMAND + second), data = (uint16_t)(PIC_DATA + second);
        cpu_out8(command, PIC_ICW1_INIT);
        cpu_out8(data, second ? PIC_FIRST_VECTOR + 8 : PIC_FIRST_VECTOR);
        cpu_out8(data, second ? PIC_CASCADE_LINE : 1 << PIC_CASCADE_LINE);
        cpu_out8(data, PIC_ICW4_8086);
        cpu_out8(data, PIC_MASK_ALL);
    }
}

/* A device's: its listener hears of it. */
static void device_interrupted(struct percpu *cpu, unsigned gsi)
{
    struct line *line = &lines[gsi];
    if (line->listener == NULL) {
        cpu->unexpected_interrupts++;
    } else {
        if (line->level) {
            ioapic_mask(gsi, true);
        }
        thread_post(line->listener, line->events);
    }
    apic_end();
}

void interrupt_arrived(unsigned vector)
{
    struct percpu *cpu = percpu_here();
    struct kheap_context *acting = cpu->acting;
    cpu->acting = cpu->kernel_acting;
    if (vector >= VECTOR_FIRST_DEVICE && vector <= VECTOR_LAST_DEVICE) {
        device_interrupted(cpu, vector - VECTOR_FIRST_DEVICE);
    } else if (vector == VECTOR_TIMER) {
        cpu->timer_interrupts++;
        thread_timer_rang(cpu);
        apic_end();
    } else if (vector == VECTOR_SPURIOUS) {
        cpu->spurious_interrupts++; /* and is not to be ended */
    } else {
        cpu->unexpected_interrupts++;
        if (apic_under_way() == vector) { /* else it did not come by the APIC */
            apic_end();
        }
    }
    cpu->acting = acting;
    if (cpu->scheduler.attend) {
        thread_attend(cpu);
    }
}

void interrupt_recall(void)
{
    for (uint8_t vector; (vector = apic_under_way()) != 0;) {
        apic_end();
        apic_interrupt_self(vector);
    }
}

int interrupt_attach(unsigned gsi, thread_id listener, uint64_t events)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(listener);
    int status = 0;
    if (thread == NULL || events == 0) {
        status = -EINVARG;
    } else if (gsi >= LINES || lines[gsi].listener != NULL || !ioapic_has(gsi)) {
        status = -EPERM;
    } else {
        lines[gsi] = (struct line){thread, events, ioapic_is_level(gsi)};
        thread->interrupts++;
        ioapic_route(gsi, (uint8_t)(VECTOR_FIRST_DEVICE + gsi), apic_id());
        ioapic_mask(gsi, false);
    }
    kernel_unlock(lock);
    return status;
}

void interrupt_done(unsigned gsi)
{
    uint64_t lock = kernel_lock();
    if (gsi < LINES && lines[gsi].listener != NULL && lines[gsi].level) {
        ioapic_mask(gsi, false);
    }
    kernel_unlock(lock);
}

void interrupt_detach(unsigned gsi)
{
    uint64_t lock = kernel_lock();
    if (gsi < LINES && lines[gsi].listener != NULL) {
        ioapic_mask(gsi, true);
        lines[gsi].listener->interrupts--;
        lines[gsi].listener = NULL;
    }
    kernel_unlock(lock);
}

void interrupt_forget(struct thread *thread)
{
    for (unsigned gsi = 0; gsi < LINES && thread->interrupts != 0; gsi++) {
        if (lines[gsi].listener == thread) {
            interrupt_detach(gsi);
        }
    }
}
