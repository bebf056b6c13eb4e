/* COM1: 115200 baud, 8 data bits, no parity, 1 stop bit. Polled from serial_init on, by interrupts while those are on
 * (core/uart.h). All functions may be called with interrupts masked, and none needs them to make progress. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERIAL_IRQ = 4 }; /* an edge, on the ISA bus */

/* Sets the port up. Without one, the other functions do nothing at once. May be called before anything else. */
void serial_init(void);

/* Whether there is one. */
bool serial_present(void);

/* Sends the bytes as they are, and waits while there is no room for them: an emulated line is held up by a slow reader,
 * and loses nothing. Only a port that has never been ready to send, for two seconds, is broken: what is sent to it is
 * dropped until it is ready. One writer at a time, or their bytes mix: the console's lock. */
void serial_write(const char *text, size_t length);

/* A byte, or -1 when none has come. */
int serial_take(void);

/* Waits for a byte, polling; -1 when there is no port. */
int serial_read(void);

/* From now on bytes go and come by interrupts. The caller has SERIAL_IRQ unmasked, or will; until then writing goes on,
 * but the last of it waits in the ring. */
void serial_interrupts_on(void);

/* The next byte that came before the port was lent and was not read; -1: there is none, or it is not lent. */
int serial_left(void);

/* The port is the kernel's and polled, whoever has it and however it was: for a panic, whose next step may be its last. */
void serial_seize(void);

/* On SERIAL_IRQ, with interrupts masked; does no harm at any other time. Whether serial_take has something. Bounded: it
 * leaves after half a ring, and the port then gives a new edge. Where the IRQ is masked while this runs, it must be called
 * once more after it is unmasked: the edge in between is lost. */
bool serial_interrupt(void);

/* Waits, polling, until all that was written has left the port: before the machine stops or is reset. Any context. */
void serial_flush(void);

/* Times that the port had to drop bytes received, since they were not taken. */
uint32_t serial_overruns(void);
