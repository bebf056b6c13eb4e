/* What the log is asked. It keeps the last LOG_LINES lines, each with a number that only grows.
 *
 *   log_write   may be sent as well as called; who has written is known by the badge
 *   log_read    the first line from number `from` on, of that level or more urgent, that is still kept; -EINVARG: there is none */
#pragma once

#include "servers/library/messages.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DETAIL };

enum { LOG_LINES = 64, LOG_TEXT_BYTES = 88, LOG_NAME_BYTES = 16 };

/* clang-format off */
#define LOG_MESSAGES(X)                                                                                              \
    X(1, log_write, ASK(uint64_t level; char text[LOG_TEXT_BYTES];), ANSWER())                                       \
    X(2, log_read, ASK(uint64_t from; uint64_t level;),                                                              \
      ANSWER(uint64_t number; uint64_t level; char who[LOG_NAME_BYTES]; char text[LOG_TEXT_BYTES];))
/* clang-format on */

LOG_MESSAGES(MESSAGE_DECLARE)

/* Writes a line, of which what fits is kept. Returns when the log has it: 0, or why not. */
int log_line(handle_t log, enum log_level level, const char *text);
