/* The local APIC (Intel SDM vol. 3A, chapter 10): takes interrupts for its processor, and has a timer. Kernel only. */
#pragma once

#include <stdint.h>

/* Vectors: devices from VECTOR_FIRST_DEVICE on, one for each input of the I/O APICs (core/ioapic.h). */
enum {
    VECTOR_FIRST_DEVICE = 0x30,
    VECTOR_LAST_DEVICE = 0xEF,
    VECTOR_TIMER = 0xF0,
    VECTOR_SPURIOUS = 0xFF,
};

/* Switches it on, everything but the timer masked, and the timer stopped.
 *   page  its registers, mapped uncached */
void apic_init(void *page);

/* Tells it that the interrupt under way has been dealt with. */
void apic_end(void);

/* The vector of the interrupt that it holds to be under way, the most urgent one; 0: none. */
uint8_t apic_under_way(void);

/* Lets the timer interrupt after `count` of its ticks, or, with 0, not at all. */
void apic_timer_start(uint32_t count);

/* Of its ticks, how many are left. */
uint32_t apic_timer_left(void);

/* Its number, as interrupts are addressed to. */
uint8_t apic_id(void);

/* Interrupts its own processor. */
void apic_interrupt_self(uint8_t vector);
