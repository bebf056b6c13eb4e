#include "core/power.h"

#include "core/cpu.h"

enum {
    EXIT_PORT = 0xF4,
    RESET_CONTROL = 0xCF9, /* Intel ICH: bit 1 system reset, bit 2 starts it when it rises */
    RESET_PREPARE = 0x02,
    RESET_GO = 0x06,
    KEYBOARD_COMMAND = 0x64, /* Intel 8042 */
    KEYBOARD_RESET = 0xFE,
    RESET_WAIT_LOOKS = 100000,
};

void power_tell(enum power_verdict verdict)
{
    cpu_out32(EXIT_PORT, verdict);
}

_Noreturn void power_stop(enum power_verdict verdict)
{
    power_tell(verdict);
    for (;;) {
        cpu_stop();
    }
}

static void wait_for_reset(void)
{
    for (int i = 0; i < RESET_WAIT_LOOKS; i++) {
        cpu_relax();
    }
}

_Noreturn void power_reboot(void)
{
    cpu_out8(RESET_CONTROL, RESET_PREPARE);
    cpu_out8(RESET_CONTROL, RESET_GO);
    wait_for_reset();
    cpu_out8(KEYBOARD_COMMAND, KEYBOARD_RESET);
    wait_for_reset();
    cpu_forget_interrupts();
    power_stop(POWER_FAILURE);
}
