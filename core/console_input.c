#include "core/console_input.h"

#include <stdbool.h>

#include "core/device.h"
#include "core/keyboard.h"
#include "core/keyboard_port.h"
#include "core/lock.h"
#include "core/ring.h"
#include "core/serial.h"
#include "core/thread.h"

enum {
    PRIORITY = PRIORITIES - 1, /* little to do, and that at once */
    EVENT_SERIAL = 1 << 0,
    EVENT_KEYBOARD = 1 << 1,

    COM1 = 0x3F8,
    COM1_PORTS = 8,
    KEYBOARD_DATA = 0x60,
    KEYBOARD_CONTROL = 0x64,
    SCREEN_CRTC = 0x3D4,
    SCREEN_CRTC_PORTS = 2,
    SCREEN_MEMORY = 0xB8000,
    SCREEN_BYTES = 0x8000,
};

#define EVENT_KEY (UINT64_C(1) << 63) /* of the reader: the other bits are its own */

static uint8_t typed_bytes[256];
static struct ring typed; /* on the keyboard: filled by the thread, emptied by the reader */
static thread_id pump, reader;
static bool any;

static void serve_serial(void)
{
    uint64_t lock = kernel_lock();
    serial_interrupt();
    kernel_unlock(lock);
}

static void take_keyboard(struct keyboard *keyboard)
{
    for (int code; (code = keyboard_take()) >= 0;) {
        char out[KEYBOARD_BYTES_MAX];
        size_t count = keyboard_put(keyboard, (uint8_t)code, out);
        for (size_t i = 0; i < count; i++) {
            (void)ring_put(&typed, (uint8_t)out[i]); /* nobody reads: the newest are lost */
        }
    }
}

/* Both are asked whatever has interrupted: at the start something may have come before there was anybody to tell. */
static void take_keys(void *unused)
{
    struct keyboard keyboard = {.prefix = PREFIX_NONE};
    (void)unused;
    for (;;) {
        serve_serial();
        take_keyboard(&keyboard);
        thread_notify(reader, EVENT_KEY);
        thread_wait(EVENT_SERIAL | EVENT_KEYBOARD, THREAD_FOREVER);
    }
}

/* A claim that nobody else can have yet. */
static struct device *claim(enum device_kind kind, uint64_t start, uint64_t count)
{
    int status;
    return device_claim(&kernel_devices, &(struct device){kind, start, start + count, NULL, "console"}, &status);
}

static bool listen(const struct interrupt_routes *routes, unsigned irq, uint64_t events)
{
    struct device *line = claim(DEVICE_INTERRUPT, routes->isa[irq].gsi, 1);
    return line != NULL && device_listen(line, pump, events) == 0;
}

void console_input_start(const struct interrupt_routes *routes, print_text *print)
{
    bool keyboard = keyboard_init();
    typed = RING_OVER(typed_bytes);
    if (thread_create(&(struct thread_plan){.name = "keys", .run = take_keys, .priority = PRIORITY}, &pump) != 0) {
        print("console: no memory for the thread that takes keys\n");
        return;
    }
    claim(DEVICE_PORTS, COM1, COM1_PORTS);
    claim(DEVICE_PORTS, KEYBOARD_DATA, 1);
    claim(DEVICE_PORTS, KEYBOARD_CONTROL, 1);
    claim(DEVICE_PORTS, SCREEN_CRTC, SCREEN_CRTC_PORTS);
    claim(DEVICE_MEMORY, SCREEN_MEMORY, SCREEN_BYTES);
    bool serial = serial_present() && listen(routes, SERIAL_IRQ, EVENT_SERIAL);
    keyboard = keyboard && listen(routes, KEYBOARD_IRQ, EVENT_KEYBOARD);
    any = serial || keyboard;
    if (serial) {
        serial_interrupts_on();
    }
    print("console: keys from %s\n", serial && keyboard ? "serial line and keyboard"
                                     : serial           ? "the serial line"
                                     : keyboard         ? "the keyboard"
                                                        : "nowhere");
}

int console_read_key(void)
{
    reader = thread_self();
    for (;;) {
        int key = serial_take();
        key = key >= 0 ? key : ring_take(&typed);
        if (key >= 0 || !any) {
            return key;
        }
        thread_wait(EVENT_KEY, THREAD_FOREVER);
    }
}
