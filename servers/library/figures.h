/* What the kernel is asked about memory (ipc/figures.h), by the handle that the manifest calls FIGURES_HANDLE. */
#pragma once

#include "ipc/figures.h"
#include "servers/library/messages.h"

/* clang-format off */
#define FIGURES_MESSAGES(X)                                                                                          \
    X(FIGURES_TOTALS, figures_totals, ASK(), ANSWER(struct figures_of_totals is;))                                      \
    X(FIGURES_OWNER, figures_owner, ASK(uint64_t slot;), ANSWER(struct figures_of_owner is;))                           \
    X(FIGURES_CLASS, figures_class, ASK(uint64_t slot; uint64_t class;), ANSWER(struct figures_of_class is;))           \
    X(FIGURES_PICTURE, figures_picture, ASK(uint64_t cell; uint64_t cells;), ANSWER(struct figures_of_picture is;))     \
    X(FIGURES_MAP, figures_map, ASK(uint64_t number;), ANSWER(struct figures_of_range is;))                            \
    X(FIGURES_PLAN, figures_plan, ASK(uint64_t number;), ANSWER(struct figures_of_place is;))
/* clang-format on */

FIGURES_MESSAGES(MESSAGE_DECLARE)
