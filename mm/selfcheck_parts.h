/* What the short and the full self-check share: for no other file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/selfcheck.h"

/* Stands at the start of each run that the check holds, and chains the runs without other memory. */
struct held {
    struct held *next;
    size_t bytes;
    uint64_t stamp; /* also the run's last eight bytes */
};

/* Allocates and stamps `bytes`, whole blocks; NULL when nothing is long enough. */
struct held *selfcheck_hold(size_t bytes);

/* Whether both stamps still stand. */
bool selfcheck_intact(const struct held *run);

struct bad_free {
    const void *pointer;
    enum free_fault fault;
};

/* Tries `count` bad frees: whether each is refused and reported for its reason, and none has an effect. (Where the ends of
 * a long run are too far away FREE_NOT_A_START will do.) */
bool selfcheck_refused(const struct bad_free *bad, size_t count);

/* Which blocks are live and which are free, as one number. */
uint64_t selfcheck_layout(void);

/* Prints what is wrong; returns the check's status. */
int selfcheck_fail(print_fn *print, const char *sentence);

/* Small objects of every class, an owner with its quota, a gift and a reclaim. NULL, or what is wrong. */
const char *selfcheck_owners(void);
