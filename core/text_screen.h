/* What becomes of text on a VGA screen in text mode: 80 columns, 25 rows, two bytes a cell, of character and of colour.
 * Portable: the kernel's screen and a console server's. ASCII; '\n' starts a line, '\b' steps back, long lines wrap, the last
 * row scrolls. Of control sequences (ECMA-48, 8.3.117), ESC [ 30 m to ESC [ 37 m choose a colour, and others with m the usual
 * one; of several numbers the last counts. Other sequences of ESC, and of ESC [, are not shown and change nothing; a control
 * character breaks any off. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_SCREEN_COLUMNS = 80,
    TEXT_SCREEN_ROWS = 25,

    /* The cursor's registers, by index (IBM VGA: index in the first port of the controller, data in the second). */
    TEXT_SCREEN_CURSOR_HIGH = 0x0E,
    TEXT_SCREEN_CURSOR_LOW = 0x0F,
};

struct text_screen {
    uint16_t *cells;
    /* Each is read once where it is used, and only numbers in range are stored: were two to write at a time, their text would
     * mix, but stay in the cells. */
    volatile unsigned column; /* TEXT_SCREEN_COLUMNS: the next character starts a line */
    volatile unsigned row;
    volatile uint16_t colour;
    volatile uint8_t escape, number; /* of the control sequence that it is in */
};

/* Nothing is shown, and the next character comes first. */
void text_screen_clear(struct text_screen *screen);

/* What is shown stays, and the next character starts a line of its own below it. */
void text_screen_go_on(struct text_screen *screen);

void text_screen_write(struct text_screen *screen, const char *text, size_t length);

/* The cell that the cursor stands in, from the top left. */
unsigned text_screen_cursor(const struct text_screen *screen);

/* Hooks, so that each place has its fastest way: `bytes` is a multiple of 8, and `to` lies below `from`. */
void text_screen_fill(void *to, uint64_t pattern, size_t bytes);
void text_screen_copy_up(void *to, const void *from, size_t bytes);
