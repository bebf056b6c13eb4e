/* What is sent: up to MESSAGE_WORDS_MAX words and what they mean. Portable. */
#pragma once

#include <stdint.h>

enum {
    MESSAGE_WORDS_MAX = 64,
    MESSAGE_WORDS_FAST = 4, /* so many are the cheapest */
};

/* The sender fills in `type`, `words` and that many of `word`; the receiver finds these, `badge` and `token`. */
struct message {
    uint64_t type;  /* what the words mean: between sender and receiver      */
    uint64_t words; /* how many                                              */
    uint64_t badge; /* of the handle that it came through: who sent it       */
    uint64_t token; /* for the answer; 0: none is waited for                 */
    uint64_t word[MESSAGE_WORDS_MAX];
};
