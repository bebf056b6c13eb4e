#include "core/console_input.h"

#include <stdbool.h>

#include "core/console.h"
#include "core/device.h"
#include "core/interrupt.h"
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
static struct device *serial_line, *keyboard_line; /* NULL: it does not interrupt */

/* Lent with the ports: whoever has those wants the interrupts too. */
static void lend_serial_line(bool away)
{
    if (away) {
        interrupt_detach((unsigned)serial_line->start);
        thread_notify(reader, EVENT_KEY); /* there will be none */
    } else if (device_listen(serial_line, pump, EVENT_SERIAL) == 0) {
        serial_interrupts_on();
        thread_notify(pump, EVENT_SERIAL);
    }
}

static void lend_keyboard_line(bool away)
{
    if (away) {
        interrupt_detach((unsigned)keyboard_line->start);
    } else if (keyboard_init() && device_listen(keyboard_line, pump, EVENT_KEYBOARD) == 0) {
        thread_notify(pump, EVENT_KEYBOARD);
    }
}

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

/* NULL: the line cannot be had. */
static struct device *listen(uint32_t gsi, uint64_t events, const char *holder)
{
    struct device *line = device_take(DEVICE_INTERRUPT, gsi, 1, holder);
    if (line != NULL && device_listen(line, pump, events) != 0) {
        device_release(line);
        line = NULL;
    }
    return line;
}

static void listen_to_serial(uint32_t gsi)
{
    serial_line = listen(gsi, EVENT_SERIAL, "serial line");
    if (serial_line != NULL) {
        serial_line->lend = lend_serial_line;
        serial_interrupts_on();
    }
}

static void listen_to_keyboard(uint32_t gsi)
{
    keyboard_line = listen(gsi, EVENT_KEYBOARD, "keyboard");
    if (keyboard_line != NULL) {
        keyboard_line->lend = lend_keyboard_line;
    }
}

void console_input_start(const struct interrupt_routes *routes, print_text *print)
{
    bool keyboard = keyboard_init();
    typed = RING_OVER(typed_bytes);
    if (thread_create(&(struct thread_plan){.name = "keys", .run = take_keys, .priority = PRIORITY}, &pump) != 0) {
        print("console: no memory for the thread that takes keys\n");
        return;
    }
    if (serial_present()) {
        listen_to_serial(routes->isa[SERIAL_IRQ].gsi);
    }
    if (keyboard) {
        listen_to_keyboard(routes->isa[KEYBOARD_IRQ].gsi);
    }
    any = serial_line != NULL || keyboard_line != NULL;
    print("console: keys from %s\n", serial_line != NULL && keyboard_line != NULL ? "serial line and keyboard"
                                     : serial_line != NULL                        ? "the serial line"
                                     : keyboard_line != NULL                      ? "the keyboard"
                                                                                  : "nowhere");
}

bool console_input_await(void)
{
    reader = thread_self();
    while (console_is_lent()) {
        thread_wait(EVENT_KEY, THREAD_FOREVER);
    }
    return any;
}

int console_input_left(void)
{
    int key = serial_left();
    return key < 0 && console_is_lent() ? ring_take(&typed) : key;
}

int console_read_key(void)
{
    reader = thread_self();
    for (;;) {
        if (console_is_lent()) {
            return -1;
        }
        int key = serial_take();
        key = key >= 0 ? key : ring_take(&typed);
        if (key >= 0 || !any) {
            return key;
        }
        thread_wait(EVENT_KEY, THREAD_FOREVER);
    }
}
