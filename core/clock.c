#include "core/clock.h"

#include "core/apic.h"
#include "core/cpu.h"
#include "core/panic.h"

/* Intel 8254, its third counter, which reaches no interrupt; its gate and output stand in port B of the board. */
enum {
    PIT_COUNTER_2 = 0x42,
    PIT_COMMAND = 0x43,
    PIT_LATCH_2 = 0x80,
    PIT_ONE_SHOT_2 = 0xB0, /* mode 0, both bytes */
    PIT_HERTZ = 1193182,
    PIT_FULL = 0xFFFF,
    PORT_B = 0x61,
    PORT_B_GATE = 0x01,
    PORT_B_SPEAKER = 0x02,
    PORT_B_OUTPUT = 0x20,
};

/* Some seconds: a processor's clock makes between 2^29 and 2^33 ticks in one. */
#define LOOKING_TICKS (UINT64_C(1) << 33)

static const uint64_t nanoseconds_in_second = 1000000000;
static const uint32_t timer_full = UINT32_MAX;

/* One look at all three. */
struct look {
    uint64_t ticks;
    uint32_t timer; /* of the local APIC, counting down */
    uint16_t pit;   /* counting down */
};

static struct look first;
static uint64_t hertz, spent;
static struct clock_rate to_nanoseconds, from_nanoseconds, to_timer;

static struct look look(void)
{
    struct look out;
    cpu_out8(PIT_COMMAND, PIT_LATCH_2);
    out.ticks = cpu_timestamp();
    out.timer = apic_timer_left();
    out.pit = cpu_in8(PIT_COUNTER_2);
    out.pit = (uint16_t)(out.pit | cpu_in8(PIT_COUNTER_2) << 8);
    return out;
}

static void start(void)
{
    uint8_t board = cpu_in8(PORT_B) & (uint8_t) ~(PORT_B_GATE | PORT_B_SPEAKER);
    cpu_out8(PORT_B, board);
    cpu_out8(PIT_COMMAND, PIT_ONE_SHOT_2);
    cpu_out8(PIT_COUNTER_2, PIT_FULL & 0xFF);
    cpu_out8(PIT_COUNTER_2, PIT_FULL >> 8);
    apic_timer_start(timer_full);
    cpu_out8(PORT_B, board | PORT_B_GATE);
    first = look();
}

/* Counts of the reference since the first look. */
static uint32_t passed(const struct look *now)
{
    return (uint32_t)(first.pit - now->pit);
}

static bool ran_out(void)
{
    return (cpu_in8(PORT_B) & PORT_B_OUTPUT) != 0;
}

void clock_begin(void)
{
    uint64_t before = cpu_timestamp();
    start();
    spent = cpu_timestamp() - before;
}

/* The second look, late enough to be worth something, and while the reference counted still: asked after it, for a look may
 * take any time where the processor is a guest's. */
static struct look second_look(void)
{
    const uint32_t enough = (uint32_t)((uint64_t)PIT_HERTZ * CLOCK_LOOK_NANOSECONDS / 1000000000);
    uint64_t begin = cpu_timestamp();
    for (;;) {
        struct look now = look();
        if (ran_out()) {
            start();
        } else if (passed(&now) >= enough) {
            return now;
        }
        if (now.ticks - begin > LOOKING_TICKS) {
            panic("the 8254, against which clocks are measured, does not count");
        }
    }
}

void clock_end(void)
{
    uint64_t before = cpu_timestamp();
    struct look now = second_look();
    uint64_t ticks = now.ticks - first.ticks;
    hertz = ticks * PIT_HERTZ / passed(&now);
    to_nanoseconds = clock_rate(nanoseconds_in_second, hertz);
    from_nanoseconds = clock_rate(hertz, nanoseconds_in_second);
    to_timer = clock_rate(first.timer - now.timer, ticks);
    apic_timer_start(0);
    spent += cpu_timestamp() - before;
}

uint64_t clock_calibration_ticks(void)
{
    return spent;
}

uint64_t clock_hertz(void)
{
    return hertz;
}

uint64_t clock_ticks_of(uint64_t nanoseconds)
{
    uint64_t ticks = clock_convert(from_nanoseconds, nanoseconds);
    uint64_t lost = (ticks >> 32) + 1; /* at most, by rounding: of the rate, and of what it gives */
    return ticks < UINT64_MAX - lost ? ticks + lost : UINT64_MAX;
}

uint64_t clock_nanoseconds_of(uint64_t ticks)
{
    return clock_convert(to_nanoseconds, ticks);
}

uint64_t clock_nanoseconds(void)
{
    return clock_nanoseconds_of(cpu_timestamp());
}

void clock_interrupt_in(uint64_t ticks)
{
    uint64_t count = clock_convert(to_timer, ticks);
    count = count < timer_full ? count : timer_full;
    apic_timer_start(count != 0 ? (uint32_t)count : 1);
}
