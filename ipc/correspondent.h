/* What a thread has for calls, for ipc/ipc.c and ipc/syscall.c. With interrupts masked, but for what is the thread's own. */
#pragma once

#include <assert.h>

#include "core/cpu.h"
#include "core/thread_state.h"
#include "ipc/ipc.h"

#define LIKELY(condition) __builtin_expect((condition), 1)

enum { TOKEN_SLOT_BITS = 16 }; /* of a token: the slot of who has asked */

/* In the record of a thread. */
struct correspondent {
    struct party party;
    struct message *message;      /* while it waits: its own, to be read or written   */
    struct handle_table *handles; /* what it can name                                 */
    struct message *page;         /* of a thread in ring 3                            */
    uint64_t badge;               /* while it waits to send: of the handle            */
    int64_t status;               /* how its wait ended, if it was not expiry         */
    uint64_t slot;                /* of its thread: the low bits of its tokens        */
    bool patient;                 /* while it waits: without end, so no alarm is set  */
};
static_assert(sizeof(struct correspondent) <= THREAD_IPC_BYTES, "a thread has room for it");

static inline struct correspondent *correspondent_of(struct thread *thread)
{
    return (struct correspondent *)thread->ipc;
}

/* The calling thread's message page, which does not change once it runs; NULL: it has none. */
static inline struct message *ipc_page(void)
{
    return correspondent_of(thread_current(percpu_here()))->page;
}

static inline struct correspondent *of_party(struct party *party)
{
    return (struct correspondent *)party;
}

static inline struct thread *thread_of_party(struct party *party)
{
    return (struct thread *)((char *)party - offsetof(struct thread, ipc));
}

extern uint64_t ipc_tokens; /* the last one, without its slot */

/* Copies `words` words, as many as were found to be right: ring 3 may change its page meanwhile. */
static inline void copy_words(struct message *to, const struct message *from, uint64_t words)
{
    to->type = from->type;
    to->words = words;
    if (LIKELY(words == MESSAGE_WORDS_FAST)) {
        to->word[0] = from->word[0];
        to->word[1] = from->word[1];
        to->word[2] = from->word[2];
        to->word[3] = from->word[3];
    } else {
        cpu_copy_words(to->word, from->word, words);
    }
}

/* How many words the message has: read once. Those of ring 3 are checked where they are used. */
static inline uint64_t words_of(const struct message *message)
{
    return *(const volatile uint64_t *)&message->words;
}

/* A token that was never there before. */
static inline uint64_t next_token(const struct correspondent *caller)
{
    ipc_tokens += UINT64_C(1) << TOKEN_SLOT_BITS;
    return ipc_tokens | caller->slot;
}

/* ipc_call and ipc_reply_receive where they are not usual; to be called with kernel_lock_first, which they undo. */
int ipc_call_otherwise(handle_t to, struct message *message, uint64_t nanoseconds);
int ipc_reply_receive_otherwise(uint64_t token, struct message *message, uint64_t nanoseconds);
