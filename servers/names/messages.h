/* What names is asked: who is where, for those who are not in the manifest together. A name is at most NAMES_BYTES - 1 characters, and
 * ends with '\0'.
 *
 *   names_publish   with a handle that may be handed on (HANDLE_PASS): whoever asks for the name gets one derived from it.
 *                   -EPERM: the name is there already, or that is not such a handle
 *   names_find      the answer carries the handle, with its other rights. -EINVARG: there is no such name
 *   names_withdraw  by whoever has published it; what was handed out is taken back */
#pragma once

#include "servers/library/messages.h"

enum { NAMES_BYTES = 24 };

/* clang-format off */
#define NAMES_MESSAGES(X)                                                                                            \
    X(1, names_publish, ASK(char name[NAMES_BYTES];), ANSWER())                                                      \
    X(2, names_find, ASK(char name[NAMES_BYTES];), ANSWER())                                                         \
    X(3, names_withdraw, ASK(char name[NAMES_BYTES];), ANSWER())
/* clang-format on */

NAMES_MESSAGES(MESSAGE_DECLARE)
