/* The console's devices on the machine. */
#include "core/text_screen.h"
#include "core/uart.h"
#include "ipc/io.h"
#include "ipc/ipc.h"
#include "servers/console/devices.h"

/* As the manifest lists them. */
enum { SERIAL, SERIAL_IRQ, KEYBOARD_DATA, KEYBOARD_CONTROL, KEYBOARD_IRQ, SCREEN, CURSOR, KERNEL };

enum {
    NOBODY = 0xFF,        /* what a bus reads where no device is */
    STATUS_OUTPUT = 0x01, /* of the keyboard's controller, Intel 8042: a byte for us */
    STATUS_MOUSE = 0x20,  /* it is the mouse's */
    BYTES_MAX = 32,       /* more than it and the keyboard keep */
    PAUSE = 1000 * 1000,
};

static uint8_t read(unsigned device, uint64_t offset)
{
    int value = io_read8(device, offset);
    return value >= 0 ? (uint8_t)value : NOBODY;
}

uint8_t uart_in(enum uart_register reg)
{
    return read(SERIAL, reg);
}

void uart_out(enum uart_register reg, uint8_t value)
{
    (void)io_write8(SERIAL, reg, value);
}

void text_screen_fill(void *to, uint64_t pattern, size_t bytes)
{
    volatile uint64_t *words = to;
    for (size_t i = 0; i < bytes / sizeof *words; i++) {
        words[i] = pattern;
    }
}

void text_screen_copy_up(void *to, const void *from, size_t bytes)
{
    volatile uint64_t *words = to;
    const volatile uint64_t *source = from;
    for (size_t i = 0; i < bytes / sizeof *words; i++) {
        words[i] = source[i];
    }
}

void devices_pause(void)
{
    thread_sleep(PAUSE);
}

int devices_early_key(void)
{
    return io_read8(KERNEL, 0);
}

int devices_scan_code(void)
{
    for (int i = 0; i < BYTES_MAX; i++) {
        uint8_t status = read(KEYBOARD_CONTROL, 0);
        if (status == NOBODY || (status & STATUS_OUTPUT) == 0) {
            break;
        }
        uint8_t byte = read(KEYBOARD_DATA, 0);
        if ((status & STATUS_MOUSE) == 0) {
            return byte;
        }
    }
    return -1;
}

uint16_t *devices_screen(void)
{
    return io_memory(SCREEN);
}

static void set_cursor(uint8_t index, unsigned value)
{
    (void)io_write8(CURSOR, 0, index);
    (void)io_write8(CURSOR, 1, (uint8_t)value);
}

void devices_cursor(unsigned cell)
{
    set_cursor(TEXT_SCREEN_CURSOR_HIGH, cell >> 8);
    set_cursor(TEXT_SCREEN_CURSOR_LOW, cell);
}

/* Where there is no serial line, or no keyboard, there is the other. */
void devices_listen(uint64_t keys, uint64_t text)
{
    (void)io_listen(KERNEL, text);
    (void)io_listen(SERIAL_IRQ, keys);
    (void)io_listen(KEYBOARD_IRQ, keys);
}

void devices_done(void)
{
    (void)io_done(SERIAL_IRQ);
    (void)io_done(KEYBOARD_IRQ);
}

int devices_kernel_text(struct message *message)
{
    return io_take(KERNEL, message);
}
