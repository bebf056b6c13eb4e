/* What a server is asked that makes mistakes on request, with something in its memory. Neither is ever answered.
 *
 *   faulty_write    writes where nothing is
 *   faulty_execute  runs what is no instruction */
#pragma once

#include "servers/library/messages.h"

/* clang-format off */
#define FAULTY_MESSAGES(X)                                                                                           \
    X(1, faulty_write, ASK(uint64_t address;), ANSWER())                                                             \
    X(2, faulty_execute, ASK(), ANSWER())
/* clang-format on */

FAULTY_MESSAGES(MESSAGE_DECLARE)
