/* What is sent: up to MESSAGE_WORDS_MAX words and what they mean, and with them, if the receiver takes it (ipc_accept), a gift
 * of blocks or a handle; and the names by which it is sent. Portable. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MESSAGE_WORDS_MAX = 64,
    MESSAGE_WORDS_FAST = 4, /* so many are the cheapest */
};

/* What a message may carry beside words. */
enum message_carry {
    MESSAGE_GIFT = 1 << 0,   /* blocks that become the receiver's         */
    MESSAGE_HANDLE = 1 << 1, /* a handle derived from one of the sender's */
    MESSAGE_CARRIES = (1 << 2) - 1,
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

/* The sender fills in `type`, `words` and that many of `word`, `carries` (0: nothing) and what that asks for; the receiver finds
 * these, `badge` and `token`. */
struct message {
    uint64_t type;    /* what the words mean: between sender and receiver */
    uint32_t words;   /* how many                                         */
    uint32_t carries; /* a set of enum message_carry                      */
    uint64_t badge;   /* of the handle that it came through: who sent it  */
    uint64_t token;   /* for the answer; 0: none is waited for            */
    uint64_t word[MESSAGE_WORDS_MAX];

    /* Every byte of a gift is seen by whoever gets it: what is not meant for that one is to be cleared. */
    void *gift;           /* whole blocks, at their start            */
    uint64_t gift_blocks; /* how many                                */
    handle_t handle;      /* the sender's, with HANDLE_PASS; the receiver finds its own */
    uint64_t rights;      /* which of its rights the receiver gets   */
};

static_assert(offsetof(struct message, words) % sizeof(uint64_t) == 0, "words and carries are one word");
