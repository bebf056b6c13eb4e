/* A serial port's decisions: what goes to a 16550, or to a 16450 without FIFO, and when (National Semiconductor
 * PC16550D data sheet). Portable: registers are reached through two hooks, and nothing here waits. One call at a time, so
 * the kernel masks interrupts around each.
 *
 * Polled, what is written goes straight to the transmitter. With interrupts on it goes through a ring, which the port
 * empties as it gets room; whoever finds the ring full gives the transmitter what it takes, in order, so that nothing is
 * lost and nothing needs the interrupt. What is received waits in a ring, and beyond that in the port, whose interrupt is
 * off meanwhile: an emulated line then holds up the sender. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ring.h"

/* Offsets from the port's base. */
enum uart_register {
    UART_DATA,
    UART_INTERRUPTS,
    UART_FIFO, /* read: which interrupt, and whether there is a FIFO */
    UART_LINE_CONTROL,
    UART_MODEM,
    UART_LINE_STATUS,
    UART_MODEM_STATUS,
    UART_SCRATCH,
};

enum {
    UART_SENT_BYTES = 1024,
    UART_RECEIVED_BYTES = 256,
    UART_LOOKS = 2000000, /* at about a microsecond each; 16 bytes take 1.4 ms */
};

enum uart_state {
    UART_ABSENT,
    UART_UNPROVEN, /* has not been ready to send yet                                             */
    UART_PROVEN,   /* has: it is not broken, so only the reader of an emulated line holds it up   */
    UART_GIVEN_UP, /* has not, for UART_LOOKS: what is sent is dropped until it is                */
};

struct uart {
    enum uart_state state;
    uint32_t looks;       /* at a port that has not been ready yet        */
    uint32_t burst_bytes; /* what the transmitter takes once it has room  */
    uint32_t overruns;    /* times that the port dropped something        */
    bool interrupts_on;   /* by uart_interrupts                           */
    uint8_t enabled;      /* what UART_INTERRUPTS holds                   */
    struct ring sent;     /* empty when interrupts are not on             */
    struct ring received;
    uint8_t sent_bytes[UART_SENT_BYTES], received_bytes[UART_RECEIVED_BYTES];
};

/* Hooks: the kernel's lead to COM1 (core/serial.c). */
uint8_t uart_in(enum uart_register reg);
void uart_out(enum uart_register reg, uint8_t value);

/* Looks for a port, and forgets all that `uart` was. What was sent before may still be leaving: uart_drain, then
 * uart_set_up. */
void uart_find(struct uart *uart);

/* 115200 baud, 8 data bits, no parity, 1 stop bit; no interrupts. */
void uart_set_up(struct uart *uart);

/* Instead of that, of a port that somebody has set up so already: what it has received is still there. */
void uart_go_on(struct uart *uart);

/* How many of the bytes were taken: none when there is no room at the moment, all when they are dropped. */
size_t uart_write(struct uart *uart, const char *text, size_t length);

/* Whether all that was written has left, or never will. To be called until it has. */
bool uart_drain(struct uart *uart);

/* The oldest byte received, or -1. Looks at the port too, so it needs no interrupts. */
int uart_take(struct uart *uart);

/* Turns interrupts on, or off; then what has not been drained is dropped. */
void uart_interrupts(struct uart *uart, bool on);

/* What there is to do on the port's interrupt, or at any other time. Whether there is something to take. A line that
 * tells edges gets a new one for what is left. */
bool uart_interrupt(struct uart *uart);
