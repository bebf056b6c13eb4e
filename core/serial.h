/* COM1, polled: 115200 baud, 8 data bits, no parity, 1 stop bit (National Semiconductor PC16550D data sheet). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Sets the port up. Without one, the other functions do nothing at once. May be called before anything else. */
void serial_init(void);

/* Sends the bytes as they are. Waits while the transmitter is full, but not for ever: a line that takes nothing for
 * several seconds loses what is sent until it takes bytes again. */
void serial_write(const char *text, size_t length);

/* Waits for a byte; -1 when there is no port. */
int serial_read(void);
