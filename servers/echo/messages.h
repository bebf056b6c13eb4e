/* What echo is asked. Start a server with a copy of this folder (./tessera new-server). */
#pragma once

#include "servers/library/messages.h"

/* clang-format off */
#define ECHO_MESSAGES(X)                                                                                             \
    X(1, echo_say, ASK(uint64_t word[3];), ANSWER(uint64_t word[3]; uint64_t how_often;))
/* clang-format on */

ECHO_MESSAGES(MESSAGE_DECLARE)
