#include "core/text_screen.h"

enum {
    COLUMNS = TEXT_SCREEN_COLUMNS,
    ROWS = TEXT_SCREEN_ROWS,
    GREY = 0x0700,
    BLANK = GREY | ' ',
};

static const uint64_t blanks = UINT64_C(0x0001000100010001) * BLANK;

void text_screen_clear(struct text_screen *screen)
{
    screen->column = screen->row = 0;
    text_screen_fill(screen->cells, blanks, ROWS * COLUMNS * sizeof *screen->cells);
}

void text_screen_go_on(struct text_screen *screen)
{
    screen->row = ROWS - 1;
    screen->column = COLUMNS;
}

static void start_line(struct text_screen *screen)
{
    unsigned next = screen->row + 1;
    uint16_t *cells = screen->cells;
    screen->column = 0;
    if (next < ROWS) {
        screen->row = next;
    } else {
        text_screen_copy_up(cells, cells + COLUMNS, (ROWS - 1) * COLUMNS * sizeof *cells);
        text_screen_fill(cells + (ROWS - 1) * COLUMNS, blanks, COLUMNS * sizeof *cells);
    }
}

static void put(struct text_screen *screen, char c)
{
    unsigned at = screen->column;
    if (c == '\n') {
        start_line(screen);
    } else if (c == '\b') {
        screen->column = at > 0 ? at - 1 : 0;
    } else {
        if (at == COLUMNS) {
            start_line(screen);
            at = 0;
        }
        screen->cells[screen->row * COLUMNS + at] = (uint16_t)(GREY | (uint8_t)c);
        screen->column = at + 1;
    }
}

void text_screen_write(struct text_screen *screen, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        put(screen, text[i]);
    }
}

unsigned text_screen_cursor(const struct text_screen *screen)
{
    unsigned column = screen->column;
    return screen->row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);
}
