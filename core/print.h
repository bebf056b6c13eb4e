/* How text leaves code that does not know where it goes: kprintf in the kernel, a test's own function on the host. */
#pragma once

/* printf's contract as far as core/format.h goes. */
typedef void print_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
