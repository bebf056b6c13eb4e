/* The kernel's console: what is printed goes to COM1 and to the screen; while these are lent to a server (core/device.h), to
 * that server. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* printf's contract as far as core/format.h goes. Text is ASCII, lines end in '\n'. Any context, any time after the
 * first C instruction. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

enum { CONSOLE_KEPT_BYTES = 16384 };

/* For who lends one of its devices (struct device): from the first one that is away until the last one is back, what is printed
 * is kept, CONSOLE_KEPT_BYTES at most; of what goes beyond that, how much it was is told in its place. What nobody has taken by
 * then is printed at the end. */
void console_lend(bool away);

/* Whether any of them is away. */
bool console_is_lent(void);

/* From now on a thread gets `events` when there is something to take. -EINVARG when there is no such thread, or no events. */
int console_listen(uint64_t who, uint64_t events);

/* The oldest of what is kept, at most `bytes` of it; returns how many. */
size_t console_take(char *to, size_t bytes);

/* The devices are the kernel's again, whoever has them, and what is kept is printed: for the last words. Any context. */
void console_seize(void);
