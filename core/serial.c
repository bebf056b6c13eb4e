#include "core/serial.h"

#include "core/cpu.h"

enum {
    COM1 = 0x3F8,
    DATA = COM1,
    INTERRUPTS = COM1 + 1,
    FIFO = COM1 + 2,
    LINE_CONTROL = COM1 + 3,
    MODEM = COM1 + 4,
    LINE_STATUS = COM1 + 5,
    SCRATCH = COM1 + 7,

    LINE_CONTROL_8N1 = 0x03,
    LINE_CONTROL_DIVISOR = 0x80, /* DATA and INTERRUPTS are the divisor latch */
    DIVISOR_115200 = 1,
    FIFO_ON_CLEARED = 0x07,
    MODEM_READY = 0x03, /* DTR and RTS */
    STATUS_RECEIVED = 0x01,
    STATUS_ROOM = 0x20, /* the whole transmit FIFO is empty */

    FIFO_BYTES = 16,
    WAIT_LOOKS = 10000000, /* at about a microsecond each: 16 bytes take 1.4 ms, but a terminal may be held up */
};

static bool present;
static bool stuck; /* nothing took our bytes for so long that they are dropped until there is room again */

void serial_init(void)
{
    cpu_out8(SCRATCH, 0xA5);
    present = cpu_in8(SCRATCH) == 0xA5;
    if (!present) {
        return;
    }
    cpu_out8(INTERRUPTS, 0);
    cpu_out8(LINE_CONTROL, LINE_CONTROL_DIVISOR);
    cpu_out8(DATA, DIVISOR_115200);
    cpu_out8(INTERRUPTS, 0);
    cpu_out8(LINE_CONTROL, LINE_CONTROL_8N1);
    cpu_out8(FIFO, FIFO_ON_CLEARED);
    cpu_out8(MODEM, MODEM_READY);
}

static bool wait_for_room(void)
{
    int looks = 0;
    while (!(cpu_in8(LINE_STATUS) & STATUS_ROOM)) {
        if (stuck || ++looks == WAIT_LOOKS) {
            stuck = true;
            return false;
        }
        cpu_relax();
    }
    stuck = false;
    return true;
}

void serial_write(const char *text, size_t length)
{
    while (present && length > 0) {
        size_t burst = length < FIFO_BYTES ? length : FIFO_BYTES;
        if (!wait_for_room()) {
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
