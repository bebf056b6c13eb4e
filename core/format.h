/* printf's formatting without a C library: portable, no buffer, no allocation. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Takes the next piece of the text; not NUL-terminated, never empty. */
typedef void format_put(void *context, const char *text, size_t length);

/* Understands %d %i %u %x %X %c %s %p %% with the lengths hh h l ll z j t, the flags 0 - #, width and precision (both
 * also as *, where less than 0 counts as 0). A NULL string prints as "(null)". From a conversion that it does not know
 * on, the format is printed as it stands: which argument belongs to what follows cannot be told. */
void format_text(format_put *put, void *context, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
