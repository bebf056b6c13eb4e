/* A line of keys from the serial line and the keyboard, text to the serial line and the screen. While a line is being typed, other
 * text goes above it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/keyboard.h"
#include "core/ring.h"
#include "core/text_screen.h"
#include "core/uart.h"
#include "servers/console/edit.h"
#include "servers/console/messages.h"

struct terminal {
    struct uart uart;
    struct keyboard keyboard;
    struct text_screen screen; /* without cells: there is none */
    struct edit edit;
    struct ring typed; /* while nobody reads */
    uint8_t typed_bytes[256];
    char prompt[CONSOLE_PROMPT_BYTES];
    bool reading; /* somebody waits for a line                       */
    bool shown;   /* prompt and line are: while reading, and after a tab */
};

/* Takes over the devices. Once, first; the terminal is all 0. */
void terminal_begin(struct terminal *terminal);

/* Shows text; above the line, if one is being typed. */
void terminal_write(struct terminal *terminal, const char *text, size_t length);

/* Whether all of it has left. To be called until it has. */
bool terminal_flushed(struct terminal *terminal);

/* Begins to read a line, which holds `text` to begin with, behind the prompt, shorter than CONSOLE_PROMPT_BYTES; goes on where a tab
 * has ended the last one and nothing was written since. */
void terminal_read(struct terminal *terminal, const char *text, const char *prompt);

/* Takes keys until the line that is read has ended: then true, and why; edit.text is what it holds. */
bool terminal_next(struct terminal *terminal, enum console_end *end);

/* Takes what the devices have: on their interrupts, or at any other time. */
void terminal_take(struct terminal *terminal);
