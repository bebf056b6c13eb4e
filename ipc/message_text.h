/* Messages as text, for conversations that are played and compared (servers/README.md): a line for each that arrives, the same in
 * every mode.
 *
 *     test -> store 1: 'color' 0 0 3 'red' 0*49        a call, its type and words
 *     store => log 1: 1 'no room ' 'for colo' 'r' 0*8  what is only sent
 *     test <- store -3:                                the answer to the call, its status and words
 *     test -> store 2: 'map' 0 0 5000 + gift 2         what it carries: blocks, or a handle
 *
 * A word is a decimal number up to 9999, above that a hexadecimal one; or, where its bytes are printable up to where they
 * are 0, and it is no small number, its characters. Equal ones are counted. Of a shell, whose calls are what somebody types, also
 *
 *     test types get color      a line, on the serial line, and Enter
 *     test reads red            what is shown until the next prompt, by lines
 *
 * Portable. */
#pragma once

#include <stdbool.h>

#include "core/print.h"
#include "ipc/message.h"

/* Whether a conversation has what they tell each other, two threads by their names. Not the kernel's, nor what it is asked about memory,
 * which depends on where it is asked; nor what is between a shell and its console: that is typed, and read. */
bool message_is_heard(const char *who, const char *whom);

/* Prints the line; `how` is one of the arrows. */
void message_print(print_text *print, const char *who, const char *how, const char *whom,
                   const struct message *message);

/* Reads words as they are written, up to a '+' or the end, at most MESSAGE_WORDS_MAX; where it stopped, or NULL: that is none. */
const char *message_read(const char *text, struct message *message);

/* A number, decimal or hexadecimal after "0x"; where it stopped, or NULL: there is none, or it is too large. */
const char *message_read_number(const char *text, uint64_t *number);
