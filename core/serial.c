#include "core/serial.h"

#include "core/console.h"
#include "core/cpu.h"
#include "core/device.h"
#include "core/uart.h"

enum { COM1 = 0x3F8, COM1_PORTS = 8, NOBODY = 0xFF };

static struct device *ports;
static struct uart com1;

uint8_t uart_in(enum uart_register reg)
{
    uint8_t value = NOBODY; /* what a bus reads where no device is */
    (void)device_read8(ports, reg, &value);
    return value;
}

void uart_out(enum uart_register reg, uint8_t value)
{
    (void)device_write8(ports, reg, value);
}

static void set_up(void)
{
    uart_find(&com1);
    serial_flush(); /* so that the settings do not cut off what the loader, or a server, has sent */
    uart_set_up(&com1);
}

/* Polled again: everything has left, and no more interrupts. */
static void interrupts_off(void)
{
    uint64_t flags = cpu_interrupts_mask();
    serial_flush();
    uart_interrupts(&com1, false);
    cpu_interrupts_restore(flags);
}

static void lend(bool away)
{
    if (away) {
        (void)uart_interrupt(&com1); /* what the port has is not to be lost */
        interrupts_off();
    } else {
        set_up();
    }
    console_lend(away);
}

void serial_init(void)
{
    ports = device_take(DEVICE_PORTS, COM1, COM1_PORTS, "serial line");
    if (ports != NULL) {
        ports->lend = lend;
    }
    set_up();
}

bool serial_present(void)
{
    return com1.state != UART_ABSENT;
}

static bool is_lent(void)
{
    return ports != NULL && ports->lender != NULL;
}

int serial_left(void)
{
    uint64_t flags = cpu_interrupts_mask();
    int byte = is_lent() ? ring_take(&com1.received) : -1;
    cpu_interrupts_restore(flags);
    return byte;
}

/* Interrupts are let in between two looks at the port. */
void serial_write(const char *text, size_t length)
{
    while (length > 0) {
        uint64_t flags = cpu_interrupts_mask();
        size_t taken = uart_write(&com1, text, length);
        cpu_interrupts_restore(flags);
        if (taken == 0) {
            cpu_relax();
        }
        text += taken;
        length -= taken;
    }
}

void serial_flush(void)
{
    for (bool drained = false; !drained; cpu_relax()) {
        uint64_t flags = cpu_interrupts_mask();
        drained = uart_drain(&com1);
        cpu_interrupts_restore(flags);
    }
}

int serial_take(void)
{
    uint64_t flags = cpu_interrupts_mask();
    int byte = is_lent() ? -1 : uart_take(&com1);
    cpu_interrupts_restore(flags);
    return byte;
}

int serial_read(void)
{
    int byte = serial_take();
    while (byte < 0 && com1.state != UART_ABSENT) {
        cpu_relax();
        byte = serial_take();
    }
    return byte;
}

void serial_interrupts_on(void)
{
    uint64_t flags = cpu_interrupts_mask();
    uart_interrupts(&com1, true);
    cpu_interrupts_restore(flags);
}

void serial_seize(void)
{
    if (is_lent()) {
        set_up();
    } else {
        interrupts_off();
    }
}

bool serial_interrupt(void)
{
    return !is_lent() && uart_interrupt(&com1);
}

uint32_t serial_overruns(void)
{
    return com1.overruns;
}
