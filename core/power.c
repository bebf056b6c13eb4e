#include "core/power.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/acpi_power.h"
#include "core/console.h"
#include "core/cpu.h"

enum {
    EXIT_PORT = 0xF4,
    RESET_CONTROL = 0xCF9, /* Intel ICH: bit 1 system reset, bit 2 starts it when it rises */
    RESET_PREPARE = 0x02,
    RESET_GO = 0x06,
    KEYBOARD_COMMAND = 0x64, /* Intel 8042 */
    KEYBOARD_RESET = 0xFE,
    WAIT_LOOKS = 100000,
};

/* What the firmware's tables offer. */
static const struct acpi *acpi;
static struct acpi_power offered;

void power_use(const struct acpi *tables)
{
    acpi = tables;
    acpi_power_read(acpi, &offered);
}

void power_tell(enum power_verdict verdict)
{
    console_seize();
    cpu_out32(EXIT_PORT, verdict);
}

_Noreturn void power_stop(enum power_verdict verdict)
{
    power_tell(verdict);
    for (;;) {
        cpu_stop();
    }
}

static void wait_for_the_end(void)
{
    for (int i = 0; i < WAIT_LOOKS; i++) {
        cpu_relax();
    }
}

/* The firmware hands the control ports over when it is asked to. */
static bool control_ports_work(void)
{
    if (offered.smi_command == 0) {
        return true;
    }
    if ((cpu_in16(offered.pm1a_control) & ACPI_CONTROL_ON) == 0) {
        cpu_out8(offered.smi_command, offered.acpi_enable);
    }
    for (int i = 0; i < WAIT_LOOKS; i++) {
        if ((cpu_in16(offered.pm1a_control) & ACPI_CONTROL_ON) != 0) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

static void set_sleep_type(uint16_t port, unsigned type)
{
    unsigned others = cpu_in16(port) & ~(unsigned)(ACPI_CONTROL_TYPE | ACPI_CONTROL_SLEEP);
    cpu_out16(port, (uint16_t)(others | type << ACPI_CONTROL_TYPE_SHIFT));
}

static void sleep(uint16_t port)
{
    cpu_out16(port, (uint16_t)(cpu_in16(port) | ACPI_CONTROL_SLEEP));
}

/* Returns only when it did not work: why. */
static const char *switch_off(void)
{
    struct acpi_off off;
    const char *refusal = acpi_off_refusal(acpi, &offered, &off);
    if (refusal != NULL) {
        return refusal;
    }
    if (!control_ports_work()) {
        return "the firmware does not hand over the control ports";
    }
    set_sleep_type(offered.pm1a_control, off.pm1a_type);
    if (offered.pm1b_control != 0) {
        set_sleep_type(offered.pm1b_control, off.pm1b_type);
    }
    sleep(offered.pm1a_control);
    if (offered.pm1b_control != 0) {
        sleep(offered.pm1b_control);
    }
    wait_for_the_end();
    return "the hardware does not obey";
}

_Noreturn void power_off(enum power_verdict verdict, print_text *print)
{
    power_tell(verdict);
    (void)cpu_interrupts_mask();
    print("power: cannot be switched off by ACPI: %s\n", switch_off());
    print("the machine can be switched off now\n");
    power_stop(verdict);
}

_Noreturn void power_reboot(void)
{
    console_seize();
    if (offered.reset_space == ACPI_RESET_PORT) {
        cpu_out8((uint16_t)offered.reset_address, offered.reset_value);
        wait_for_the_end();
    }
    cpu_out8(RESET_CONTROL, RESET_PREPARE);
    cpu_out8(RESET_CONTROL, RESET_GO);
    wait_for_the_end();
    cpu_out8(KEYBOARD_COMMAND, KEYBOARD_RESET);
    wait_for_the_end();
    cpu_forget_interrupts();
    power_stop(POWER_FAILURE);
}
