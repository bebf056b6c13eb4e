/* Who waits for whom, who goes on, and who gets which message: the rules of calls, once. Portable, with all state in what is
 * passed; nothing is copied and nobody is switched here: ipc/ipc.c does what the verdict says. One change at a time.
 *
 * A party is a thread as these rules see it. An endpoint is where one party, the receiver, takes messages; it outlives its
 * receiver, and may be given another one.
 *
 *   state                  waits for                                     left by
 *   PARTY_ACTIVE           nobody                                        what it does itself
 *   PARTY_RECEIVING        a message at its endpoint                     a message, expiry
 *   PARTY_SENDING          the receiver of `at` to take its message      that, expiry, the receiver's end
 *   PARTY_CALLING          the same, and then for an answer              the same
 *   PARTY_AWAITING         an answer of `partner`                        that, expiry, the partner's end
 *
 * A receiver takes waiting messages by the priority of who sent them, those of one priority in order. Whoever is waited for
 * runs at least with the priority of who waits, along the chain of waiting, for ENDPOINT_CHAIN_MAX parties. Nobody may begin to
 * wait where that chain leads back to it, or is longer.
 *
 *   I1  Who is SENDING or CALLING is once in the queue of its endpoint, in the ring of its priority, and nobody else is.
 *   I2  Who is AWAITING is once among the callers of its partner, and nobody else is.
 *   I3  Who is RECEIVING has an endpoint, whose queue is empty.
 *   I4  A party has the highest of its own priority and of those who wait for it. More than ENDPOINT_CHAIN_MAX parties away
 *       from a change it may keep a higher one, for as long as somebody waits for it.
 *   I5  An endpoint and its receiver know each other; without one its queue is empty.
 *   I6  No chain of waiting closes.
 *   I7  What `meets` and `parts` promise is so. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ENDPOINT_PRIORITIES = 32,
    ENDPOINT_CHAIN_MAX = 16,
};

enum party_state { PARTY_ACTIVE, PARTY_RECEIVING, PARTY_SENDING, PARTY_CALLING, PARTY_AWAITING };

struct party {
    struct party *next, *prev; /* in the ring of a queue, or among the callers of its partner */
    struct party *partner;     /* of whom it waits, while AWAITING                            */
    struct endpoint *at;       /* where it is queued, while SENDING or CALLING                */
    struct endpoint *own;      /* where it receives; NULL: nowhere                            */
    struct party *callers;     /* those AWAITING it, a ring; NULL: nobody                     */
    uint64_t calls;            /* that it has made: the token of the answer to the last one   */
    uint8_t state;             /* enum party_state                                            */
    int8_t base;               /* its own priority, 0 to ENDPOINT_PRIORITIES - 1              */
    int8_t priority;           /* what it runs with: `base`, or that of who waits for it      */
    int8_t lent;               /* to whom it waits for; -1: nothing, as that would not lift it, or nobody */
    uint32_t bit;              /* of `priority`; 0: it is never usual                         */
    uint32_t below;            /* those of all lower ones, or all bits                        */
    /* While its answer to its only caller is usual, the bit of that one; else 0. */
    uint32_t parts;
    uint32_t lenders; /* a bit for each priority that is lent to it */
    uint16_t lent_count[ENDPOINT_PRIORITIES];
};

struct endpoint {
    struct party *receiver; /* NULL: who calls is told so at once */
    uint32_t filled;        /* a bit for each ring that is not empty */
    uint32_t meets;         /* while a call to it is usual, the bit of the receiver; else 0 */
    uint32_t events;        /* not 0: the receiver is to see to something else before it takes the next one */
    struct party *queue[ENDPOINT_PRIORITIES];
};

/* What is to be done. `other` is the party that it is about. */
enum verdict_kind {
    VERDICT_REFUSED,   /* nothing has changed; `status` says why                                       */
    VERDICT_WAITS,     /* the caller of the function stops; there is nothing to copy                   */
    VERDICT_DELIVERED, /* `other` gets the caller's message and goes on; so does the caller if ACTIVE  */
    VERDICT_TAKEN,     /* the caller gets the message of `other`, and goes on; so does `other` if ACTIVE */
};

struct verdict {
    enum verdict_kind kind;
    int status;
    struct party *other;
};

/* The usual cases, whose cost counts, inline. All that makes them usual is known beforehand, by whoever changes it, and kept in
 * one word, `meets` or `parts`, to be compared with what only the moment tells: `ready`, the bits of the priorities at
 * which somebody else would run. A bit that is higher than all of these says that, and is not 0.
 *
 * A call: a receiver without callers, whose own priority is not exceeded, waits patiently for just a message. endpoint_send
 * and endpoint_patient do the same, for who finds that it is so. */
static inline bool endpoint_meets(const struct endpoint *endpoint, const struct party *self, uint32_t ready)
{
    return (ready | self->below) < endpoint->meets;
}

static inline struct party *endpoint_meet(struct endpoint *endpoint, struct party *self)
{
    struct party *receiver = endpoint->receiver;
    endpoint->meets = 0;
    receiver->state = PARTY_ACTIVE;
    receiver->callers = self;
    receiver->parts = self->bit;
    self->partner = receiver;
    self->state = PARTY_AWAITING;
    self->calls++;
    return receiver;
}

/* Whether `caller` waits for the answer of `self` to its call of that number. */
static inline bool endpoint_awaits(const struct party *caller, const struct party *self, uint64_t calls)
{
    return caller->state == PARTY_AWAITING && caller->partner == self && caller->calls == calls;
}

/* An answer, and to wait for the next message: who has asked waits patiently and alone, nobody is queued, there is nothing else to
 * see to, and no priority is lent. NULL where it is not so. endpoint_reply, endpoint_receive and endpoint_patient do the same. */
static inline struct party *endpoint_parts(const struct party *self, uint64_t calls, uint32_t ready)
{
    return ready < self->parts && self->callers->calls == calls ? self->callers : NULL;
}

static inline void endpoint_part(struct party *self, struct party *caller)
{
    self->callers = NULL;
    self->parts = 0;
    caller->state = PARTY_ACTIVE;
    self->state = PARTY_RECEIVING;
    self->own->meets = self->bit;
}

/* Told when `priority` of a party has changed. Resolved at link time. */
void party_repriced(struct party *party);

/* A party that is active and waits for nobody. Where another one has been, `calls` must go on from its number, or its tokens
 * would be good for calls of the new one. */
void party_init(struct party *party, int8_t priority);

/* Whether what the party does may be usual at all; so it is at first. To be changed while it is active and nobody's. */
void party_may_be_usual(struct party *party, bool usual);

/* Gives an endpoint its receiver; false, and nothing has changed, when it has one or the party has an endpoint. */
bool endpoint_bind(struct endpoint *endpoint, struct party *receiver);

/* `self`, active, sends to the endpoint, and for a call waits for the answer. `may_wait`: else it is refused where nobody is
 * RECEIVING. Refused too with -EDEAD where there is no receiver, and -ECYCLE where waiting would never end. */
struct verdict endpoint_send(struct endpoint *endpoint, struct party *self, bool call, bool may_wait);

/* `self`, active, takes the first message of its endpoint, or waits for one if it may. Refused with -EINVARG without an
 * endpoint, -ETIMEDOUT where it may not wait. */
struct verdict endpoint_receive(struct party *self, bool may_wait);

/* `self` answers `caller`, whose call it has taken: -EINVARG when that does not wait for it, or not by call number
 * `calls`. */
struct verdict endpoint_reply(struct party *self, struct party *caller, uint64_t calls);

/* There is something that the party, not RECEIVING, is to see to before it takes its next message: `events` of its endpoint says so
 * until who receives for it has cleared that. */
void endpoint_disturb(struct party *self);

/* `self`, RECEIVING or AWAITING, does so without end and for nothing else: whoever answers that need not ask for more. */
void endpoint_patient(struct party *self);

/* The party does not wait any more, whatever for; it is active. */
void endpoint_expire(struct party *party);

/* The party ends. To be called until it returns NULL: each party returned has waited for it in vain, and is active now. After
 * that nothing leads to it, and its endpoint has no receiver. */
struct party *endpoint_end(struct party *party);

/* The first of I1 to I7 that does not hold for any of the parties and endpoints, or NULL. For tests. */
struct endpoint_world {
    struct party *parties;
    size_t party_count;
    struct endpoint *endpoints;
    size_t endpoint_count;
};
const char *endpoint_check(const struct endpoint_world *world);
