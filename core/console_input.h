/* Keys: from the serial line and the keyboard, to whoever reads. A thread of its own takes what the devices have, on their
 * interrupts, so that nothing is lost while the reader is busy. Kernel only. */
#pragma once

#include "core/acpi_routes.h"
#include "core/print.h"

/* Claims the devices and starts the thread; says which of them are there. Once, after threads_init and before anybody
 * reads. Without a thread or a line to interrupt, keys of that device do not come. */
void console_input_start(const struct interrupt_routes *routes, print_text *print);

/* Waits for a key, by the highest of the reader's event bits. One reader. -1: there is no device that any could come from. */
int console_read_key(void);

/* Waits until keys may come, for console_read_key's caller. False: none ever will. */
bool console_input_await(void);

/* The next key that was typed before the devices were lent, and that nobody has read. -1: there is none. For who has them now. */
int console_input_left(void);
