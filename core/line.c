#include "core/line.h"

enum {
    KEY_BACKSPACE = 0x08,
    KEY_KILL = 0x15, /* Ctrl-U */
    KEY_ESCAPE = 0x1B,
    KEY_DELETE = 0x7F,
};

void line_clear(struct line *line)
{
    bool after_return = line->after_return;
    *line = (struct line){.after_return = after_return};
}

static void rub_out(struct line *line, print_text *print)
{
    if (line->length > 0) {
        line->text[--line->length] = '\0';
        print("\b \b");
    }
}

static void append(struct line *line, char key, print_text *print)
{
    if (line->length == LINE_BYTES - 1) {
        line->too_long = true; /* said when the line ends; what does not fit is not echoed */
        return;
    }
    line->text[line->length++] = key;
    line->text[line->length] = '\0';
    print("%c", key);
}

/* ECMA-48, 5.4: ESC [, parameters, and a last byte from '@' to '~'. Whether `key` belongs to one. */
static bool in_escape(struct line *line, char key)
{
    switch (line->escape) {
    case ESCAPE_STARTED: line->escape = key == '[' || key == 'O' ? ESCAPE_SEQUENCE : ESCAPE_NONE; return true;
    case ESCAPE_SEQUENCE:
        if (key < ' ' || (key >= '@' && key <= '~')) { /* a control key breaks it off, and keeps its meaning */
            line->escape = ESCAPE_NONE;
        }
        return key >= ' ';
    default: line->escape = key == KEY_ESCAPE ? ESCAPE_STARTED : ESCAPE_NONE; return key == KEY_ESCAPE;
    }
}

static enum line_event end(struct line *line, print_text *print)
{
    print("\n");
    return line->too_long ? LINE_TOO_LONG : LINE_DONE;
}

enum line_event line_put(struct line *line, char key, print_text *print)
{
    bool second_half = key == '\n' && line->after_return;
    line->after_return = key == '\r';
    if (second_half) {
        return LINE_MORE;
    }
    if (key == '\r' || key == '\n') {
        return end(line, print);
    }
    if (in_escape(line, key)) {
        return LINE_MORE;
    }
    if (key == KEY_BACKSPACE || key == KEY_DELETE) {
        rub_out(line, print);
    } else if (key == KEY_KILL) {
        while (line->length > 0) {
            rub_out(line, print);
        }
        line->too_long = false;
    } else if (key >= ' ' && key <= '~') {
        append(line, key, print);
    }
    return LINE_MORE;
}
