#include "core/serial.h"

#include "core/cpu.h"

enum {
    COM1 = 0x3F8,
    DATA = COM1,
    INTERRUPTS = COM1 + 1,
    FIFO = COM1 + 2, /* read: which interrupt, and whether there is a FIFO */
    LINE_CONTROL = COM1 + 3,
    MODEM = COM1 + 4,
    LINE_STATUS = COM1 + 5,
    SCRATCH = COM1 + 7,

    LINE_CONTROL_8N1 = 0x03,
    LINE_CONTROL_DIVISOR = 0x80, /* DATA and INTERRUPTS are the divisor latch */
    DIVISOR_115200 = 1,
    FIFO_ON_CLEARED = 0x07,
    FIFO_IS_ON = 0xC0,
    MODEM_READY = 0x03, /* DTR and RTS */
    STATUS_RECEIVED = 0x01,
    STATUS_ROOM = 0x20, /* the whole transmit FIFO is empty            */
    STATUS_IDLE = 0x40, /* so is the shift register: all has been sent */

    FIFO_BYTES = 16,
    WAIT_LOOKS = 2000000, /* at about a microsecond each; 16 bytes take 1.4 ms */
};

static bool present;
static size_t burst_bytes; /* what the transmitter takes once it has room: a 16450 has no FIFO */
static bool proven;   /* has been ready to send: not broken, so only the reader of an emulated line holds it up */
static bool given_up; /* never was, for WAIT_LOOKS: what is sent is dropped until it is                       */

static bool wait_for(uint8_t status)
{
    for (int looks = 0; !(cpu_in8(LINE_STATUS) & status);) {
        if (!proven && (given_up || ++looks == WAIT_LOOKS)) {
            given_up = true;
            return false;
        }
        cpu_relax();
    }
    proven = true;
    return true;
}

void serial_init(void)
{
    cpu_out8(SCRATCH, 0xA5);
    present = cpu_in8(SCRATCH) == 0xA5;
    if (!present) {
        return;
    }
    wait_for(STATUS_IDLE); /* so that the settings do not cut off what the loader has sent */
    cpu_out8(INTERRUPTS, 0);
    cpu_out8(LINE_CONTROL, LINE_CONTROL_DIVISOR);
    cpu_out8(DATA, DIVISOR_115200);
    cpu_out8(INTERRUPTS, 0);
    cpu_out8(LINE_CONTROL, LINE_CONTROL_8N1);
    cpu_out8(FIFO, FIFO_ON_CLEARED);
    cpu_out8(MODEM, MODEM_READY);
    burst_bytes = (cpu_in8(FIFO) & FIFO_IS_ON) == FIFO_IS_ON ? FIFO_BYTES : 1;
}

void serial_write(const char *text, size_t length)
{
    while (present && length > 0) {
        size_t burst = length < burst_bytes ? length : burst_bytes;
        if (!wait_for(STATUS_ROOM)) {
            return;
        }
        for (size_t i = 0; i < burst; i++) {
            cpu_out8(DATA, (uint8_t)text[i]);
        }
        text += burst;
        length -= burst;
    }
}

int serial_read(void)
{
    while (present && !(cpu_in8(LINE_STATUS) & STATUS_RECEIVED)) {
        cpu_relax();
    }
    return present ? cpu_in8(DATA) : -1;
}
