/* What the console is asked. Texts end with '\0'.
 *
 *   console_write  shows the text; above the line, if one is being typed. It is on its way when the answer comes
 *   console_read   reads a line, which holds `text` to begin with, behind `prompt`: why it has ended, and what it holds. -EPERM: somebody
 *                  else reads already, or the same server has asked anew
 *   console_flush  all has left the devices */
#pragma once

#include "servers/library/messages.h"

enum {
    CONSOLE_TEXT_BYTES = 504,
    CONSOLE_LINE_BYTES = 128,
    CONSOLE_PROMPT_BYTES = 16,
};

enum console_end {
    CONSOLE_LINE,     /* by Enter                                                                              */
    CONSOLE_TOO_LONG, /* the same, but this is only its beginning                                              */
    CONSOLE_COMPLETE, /* it has not ended: tab was pressed. The next console_read goes on where it begins, if
                         nothing was written since                                                             */
};

/* clang-format off */
#define CONSOLE_MESSAGES(X)                                                                                          \
    X(1, console_write, ASK(char text[CONSOLE_TEXT_BYTES];), ANSWER())                                               \
    X(2, console_read, ASK(char text[CONSOLE_LINE_BYTES]; char prompt[CONSOLE_PROMPT_BYTES];),                       \
      ANSWER(uint64_t end; char text[CONSOLE_LINE_BYTES];))                                                          \
    X(3, console_flush, ASK(), ANSWER())
/* clang-format on */

CONSOLE_MESSAGES(MESSAGE_DECLARE)
