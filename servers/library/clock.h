/* What time it is. */
#pragma once

#include <stdint.h>

/* Nanoseconds from the processor's start, never less than before; in a host test the mocked clock. A thread of the kernel has
 * core/clock.h's. */
uint64_t clock_nanoseconds(void);
