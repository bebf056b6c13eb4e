/* What is sent, up to MESSAGE_WORDS_MAX words and what they mean, and the names by which it is sent. Portable. */
#pragma once

#include <stdint.h>

enum {
    MESSAGE_WORDS_MAX = 64,
    MESSAGE_WORDS_FAST = 4, /* so many are the cheapest */
};

/* A server's own name for where it may send: the number of a handle. Which use of which slot, never 0. */
typedef uint64_t handle_t;

enum { HANDLE_SLOT_BITS = 16 };

enum handle_right {
    HANDLE_CALL = 1 << 0,
    HANDLE_SEND = 1 << 1,
    HANDLE_NOTIFY = 1 << 2,
    HANDLE_PASS = 1 << 3, /* may be handed on */
    HANDLE_RIGHTS = (1 << 4) - 1,
};

/* The sender fills in `type`, `words` and that many of `word`; the receiver finds these, `badge` and `token`. */
struct message {
    uint64_t type;  /* what the words mean: between sender and receiver      */
    uint64_t words; /* how many                                              */
    uint64_t badge; /* of the handle that it came through: who sent it       */
    uint64_t token; /* for the answer; 0: none is waited for                 */
    uint64_t word[MESSAGE_WORDS_MAX];
};
