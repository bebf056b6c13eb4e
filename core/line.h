/* A line editor for a terminal without interrupts or buffers: one key in, what to echo out. Portable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/print.h"

enum { LINE_BYTES = 128 }; /* NUL included */

enum line_event {
    LINE_MORE,
    LINE_DONE,     /* text holds the line, without its end                          */
    LINE_TOO_LONG, /* the line has ended, but text holds only its beginning         */
};

enum line_escape { ESCAPE_NONE, ESCAPE_STARTED, ESCAPE_SEQUENCE };

struct line {
    char text[LINE_BYTES]; /* NUL-terminated at any time */
    size_t length;
    bool too_long;
    bool after_return;       /* the last key was CR: an LF now belongs to it */
    enum line_escape escape; /* in a key such as ESC [ A, which is ignored   */
};

/* Starts an empty line; remembers only that the last key was CR. */
void line_clear(struct line *line);

/* Takes one key: printable ASCII, backspace or delete, Ctrl-U (empties the line), CR, LF or CR LF (ends it); others
 * are ignored. Echoes through `print`. After LINE_DONE or LINE_TOO_LONG the caller calls line_clear. */
enum line_event line_put(struct line *line, char key, print_text *print);
