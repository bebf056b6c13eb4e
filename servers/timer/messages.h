/* What the timer is asked. */
#pragma once

#include "servers/library/messages.h"

/* A wait is answered when its time has come; TIMER_SLEEPERS_MAX can be at one time, -ENOMEM says that there is no room for
 * one more.
 *
 *   timer_wait     nanoseconds from when it is taken; the answer: how many others waited still
 *   timer_waiting  how many wait */
enum { TIMER_SLEEPERS_MAX = 256 };

/* clang-format off */
#define TIMER_MESSAGES(X)                                                                                            \
    X(1, timer_wait, ASK(uint64_t nanoseconds;), ANSWER(uint64_t waiting;))                                          \
    X(2, timer_waiting, ASK(), ANSWER(uint64_t count;))
/* clang-format on */

TIMER_MESSAGES(MESSAGE_DECLARE)
