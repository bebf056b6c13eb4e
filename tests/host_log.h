/* What servers say to each other, as text: a line for each message that arrives, the same in every mode.
 *
 *     test -> store 1: 'color' 0 0 3 'red' 0*49       a call, its type and words
 *     store => log 1: 1 'no room ' 'for colo' 'r' 0*8  what is only sent
 *     test <- store -3:                                the answer to the call, its status and words
 *     test -> store 2: 'map' 0 0 5000 + gift 2         what it carries: blocks, or a handle
 *
 * A word is a decimal number up to 9999, above that a hexadecimal one; or, where its bytes are printable up to where they
 * are 0, and it is no small number, its characters. Equal ones are counted. */
#pragma once

#include <stddef.h>

#include "ipc/message.h"

struct host_thread;

enum { HOST_LOG_BYTES = 1 << 16 };

extern char host_log_text[HOST_LOG_BYTES];

void host_log_clear(void);

/* A line of its own. */
void host_log_line(const char *line);

void host_log(const char *how, const char *who, const char *whom, const struct message *message);

/* Reads words as they are written, up to a '+' or the end, at most MESSAGE_WORDS_MAX; where it stopped, or NULL: that is none. */
const char *host_log_words(const char *text, struct message *message);

/* The thread of that number, asked at link time; NULL: there is none. */
struct host_thread *host_numbered(uint64_t number);
