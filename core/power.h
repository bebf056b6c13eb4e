/* The ways in which the machine ends. Under QEMU with `-device isa-debug-exit,iobase=0xf4,iosize=0x04` the value decides
 * QEMU's exit status, (value << 1) | 1; other machines stop, or switch their power off. */
#pragma once

#include "core/acpi.h"
#include "core/print.h"

enum power_verdict {
    POWER_SUCCESS = 0x10,        /* everything asked for has succeeded */
    POWER_FAILURE = 0x11,        /* panic, exception, no plan          */
    POWER_COMMAND_FAILED = 0x12, /* a monitor command was refused      */
};

/* Writes the verdict to the exit device, once all that was printed has left. Returns only where there is none. Any
 * context. */
void power_tell(enum power_verdict verdict);

/* The same, and then stops the processor for good. */
_Noreturn void power_stop(enum power_verdict verdict);

/* Lets power_off and power_reboot use what the tables offer. Without this call they know of no tables.
 *   tables  kept; is read again at power-off, with interrupts masked */
void power_use(const struct acpi *tables);

/* The same as power_tell. Where that returns, switches the power off as the tables say; where they are not simple
 * enough, prints why, and that it can be done by hand, and stops the processor for good. */
_Noreturn void power_off(enum power_verdict verdict, print_text *print);

/* Resets the machine, once all that was printed has left: the tables' reset register if that is a port, the chipset's, keyboard controller, triple fault,
 * whichever works. */
_Noreturn void power_reboot(void);
