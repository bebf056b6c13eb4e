/* COM1, polled: 115200 baud, 8 data bits, no parity, 1 stop bit (National Semiconductor PC16550D data sheet). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Sets the port up. Without one, the other functions do nothing at once. May be called before anything else. */
void serial_init(void);

/* Sends the bytes as they are, and waits while the transmitter is full: an emulated line is held up by a slow reader,
 * and loses nothing. Only a port that has never been ready to send, for two seconds, is broken: what is sent to it is
 * dropped until it is ready. */
void serial_write(const char *text, size_t length);

/* Waits for a byte; -1 when there is no port. */
int serial_read(void);
