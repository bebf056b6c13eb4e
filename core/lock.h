/* The kernel's lock: what is done between these two is done at once, as far as threads and interrupts can tell. With one
 * processor it is enough to mask interrupts; with more, a lock is taken here. For bounded numbers of instructions only.
 * Any context; may be nested. */
#pragma once

#include "core/cpu.h"

static inline uint64_t kernel_lock(void)
{
    return cpu_interrupts_mask();
}

/* `state` is what kernel_lock returned. */
static inline void kernel_unlock(uint64_t state)
{
    cpu_interrupts_restore(state);
}

/* The same for a thread that has interrupts on and no lock, which is cheaper. */
static inline void kernel_lock_first(void)
{
    cpu_interrupts_off();
}

static inline void kernel_unlock_last(void)
{
    cpu_interrupts_on();
}
