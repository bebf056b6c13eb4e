/* The kernel's console: what is printed goes to COM1 and to the screen. */
#pragma once

#include <stdarg.h>

/* printf's contract as far as core/format.h goes. Text is ASCII, lines end in '\n'. Any context, any time after the
 * first C instruction. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
