#include "core/keyboard_port.h"

#include "core/cpu.h"

enum {
    DATA = 0x60,
    STATUS = 0x64,  /* read  */
    COMMAND = 0x64, /* write */

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

static bool present;

static bool wait_for(uint8_t bit, uint8_t wanted)
{
    for (int looks = 0; looks < WAIT_LOOKS; looks++) {
        if ((cpu_in8(STATUS) & bit) == wanted) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

static bool send(uint16_t port, uint8_t value)
{
    if (!wait_for(STATUS_INPUT, 0)) {
        return false;
    }
    cpu_out8(port, value);
    return true;
}

static void drop_bytes(void)
{
    for (int i = 0; i < FLUSH_BYTES && (cpu_in8(STATUS) & STATUS_OUTPUT); i++) {
        cpu_in8(DATA);
    }
}

/* No self-test: the firmware has made it, and on some controllers it resets the configuration. */
static bool configure(void)
{
    if (cpu_in8(STATUS) == STATUS_NOBODY || !send(COMMAND, COMMAND_KEYBOARD_OFF) ||
        !send(COMMAND, COMMAND_MOUSE_OFF) || !wait_for(STATUS_INPUT, 0)) {
        return false;
    }
    drop_bytes();
    if (!send(COMMAND, COMMAND_READ_CONFIG) || !wait_for(STATUS_OUTPUT, STATUS_OUTPUT)) {
        return false;
    }
    uint8_t config = cpu_in8(DATA);
    config |= CONFIG_KEYBOARD_INTERRUPT | CONFIG_TRANSLATE | CONFIG_MOUSE_OFF;
    config &= (uint8_t) ~(CONFIG_MOUSE_INTERRUPT | CONFIG_KEYBOARD_OFF);
    return send(COMMAND, COMMAND_WRITE_CONFIG) && send(DATA, config) && send(COMMAND, COMMAND_KEYBOARD_ON);
}

bool keyboard_init(void)
{
    present = configure();
    return present;
}

/* The mouse's port is off; a byte that it sent before must not stand in the way. */
int keyboard_take(void)
{
    for (int i = 0; present && i < FLUSH_BYTES; i++) {
        uint8_t status = cpu_in8(STATUS);
        if (!(status & STATUS_OUTPUT)) {
            break;
        }
        uint8_t byte = cpu_in8(DATA);
        if (!(status & STATUS_MOUSE)) {
            return byte;
        }
    }
    return -1;
}
