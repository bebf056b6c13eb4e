#include "core/console.h"

#include "core/format.h"
#include "core/lock.h"
#include "core/ring.h"
#include "core/screen.h"
#include "core/serial.h"
#include "core/status.h"
#include "core/thread.h"

enum { CHUNK = 128 };

/* Pieces are gathered, so that the devices are asked once for a line and not once for a word. */
struct gathered {
    size_t length;
    char text[CHUNK];
};

/* While devices are lent. */
static uint8_t kept_bytes[CONSOLE_KEPT_BYTES];
static struct ring kept = RING_OVER(kept_bytes);
static size_t lost; /* since the last that was kept */
static unsigned lent;
static thread_id listener;
static uint64_t listener_events;

static void print(const char *text, size_t length)
{
    uint64_t lock = kernel_lock();
    screen_write(text, length);
    kernel_unlock(lock);
    size_t from = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') { /* a terminal wants the carriage returned too */
            serial_write(text + from, i - from);
            serial_write("\r\n", 2);
            from = i + 1;
        }
    }
    serial_write(text + from, length - from);
}

static void put(void *unused, const char *text, size_t length)
{
    (void)unused;
    for (size_t i = 0; i < length; i++) {
        lost += !ring_put(&kept, (uint8_t)text[i]);
    }
}

static void put_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_text(put, NULL, format, args);
    va_end(args);
}

/* What was lost is told once there is room again for that and for more. */
static void keep(const char *text, size_t length)
{
    size_t bytes = lost;
    if (bytes != 0) {
        if (CONSOLE_KEPT_BYTES - ring_count(&kept) < 2 * CHUNK) {
            lost += length;
            return;
        }
        lost = 0;
        put_format("[%zu bytes are lost]\n", bytes);
    }
    put(NULL, text, length);
}

/* Whether it is kept, for who listens. */
static bool kept_for_a_server(const char *text, size_t length)
{
    uint64_t lock = kernel_lock();
    bool away = lent != 0;
    if (away) {
        keep(text, length);
    }
    kernel_unlock(lock);
    if (away) {
        (void)thread_notify(listener, listener_events);
    }
    return away;
}

static void flush(struct gathered *out)
{
    if (!kept_for_a_server(out->text, out->length)) {
        print(out->text, out->length);
    }
    out->length = 0;
}

static void gather(void *context, const char *text, size_t length)
{
    struct gathered *out = context;
    for (size_t i = 0; i < length; i++) {
        if (out->length == CHUNK) {
            flush(out);
        }
        out->text[out->length++] = text[i];
    }
}

void kvprintf(const char *format, va_list args)
{
    struct gathered out;
    out.length = 0;
    format_text(gather, &out, format, args);
    flush(&out);
}

void kprintf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    kvprintf(format, args);
    va_end(args);
}

int console_listen(uint64_t who, uint64_t events)
{
    if (events == 0 || thread_notify(who, ring_count(&kept) != 0 ? events : 0) != 0) {
        return -EINVARG;
    }
    uint64_t lock = kernel_lock();
    listener = who;
    listener_events = events;
    kernel_unlock(lock);
    return 0;
}

size_t console_take(char *to, size_t bytes)
{
    size_t count = 0;
    uint64_t lock = kernel_lock();
    for (int byte; count < bytes && (byte = ring_take(&kept)) >= 0;) {
        to[count++] = (char)byte;
    }
    kernel_unlock(lock);
    return count;
}

static void print_kept(void)
{
    char text[CHUNK];
    for (size_t count; (count = console_take(text, sizeof text)) != 0 || lost != 0;) {
        print(text, count);
        keep("", 0);
    }
}

void console_lend(bool away)
{
    lent += away ? 1 : -1u;
    if (lent == 0) {
        print_kept();
    }
}

bool console_is_lent(void)
{
    return lent != 0;
}

void console_seize(void)
{
    serial_seize();
    lent = 0;
    print_kept();
}
