/* The ways in which the machine ends. Under QEMU with `-device isa-debug-exit,iobase=0xf4,iosize=0x04` the value decides
 * QEMU's exit status, (value << 1) | 1; other machines stop. */
#pragma once

enum power_verdict {
    POWER_SUCCESS = 0x10,        /* everything asked for has succeeded */
    POWER_FAILURE = 0x11,        /* panic, exception, no plan          */
    POWER_COMMAND_FAILED = 0x12, /* a monitor command was refused      */
};

/* Writes the verdict to the exit device. Returns only where there is none. Any context. */
void power_tell(enum power_verdict verdict);

/* The same, and then stops the processor for good. */
_Noreturn void power_stop(enum power_verdict verdict);

/* Resets the machine: reset register, keyboard controller, triple fault, whichever works. */
_Noreturn void power_reboot(void);
