#include "core/text_screen.h"

#include <stdbool.h>

enum {
    COLUMNS = TEXT_SCREEN_COLUMNS,
    ROWS = TEXT_SCREEN_ROWS,
    GREY = 0x0700,
    BLANK = GREY | ' ',
    ESC = 0x1B,
    FIRST_COLOUR = 30,
    LAST_COLOUR = 37,
    NUMBER_MAX = 99,
};

enum { NO_ESCAPE, ESCAPE_STARTED, ESCAPE_SEQUENCE, ESCAPE_PRIVATE };

static const uint64_t blanks = UINT64_C(0x0001000100010001) * BLANK;

void text_screen_clear(struct text_screen *screen)
{
    screen->column = screen->row = 0;
    screen->colour = GREY;
    screen->escape = NO_ESCAPE;
    text_screen_fill(screen->cells, blanks, ROWS * COLUMNS * sizeof *screen->cells);
}

void text_screen_go_on(struct text_screen *screen)
{
    screen->row = ROWS - 1;
    screen->column = COLUMNS;
    screen->colour = GREY;
    screen->escape = NO_ESCAPE;
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

/* That of ECMA-48, whose red is the lowest bit, as the VGA's attribute, whose blue is. */
static uint16_t colour_of(unsigned number)
{
    unsigned colour = number - FIRST_COLOUR;
    if (number < FIRST_COLOUR || number > LAST_COLOUR) {
        return GREY;
    }
    return (uint16_t)(((colour & 1) << 2 | (colour & 2) | colour >> 2) << 8);
}

static void in_sequence(struct text_screen *screen, char c)
{
    unsigned number = screen->number;
    if (c >= '0' && c <= '9') {
        number = number * 10 + (unsigned)(c - '0');
        screen->number = (uint8_t)(number <= NUMBER_MAX ? number : NUMBER_MAX);
    } else if (c < '@') {
        screen->number = 0;
        screen->escape = c >= '<' ? ESCAPE_PRIVATE : screen->escape; /* whatever it means, it is no colour */
    } else {
        screen->colour = c == 'm' && screen->escape == ESCAPE_SEQUENCE ? colour_of(number) : screen->colour;
        screen->escape = NO_ESCAPE;
    }
}

/* Whether `c` belongs to a control sequence. */
static bool is_control(struct text_screen *screen, char c)
{
    uint8_t was = screen->escape;
    if (c == ESC) {
        screen->escape = ESCAPE_STARTED;
    } else if (was == NO_ESCAPE || c < ' ') {
        screen->escape = NO_ESCAPE; /* a control character breaks it off */
        return false;
    } else if (was != ESCAPE_STARTED) {
        in_sequence(screen, c);
    } else if (c == '[') {
        screen->escape = ESCAPE_SEQUENCE;
        screen->number = 0;
    } else if (c >= '0') { /* others come between ESC and the last one */
        screen->escape = NO_ESCAPE;
    }
    return true;
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
        screen->cells[screen->row * COLUMNS + at] = (uint16_t)(screen->colour | (uint8_t)c);
        screen->column = at + 1;
    }
}

void text_screen_write(struct text_screen *screen, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_control(screen, text[i])) {
            put(screen, text[i]);
        }
    }
}

unsigned text_screen_cursor(const struct text_screen *screen)
{
    unsigned column = screen->column;
    return screen->row * COLUMNS + (column < COLUMNS ? column : COLUMNS - 1);
}
