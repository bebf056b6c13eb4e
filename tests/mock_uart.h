/* A 16550 or 16450 behind core/uart.h's hooks, as National Semiconductor's PC16550D data sheet has it: FIFOs, causes of
 * interrupts, and the line to the interrupt controller, which tells edges. A byte leaves with each look at the line
 * status, and with each mock_tick. Included by one test program at a time. */
#pragma once

#include <string.h>

#include "core/uart.h"

enum { MOCK_FIFO = 16, MOCK_SENT_MAX = 1 << 16 };

static struct mock_uart {
    bool missing, without_fifo; /* no port; a 16450                                             */
    bool held;                  /* the line: nothing leaves                                     */
    bool forgets;               /* no interrupt when that of the transmitter is turned on late  */
    bool restless;              /* always one more interrupt                                    */

    uint8_t scratch, enabled, line_control, modem;
    uint8_t divisor[2];
    bool fifo_on, room_pending, overrun, modem_changed;
    size_t waiting, received; /* bytes in the FIFOs */
    uint8_t out[MOCK_FIFO], in[MOCK_FIFO];

    char sent[MOCK_SENT_MAX]; /* what has left */
    size_t sent_length;
    size_t lost;     /* written where there was no room */
    size_t accesses; /* of registers                    */
    bool level;      /* of the interrupt line           */
    size_t edges;    /* of it, not served yet           */
} chip;

static size_t mock_depth(void)
{
    return chip.fifo_on && !chip.without_fifo ? MOCK_FIFO : 1;
}

/* The cause of highest rank, as it is read; 1: none. */
static uint8_t mock_cause(void)
{
    if ((chip.enabled & 0x01) && chip.received > 0) {
        return 0x04;
    }
    if (chip.restless || ((chip.enabled & 0x02) && chip.room_pending)) {
        return 0x02;
    }
    return chip.modem_changed ? 0x00 : 0x01;
}

static void mock_update(void)
{
    bool level = mock_cause() != 0x01 && (chip.modem & 0x08) && (chip.enabled != 0 || chip.modem_changed);
    chip.edges += level && !chip.level;
    chip.level = level;
}

static void mock_tick(void)
{
    if (!chip.held && chip.waiting > 0) {
        assert_in_range(chip.sent_length, 0, MOCK_SENT_MAX - 1);
        chip.sent[chip.sent_length++] = (char)chip.out[0];
        memmove(chip.out, chip.out + 1, --chip.waiting);
        chip.room_pending = chip.waiting == 0;
    }
    mock_update();
}

/* A byte comes in. False: there was no room. */
static inline bool mock_receive(uint8_t byte)
{
    bool room = chip.received < mock_depth();
    if (room) {
        chip.in[chip.received++] = byte;
    } else {
        chip.overrun = true;
    }
    mock_update();
    return room;
}

static uint8_t mock_take(void)
{
    uint8_t byte = chip.in[0];
    if (chip.received > 0) {
        memmove(chip.in, chip.in + 1, --chip.received);
    }
    return byte;
}

static uint8_t mock_status(void)
{
    uint8_t status = (uint8_t)((chip.received > 0) | chip.overrun << 1 | (chip.waiting == 0 ? 0x60 : 0));
    chip.overrun = false;
    mock_tick();
    return status;
}

static uint8_t mock_which(void)
{
    uint8_t cause = mock_cause();
    chip.room_pending &= cause != 0x02;
    return (uint8_t)(cause | (mock_depth() > 1 ? 0xC0 : 0));
}

uint8_t uart_in(enum uart_register reg)
{
    uint8_t value = 0xFF;
    chip.accesses++;
    if (!chip.missing) {
        switch (reg) {
        case UART_DATA: value = mock_take(); break;
        case UART_FIFO: value = mock_which(); break;
        case UART_LINE_STATUS: value = mock_status(); break;
        case UART_SCRATCH: value = chip.scratch; break;
        case UART_MODEM_STATUS: chip.modem_changed = false; break;
        default: fail_msg("register %d is read", (int)reg);
        }
    }
    mock_update();
    return value;
}

static void mock_send(uint8_t byte)
{
    if (chip.waiting == mock_depth()) {
        chip.lost++;
    } else {
        chip.out[chip.waiting++] = byte;
        chip.room_pending = false;
    }
}

static void mock_enable(uint8_t enabled)
{
    if (!(chip.enabled & 0x02) && (enabled & 0x02)) {
        chip.room_pending = chip.waiting == 0 && !chip.forgets;
    }
    chip.enabled = enabled;
}

void uart_out(enum uart_register reg, uint8_t value)
{
    bool divisor = (chip.line_control & 0x80) != 0;
    chip.accesses++;
    switch (reg) {
    case UART_DATA: divisor ? (void)(chip.divisor[0] = value) : mock_send(value); break;
    case UART_INTERRUPTS: divisor ? (void)(chip.divisor[1] = value) : mock_enable(value); break;
    case UART_FIFO:
        chip.fifo_on = value & 1;
        chip.received = value & 2 ? 0 : chip.received;
        break;
    case UART_LINE_CONTROL: chip.line_control = value; break;
    case UART_MODEM: chip.modem = value; break;
    case UART_SCRATCH: chip.scratch = value; break;
    default: fail_msg("register %d is written", (int)reg);
    }
    mock_update();
}
