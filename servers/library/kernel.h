/* What the kernel is asked (ipc/kernel_service.h), by the handle that the manifest calls KERNEL_HANDLE. */
#pragma once

#include "ipc/kernel_service.h"
#include "servers/library/messages.h"

/* clang-format off */
#define KERNEL_MESSAGES(X)                                                                                           \
    X(KERNEL_RUN, kernel_run, ASK(char line[KERNEL_LINE_BYTES];), ANSWER(uint64_t failed;))                          \
    X(KERNEL_COMMAND, kernel_command, ASK(uint64_t number;), ANSWER(char name[KERNEL_NAME_BYTES];))                  \
    X(KERNEL_FAILED, kernel_failed, ASK(), ANSWER())
/* clang-format on */

KERNEL_MESSAGES(MESSAGE_DECLARE)
