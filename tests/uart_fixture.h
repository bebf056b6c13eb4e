/* A port set up, and the ways in which the kernel uses it. Included by one test program at a time. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/mock_uart.h"

static struct uart uart;
static char text[4 * UART_SENT_BYTES];

static inline void set_up(void)
{
    memset(&uart, 0xA5, sizeof uart);
    uart_find(&uart);
    while (!uart_drain(&uart)) {
    }
    uart_set_up(&uart);
}

static inline int fresh_chip(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof chip);
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)('0' + i % 71);
    }
    set_up();
    return 0;
}

static inline int fresh_interrupts(void **state)
{
    fresh_chip(state);
    uart_interrupts(&uart, true);
    return 0;
}

/* As core/serial.c does it. */
static inline void write_all(const char *from, size_t length)
{
    while (length > 0) {
        size_t taken = uart_write(&uart, from, length);
        from += taken;
        length -= taken;
    }
}

/* The machine as it runs on: the line moves, and an edge calls the handler. */
static inline void run(size_t ticks)
{
    for (size_t i = 0; i < ticks; i++) {
        mock_tick();
        if (chip.edges > 0) {
            chip.edges = 0;
            uart_interrupt(&uart);
        }
    }
}

static inline void assert_all_sent(size_t length)
{
    assert_int_equal(chip.lost, 0);
    assert_int_equal(chip.sent_length, length);
    assert_memory_equal(chip.sent, text, length);
}
