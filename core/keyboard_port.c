#include "core/keyboard_port.h"

#include "core/cpu.h"
#include "core/device.h"

enum {
    DATA = 0x60,
    CONTROL = 0x64, /* read: status, write: command */

    STATUS_OUTPUT = 0x01, /* a byte for us                        */
    STATUS_INPUT = 0x02,  /* it has not taken our last one yet    */
    STATUS_MOUSE = 0x20,  /* the byte for us is the mouse's       */
    STATUS_NOBODY = 0xFF, /* what a bus reads where no device is  */

    COMMAND_READ_CONFIG = 0x20,
    COMMAND_WRITE_CONFIG = 0x60,
    COMMAND_MOUSE_OFF = 0xA7,
    COMMAND_KEYBOARD_OFF = 0xAD,
    COMMAND_KEYBOARD_ON = 0xAE,

    CONFIG_KEYBOARD_INTERRUPT = 0x01,
    CONFIG_MOUSE_INTERRUPT = 0x02,
    CONFIG_KEYBOARD_OFF = 0x10,
    CONFIG_MOUSE_OFF = 0x20,
    CONFIG_TRANSLATE = 0x40, /* to scan code set 1 */

    WAIT_LOOKS = 50000, /* at about a microsecond each: what it does takes it less than a millisecond */
    FLUSH_BYTES = 32,   /* more than it and the keyboard keep */
};

static struct device *data, *control;
static bool present;

static uint8_t read(const struct device *port)
{
    uint8_t value = STATUS_NOBODY;
    (void)device_read8(port, 0, &value);
    return value;
}

static bool wait_for(uint8_t bit, uint8_t wanted)
{
    for (int looks = 0; looks < WAIT_LOOKS; looks++) {
        if ((read(control) & bit) == wanted) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

static bool send(const struct device *port, uint8_t value)
{
    if (!wait_for(STATUS_INPUT, 0)) {
        return false;
    }
    return device_write8(port, 0, value) == 0;
}

static void drop_bytes(void)
{
    for (int i = 0; i < FLUSH_BYTES && (read(control) & STATUS_OUTPUT); i++) {
        read(data);
    }
}

/* No self-test: the firmware has made it, and on some controllers it resets the configuration. */
static bool configure(void)
{
    if (read(control) == STATUS_NOBODY || !send(control, COMMAND_KEYBOARD_OFF) || !send(control, COMMAND_MOUSE_OFF) ||
        !wait_for(STATUS_INPUT, 0)) {
        return false;
    }
    drop_bytes();
    if (!send(control, COMMAND_READ_CONFIG) || !wait_for(STATUS_OUTPUT, STATUS_OUTPUT)) {
        return false;
    }
    uint8_t config = read(data);
    config |= CONFIG_KEYBOARD_INTERRUPT | CONFIG_TRANSLATE | CONFIG_MOUSE_OFF;
    config &= (uint8_t) ~(CONFIG_MOUSE_INTERRUPT | CONFIG_KEYBOARD_OFF);
    return send(control, COMMAND_WRITE_CONFIG) && send(data, config) && send(control, COMMAND_KEYBOARD_ON);
}

/* The line is what counts (core/console_input.c). */
static void lend(bool away)
{
    (void)away;
}

static struct device *claim(uint64_t port)
{
    struct device *claimed = device_take(DEVICE_PORTS, port, 1, "keyboard");
    if (claimed != NULL) {
        claimed->lend = lend;
    }
    return claimed;
}

bool keyboard_init(void)
{
    if (data == NULL) {
        data = claim(DATA);
        control = claim(CONTROL);
    }
    present = configure();
    return present;
}

/* The mouse's port is off; a byte that it sent before must not stand in the way. */
int keyboard_take(void)
{
    for (int i = 0; present && data->lender == NULL && i < FLUSH_BYTES; i++) {
        uint8_t status = read(control);
        if (!(status & STATUS_OUTPUT)) {
            break;
        }
        uint8_t byte = read(data);
        if (!(status & STATUS_MOUSE)) {
            return byte;
        }
    }
    return -1;
}
