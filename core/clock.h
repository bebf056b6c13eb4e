/* Time. Inside the kernel it is counted in ticks of the time stamp counter, outside in nanoseconds; the conversions are
 * portable, the measuring is not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

/* How two clocks relate: `to_other` is how many ticks of the other one a tick of this one is, 32 bits of it a fraction. */
struct clock_rate {
    uint64_t to_other;
};

/* Of clocks that made so many ticks in the same time; `ticks` not 0 and below 2^63. Long division: a processor's ticks in a
 * second may have more than 32 bits. */
static inline struct clock_rate clock_rate(uint64_t others, uint64_t ticks)
{
    uint64_t quotient = others / ticks, rest = others % ticks;
    for (int bit = 0; bit < 32; bit++) {
        rest <<= 1;
        quotient = quotient << 1 | (rest >= ticks);
        rest -= rest >= ticks ? ticks : 0;
    }
    return (struct clock_rate){quotient};
}

/* Converts; what does not fit is UINT64_MAX. */
static inline uint64_t clock_convert(struct clock_rate rate, uint64_t ticks)
{
    unsigned __int128 others = (unsigned __int128)ticks * rate.to_other >> 32;
    return others > UINT64_MAX ? UINT64_MAX : (uint64_t)others;
}

/* Takes the first look at the clocks. The timer of apic_init counts from here to clock_end. */
void clock_begin(void);

/* Takes the second one and knows the rates: the boot in between is what is measured, so this waits only where that took less
 * than CLOCK_LOOK_NANOSECONDS, or more than the reference can count. */
void clock_end(void);

enum { CLOCK_LOOK_NANOSECONDS = 200000 };

/* Ticks spent on measuring alone. */
uint64_t clock_calibration_ticks(void);

/* Ticks of the time stamp counter in a second. */
uint64_t clock_hertz(void);

/* Monotonic, from the processor's start. Any context. */
uint64_t clock_nanoseconds(void);

/* In ticks, rather a few too many than too few; CLOCK_NEVER when that is beyond 64 bits. */
uint64_t clock_ticks_of(uint64_t nanoseconds);
uint64_t clock_nanoseconds_of(uint64_t ticks);

/* Lets the timer interrupt in `ticks`, at the latest in some seconds: it interrupts early rather than late. */
void clock_interrupt_in(uint64_t ticks);
