/* A server (servers/parley.c) that makes every call that there is, and says how it went: the same source as a kernel thread and in
 * ring 3. For ipc/drill_parley.c, which gives it its handles, and is the judge. */
#pragma once

#include <stdbool.h>

#include "ipc/ipc.h"

enum parley_handle {
    PARLEY_ANSWER, /* answers with as many words of the next type; every right */
    PARLEY_SELF,   /* its own endpoint; every right                    */
    PARLEY_MUTE,   /* as the first one, but only to notify             */
    PARLEY_NOBODY, /* nobody receives there                            */
    PARLEY_JUDGE,  /* calls back when called, and then only sends     */
    PARLEY_HANDLES,
};

enum {
    PARLEY_VERDICT = 0x600D, /* type of its last message to the judge; word 0: the line of the first mistake, or 0 */
    PARLEY_LONG = 11,        /* words, more than registers hold */
};

/* The number of a handle that was the first one in its slot of the table. */
static inline handle_t parley_handle(enum parley_handle which)
{
    return UINT64_C(1) << HANDLE_SLOT_BITS | which;
}

/* Makes it a message of so many words, which are known by its type; nothing in it says anything of earlier ones. */
void parley_fill(struct message *message, uint64_t type, uint64_t words);

/* Whether it is that message. */
bool parley_is_filled(const struct message *message, uint64_t type, uint64_t words);

/* parley_fill with nothing. */
void parley_scrub(struct message *message);

void parley(void);
