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

static bool listen(uint32_t gsi, uint64_t events, const char *holder)
{
    const struct device *line = device_take(DEVICE_INTERRUPT, gsi, 1, holder);
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
    bool serial = serial_present() && listen(routes->isa[SERIAL_IRQ].gsi, EVENT_SERIAL, "serial line");
    keyboard = keyboard && listen(routes->isa[KEYBOARD_IRQ].gsi, EVENT_KEYBOARD, "keyboard");
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
