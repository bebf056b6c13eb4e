#include "core/screen.h"

#include <stdint.h>

#include "core/cpu.h"
#include "core/device.h"

enum {
    COLUMNS = 80,
    ROWS = 25,
    GREY = 0x0700,
    BLANK = GREY | ' ',

    CRTC_INDEX = 0x3D4, /* IBM VGA: index here, data one above */
    CRTC_PORTS = 2,
    CRTC_CURSOR_HIGH = 0x0E,
    CRTC_CURSOR_LOW = 0x0F,
};

static const uint64_t blanks = UINT64_C(0x0001000100010001) * BLANK;

static struct device *memory_claim, *crtc;
static uint16_t *cells; /* NULL: there is no screen, or no room to map it */
/* Each is read once where it is used, and only numbers in range are stored: were two to write at a time, their text would
 * mix, but stay in the cells. */
static volatile unsigned column; /* COLUMNS: the next character starts a line */
static volatile unsigned row;

void screen_init(void *memory)
{
    memory_claim = device_take(DEVICE_MEMORY, SCREEN_ADDR, SCREEN_BYTES, "screen");
    crtc = device_take(DEVICE_PORTS, CRTC_INDEX, CRTC_PORTS, "screen");
    cells = memory;
    column = row = 0;
    cpu_fill(cells, blanks, ROWS * COLUMNS * sizeof *cells);
}

void screen_move(void)
{
    cells = device_map(memory_claim);
}

static void start_line(void)
{
    unsigned next = row + 1;
    column = 0;
    if (next < ROWS) {
        row = next;
    } else {
        cpu_copy_up(cells, cells + COLUMNS, (ROWS - 1) * COLUMNS * sizeof *cells);
        cpu_fill(cells + (ROWS - 1) * COLUMNS, blanks, COLUMNS * sizeof *cells);
    }
}

static void put(char c)
{
    unsigned at = column;
    if (c == '\n') {
        start_line();
    } else if (c == '\b') {
        column = at > 0 ? at - 1 : 0;
    } else {
        if (at == COLUMNS) {
            start_line();
            at = 0;
        }
        cells[row * COLUMNS + at] = (uint16_t)(GREY | (uint8_t)c);
        column = at + 1;
    }
}

static void set_crtc(uint8_t index, unsigned value)
{
    (void)device_write8(crtc, 0, index);
    (void)device_write8(crtc, 1, (uint8_t)value);
}

static void show_cursor(void)
{
    unsigned shown = column, at = row * COLUMNS + (shown < COLUMNS ? shown : COLUMNS - 1);
    set_crtc(CRTC_CURSOR_HIGH, at >> 8);
    set_crtc(CRTC_CURSOR_LOW, at);
}

void screen_write(const char *text, size_t length)
{
    if (cells == NULL) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        put(text[i]);
    }
    show_cursor();
}
