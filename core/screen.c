#include "core/screen.h"

#include <stdint.h>

#include "core/cpu.h"

enum {
    COLUMNS = 80,
    ROWS = 25,
    GREY = 0x0700,
    BLANK = GREY | ' ',

    CRTC_INDEX = 0x3D4, /* IBM VGA: index here, data one above */
    CRTC_CURSOR_HIGH = 0x0E,
    CRTC_CURSOR_LOW = 0x0F,
};

static const uint64_t blanks = UINT64_C(0x0001000100010001) * BLANK;

static uint16_t *cells;
static unsigned column, row;

void screen_init(void *memory)
{
    cells = memory;
    column = row = 0;
    cpu_fill(cells, blanks, ROWS * COLUMNS * sizeof *cells);
}

void screen_move(void *memory)
{
    cells = memory;
}

static void start_line(void)
{
    column = 0;
    if (++row == ROWS) {
        row = ROWS - 1;
        cpu_copy_up(cells, cells + COLUMNS, (ROWS - 1) * COLUMNS * sizeof *cells);
        cpu_fill(cells + (ROWS - 1) * COLUMNS, blanks, COLUMNS * sizeof *cells);
    }
}

static void put(char c)
{
    if (c == '\n') {
        start_line();
    } else if (c == '\b') {
        column -= column > 0;
    } else {
        if (column == COLUMNS) {
            start_line();
        }
        cells[row * COLUMNS + column++] = (uint16_t)(GREY | (uint8_t)c);
    }
}

static void show_cursor(void)
{
    unsigned at = row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);
    cpu_out16(CRTC_INDEX, (uint16_t)((at & 0xFF00) | CRTC_CURSOR_HIGH));
    cpu_out16(CRTC_INDEX, (uint16_t)((at & 0xFF) << 8 | CRTC_CURSOR_LOW));
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
