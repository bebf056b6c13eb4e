/* What threads cost: figures for mm/bench.h, each measured `count` times, in ticks. 0, or a negative status. Not in
 * interrupts, and with interrupts on. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Yielding to a thread of the same priority, and it back. */
int bench_thread_switch(uint64_t *samples, size_t count);

/* Making a thread that runs at once and ends. */
int bench_thread_create_exit(uint64_t *samples, size_t count);

/* From asking for an interrupt to what the thread that waited for it does next. */
int bench_interrupt_to_thread(uint64_t *samples, size_t count);
