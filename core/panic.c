#include "core/panic.h"

#include <stdarg.h>
#include <stdbool.h>

#include "core/assert.h"
#include "core/console.h"
#include "core/power.h"

static volatile bool panicking;

_Noreturn void panic(const char *format, ...)
{
    va_list args;
    if (!panicking) {
        panicking = true;
        console_seize();
        kprintf("panic: ");
        va_start(args, format);
        kvprintf(format, args);
        va_end(args);
        kprintf("\n");
    }
    power_stop(POWER_FAILURE);
}

_Noreturn void kassert_failed(const char *sentence, const char *file, int line)
{
    panic("%s (%s:%d)", sentence, file, line);
}
