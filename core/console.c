#include "core/console.h"

#include <stddef.h>

#include "core/format.h"
#include "core/lock.h"
#include "core/screen.h"
#include "core/serial.h"

enum { CHUNK = 128 };

/* Pieces are gathered, so that the devices are asked once for a line and not once for a word. */
struct gathered {
    size_t length;
    char text[CHUNK];
};

static void flush(struct gathered *out)
{
    size_t from = 0;
    uint64_t lock = kernel_lock();
    screen_write(out->text, out->length);
    kernel_unlock(lock);
    for (size_t i = 0; i < out->length; i++) {
        if (out->text[i] == '\n') { /* a terminal wants the carriage returned too */
            serial_write(out->text + from, i - from);
            serial_write("\r\n", 2);
            from = i + 1;
        }
    }
    serial_write(out->text + from, out->length - from);
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
