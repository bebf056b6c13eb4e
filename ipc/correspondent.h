/* What a thread has for calls, for ipc/ipc.c and ipc/syscall.c. With interrupts masked, but for what is the thread's own. */
#pragma once

#include <assert.h>

#include "core/cpu.h"
#include "core/thread_state.h"
#include "ipc/setup.h"

#define LIKELY(condition) __builtin_expect((condition), 1)

enum { TOKEN_CALL_BITS = 48 }; /* of a token, which call it answers; above them, the slot of who has asked */

/* ipc/enter.asm: interrupts off, the message in registers but for what follows. Does not come back to who calls it. */
typedef int64_t (*arrival)(uint64_t token, struct thread *self, uint64_t badge);
int64_t ipc_arrive(uint64_t token, struct thread *self, uint64_t badge);
int64_t ipc_arrive_user(uint64_t token, struct thread *self, uint64_t badge);
int64_t ipc_arrive_in_memory(uint64_t token, struct thread *self, uint64_t badge);

/* In the record of a thread. */
struct correspondent {
    struct party party;
    struct message *message;      /* in ring 3 its page, if it has one; else its own while it waits */
    arrival arrive;               /* how it goes on with a message in registers...                  */
    arrival arrive_usually;       /* ...and how, unless it waits elsewhere than usual               */
    struct handle_table *handles; /* what it can name                                               */
    uint64_t badge;               /* while it waits to send: of the handle                          */
    int64_t status;               /* how its wait ended, if it was not expiry                       */
    struct address_space *space;  /* of ring 3: where its window is; NULL: none                     */
    const struct io_table *io;    /* its devices; NULL: none                                        */
    uint32_t accepts;             /* a set of enum message_carry: what it takes                     */
    uint32_t accepts_blocks;      /* of a gift, at most                                             */
};
static_assert(sizeof(struct correspondent) <= THREAD_IPC_BYTES, "a thread has room for it");
static_assert(offsetof(struct thread, ipc) == 0 && offsetof(struct correspondent, party) == 0 &&
                  offsetof(struct correspondent, message) == THREAD_AT_MESSAGE &&
                  offsetof(struct correspondent, arrive) == THREAD_AT_ARRIVE,
              "ipc/enter.asm and ipc/syscall.asm look there");
static_assert(offsetof(struct message, type) == 0 && offsetof(struct message, words) == 8 &&
                  offsetof(struct message, badge) == 16 && offsetof(struct message, token) == 24 &&
                  offsetof(struct message, word) == 32 && MESSAGE_WORDS_FAST == 4,
              "ipc/registers.inc has them too");

static inline struct correspondent *correspondent_of(struct thread *thread)
{
    return (struct correspondent *)thread->ipc;
}

/* The calling thread's message page, which does not change once it runs; NULL: it has none. */
static inline struct message *ipc_page(void)
{
    return correspondent_of(thread_current(percpu_here()))->message;
}

/* And its space, if it has a window; else NULL. */
static inline struct address_space *ipc_window(void)
{
    return correspondent_of(thread_current(percpu_here()))->space;
}

static inline struct correspondent *of_party(struct party *party)
{
    return (struct correspondent *)party;
}

static inline struct thread *thread_of_party(struct party *party)
{
    return (struct thread *)party;
}

/* Copies `words` words, as many as were found to be right: ring 3 may change its page meanwhile. */
static inline void copy_words(struct message *to, const struct message *from, uint64_t words)
{
    to->type = from->type;
    *(uint64_t *)&to->words = words; /* and nothing is carried */
    if (LIKELY(words == MESSAGE_WORDS_FAST)) {
        to->word[0] = from->word[0];
        to->word[1] = from->word[1];
        to->word[2] = from->word[2];
        to->word[3] = from->word[3];
    } else {
        cpu_copy_words(to->word, from->word, words);
    }
}

/* How many words the message has, and above 32 bits what it carries: read once. Those of ring 3 are checked where they are
 * used. At most MESSAGE_WORDS_MAX: it has so many, and carries nothing. */
static inline uint64_t words_of(const struct message *message)
{
    return *(const volatile uint64_t *)&message->words;
}

/* ipc_call and ipc_reply_receive without end (ipc/ipc_usual.c): interrupts off, the message in registers, and of `words`, more than
 * four, the rest in memory. Where it is not usual, ipc/syscall.asm brings all of it to memory, for those below. What is unused
 * stands for registers, so that `self` is in the one where it is least in the way. */
int64_t ipc_call_usually(handle_t to, uint64_t unused, uint64_t unused_too, struct thread *self);
int64_t ipc_call_longer(handle_t to, uint64_t words, uint64_t unused, struct thread *self);
int64_t ipc_part_usually(uint64_t token, uint64_t unused, uint64_t unused_too, struct thread *self);
int64_t ipc_part_longer(uint64_t token, uint64_t words, uint64_t unused, struct thread *self);
int64_t ipc_call_in_memory(handle_t to, uint64_t unused, uint64_t unused_too, struct thread *self);
int64_t ipc_part_in_memory(uint64_t token, uint64_t unused, uint64_t unused_too, struct thread *self);

/* The same for messages in memory, whatever the case; with interrupts off, and to be followed by ipc_finish, which says how it
 * has ended, and gives the lock back. `message` may be NULL. */
void ipc_call_otherwise(handle_t to, struct message *message, uint64_t nanoseconds);
void ipc_reply_receive_otherwise(uint64_t token, struct message *message, uint64_t nanoseconds);
int64_t ipc_finish(void);

/* ipc_notify of ring 3: interrupts are off, and stay so. */
int64_t ipc_notify_masked(handle_t to, uint64_t events);

/* What is left to do for one that goes on with its message in memory. */
int64_t ipc_arrived(struct thread *self);
