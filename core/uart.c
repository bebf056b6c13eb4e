#include "core/uart.h"

#include <assert.h>

enum {
    LINE_CONTROL_8N1 = 0x03,
    LINE_CONTROL_DIVISOR = 0x80, /* UART_DATA and UART_INTERRUPTS are the divisor latch */
    DIVISOR_115200 = 1,
    FIFO_ON_CLEARED = 0x07,
    FIFO_IS_ON = 0xC0,
    FIFO_BYTES = 16,
    MODEM_READY = 0x03,     /* DTR and RTS                            */
    MODEM_INTERRUPT = 0x08, /* OUT2: lets a PC's port reach the IRQ   */
    STATUS_RECEIVED = 0x01,
    STATUS_OVERRUN = 0x02, /* since the status was read last              */
    STATUS_ROOM = 0x20,    /* the whole transmit FIFO is empty            */
    STATUS_IDLE = 0x40,    /* so is the shift register: all has been sent */
    INTERRUPT_RECEIVED = 0x01,
    INTERRUPT_ROOM = 0x02, /* comes at once if there is room already */
    INTERRUPT_NONE = 0x01, /* UART_FIFO when nothing is to be done   */
    INTERRUPT_ID = 0x0F,
    INTERRUPT_ID_MODEM = 0x00,

    SCRATCH_PATTERN = 0xA5,
    ROUNDS = 32, /* of an interrupt, half a ring: a port that is never content does not hold up the kernel */
};
static_assert((UART_SENT_BYTES & (UART_SENT_BYTES - 1)) == 0 &&
                  (UART_RECEIVED_BYTES & (UART_RECEIVED_BYTES - 1)) == 0,
              "a ring's size is a power of two");

static uint8_t line_status(struct uart *uart)
{
    uint8_t status = uart_in(UART_LINE_STATUS);
    uart->overruns += (status & STATUS_OVERRUN) != 0;
    return status;
}

/* One look whether the transmitter is as wanted. */
static bool ready(struct uart *uart, uint8_t wanted)
{
    if (line_status(uart) & wanted) {
        uart->state = UART_PROVEN;
        return true;
    }
    if (uart->state == UART_UNPROVEN && ++uart->looks == UART_LOOKS) {
        uart->state = UART_GIVEN_UP;
    }
    return false;
}

/* Written only when it changes: each access takes a microsecond. */
static void choose_interrupts(struct uart *uart)
{
    uint8_t wanted = 0;
    if (uart->interrupts_on) {
        wanted |= ring_full(&uart->received) ? 0 : INTERRUPT_RECEIVED;
        wanted |= ring_count(&uart->sent) == 0 ? 0 : INTERRUPT_ROOM;
    }
    if (wanted != uart->enabled) {
        uart->enabled = wanted;
        uart_out(UART_INTERRUPTS, wanted);
    }
}

void uart_find(struct uart *uart)
{
    *uart = (struct uart){.sent = RING_OVER(uart->sent_bytes), .received = RING_OVER(uart->received_bytes)};
    uart_out(UART_SCRATCH, SCRATCH_PATTERN);
    uart->state = uart_in(UART_SCRATCH) == SCRATCH_PATTERN ? UART_UNPROVEN : UART_ABSENT;
}

static void find_burst(struct uart *uart)
{
    uart->burst_bytes = (uart_in(UART_FIFO) & FIFO_IS_ON) == FIFO_IS_ON ? FIFO_BYTES : 1;
}

void uart_set_up(struct uart *uart)
{
    if (uart->state == UART_ABSENT) {
        return;
    }
    uart_out(UART_INTERRUPTS, 0);
    uart_out(UART_LINE_CONTROL, LINE_CONTROL_DIVISOR);
    uart_out(UART_DATA, DIVISOR_115200);
    uart_out(UART_INTERRUPTS, 0);
    uart_out(UART_LINE_CONTROL, LINE_CONTROL_8N1);
    uart_out(UART_FIFO, FIFO_ON_CLEARED);
    uart_out(UART_MODEM, MODEM_READY);
    find_burst(uart);
}

void uart_go_on(struct uart *uart)
{
    if (uart->state != UART_ABSENT) {
        uart_out(UART_INTERRUPTS, 0);
        find_burst(uart);
    }
}

/* Gives the transmitter what it takes out of the ring. */
static void send_queued(struct uart *uart)
{
    if (ring_count(&uart->sent) != 0 && ready(uart, STATUS_ROOM)) {
        for (uint32_t i = 0; i < uart->burst_bytes && ring_count(&uart->sent) != 0; i++) {
            uart_out(UART_DATA, (uint8_t)ring_take(&uart->sent));
        }
    }
}

static size_t send_at_once(struct uart *uart, const char *text, size_t length)
{
    if (!ready(uart, STATUS_ROOM)) {
        return 0;
    }
    size_t burst = length < uart->burst_bytes ? length : uart->burst_bytes;
    for (size_t i = 0; i < burst; i++) {
        uart_out(UART_DATA, (uint8_t)text[i]);
    }
    return burst;
}

/* The transmitter is not left to the interrupt where it has room already: there are ports that forget to tell so when
 * the interrupt is turned on. */
static size_t queue(struct uart *uart, const char *text, size_t length)
{
    size_t taken = 0;
    while (taken < length && ring_put(&uart->sent, (uint8_t)text[taken])) {
        taken++;
    }
    send_queued(uart);
    choose_interrupts(uart);
    return taken;
}

size_t uart_write(struct uart *uart, const char *text, size_t length)
{
    if (uart->state == UART_ABSENT) {
        return length;
    }
    size_t taken = uart->interrupts_on ? queue(uart, text, length) : send_at_once(uart, text, length);
    return uart->state == UART_GIVEN_UP ? length : taken;
}

bool uart_drain(struct uart *uart)
{
    if (uart->state == UART_ABSENT) {
        return true;
    }
    send_queued(uart);
    choose_interrupts(uart);
    return (ring_count(&uart->sent) == 0 && ready(uart, STATUS_IDLE)) || uart->state == UART_GIVEN_UP;
}

static void receive(struct uart *uart)
{
    while (!ring_full(&uart->received) && (line_status(uart) & STATUS_RECEIVED)) {
        ring_put(&uart->received, uart_in(UART_DATA));
    }
}

int uart_take(struct uart *uart)
{
    if (uart->state == UART_ABSENT) {
        return -1;
    }
    int byte = ring_take(&uart->received);
    if (byte < 0) {
        receive(uart);
        byte = ring_take(&uart->received);
        choose_interrupts(uart);
    }
    return byte;
}

void uart_interrupts(struct uart *uart, bool on)
{
    if (uart->state == UART_ABSENT) {
        return;
    }
    uart->interrupts_on = on;
    if (!on) {
        uart->sent = RING_OVER(uart->sent_bytes);
    }
    uart_out(UART_MODEM, on ? MODEM_READY | MODEM_INTERRUPT : MODEM_READY);
    choose_interrupts(uart);
}

/* Which interrupt it is says less than the line status does; asking clears that of the transmitter. */
bool uart_interrupt(struct uart *uart)
{
    for (int round = 0; uart->interrupts_on; round++) {
        uint8_t which = uart_in(UART_FIFO) & INTERRUPT_ID;
        if (which & INTERRUPT_NONE) {
            break;
        }
        if (round == ROUNDS) {
            uart_out(UART_INTERRUPTS, 0);
            uart_out(UART_INTERRUPTS, uart->enabled);
            break;
        }
        if (which == INTERRUPT_ID_MODEM) {
            uart_in(UART_MODEM_STATUS);
        }
        receive(uart);
        send_queued(uart);
        choose_interrupts(uart);
    }
    return ring_count(&uart->received) != 0;
}
