#include "ipc/endpoint.h"

#include "core/status.h"

enum { LENT_NOTHING = -1 };

/* The remainder costs no instruction: a shift takes no more bits of its count. */
static uint32_t bit_of(int priority)
{
    return UINT32_C(1) << ((unsigned)priority % ENDPOINT_PRIORITIES);
}

/* Rings */

static void ring_add(struct party **ring, struct party *party)
{
    struct party *first = *ring;
    if (first == NULL) {
        *ring = party->next = party->prev = party;
        return;
    }
    struct party *last = first->prev;
    party->next = first;
    party->prev = last;
    last->next = party;
    first->prev = party;
}

/* Who is in no ring is one of its own. */
static void ring_remove(struct party **ring, struct party *party)
{
    struct party *next = party->next, *prev = party->prev;
    party->next = party->prev = party;
    if (next == party) {
        *ring = NULL;
        return;
    }
    next->prev = prev;
    prev->next = next;
    if (*ring == party) {
        *ring = next;
    }
}

static void enqueue(struct endpoint *endpoint, struct party *party)
{
    ring_add(&endpoint->queue[party->priority], party);
    endpoint->filled |= bit_of(party->priority);
}

static void dequeue(struct endpoint *endpoint, struct party *party)
{
    size_t priority = (size_t)party->priority;
    ring_remove(&endpoint->queue[priority], party);
    if (endpoint->queue[priority] == NULL) {
        endpoint->filled &= ~bit_of(party->priority);
    }
}

/* Priorities */

/* For whom a party waits; NULL: for nobody in particular. */
static struct party *waits_for(const struct party *party)
{
    switch ((enum party_state)party->state) {
    case PARTY_SENDING:
    case PARTY_CALLING: return party->at->receiver;
    case PARTY_AWAITING: return party->partner;
    case PARTY_ACTIVE:
    case PARTY_RECEIVING: break;
    }
    return NULL;
}

static void set_priority(struct party *party, int8_t priority)
{
    party->priority = priority;
    if (party->bit != 0) {
        party->bit = bit_of(priority);
        party->below = party->bit - 1;
    }
}

static int8_t highest(const struct party *party)
{
    int lent = party->lenders == 0 ? LENT_NOTHING : ENDPOINT_PRIORITIES - 1 - __builtin_clz(party->lenders);
    return (int8_t)(lent > party->base ? lent : party->base);
}

static void take_back(struct party *borrower, int8_t lent)
{
    if (lent != LENT_NOTHING && --borrower->lent_count[lent] == 0) {
        borrower->lenders &= ~bit_of(lent);
    }
}

/* What would not lift the borrower even alone is not lent: it need not be taken back then. */
static void lend(struct party *lender, struct party *borrower)
{
    lender->lent = LENT_NOTHING;
    if (lender->priority > borrower->base) {
        lender->lent = lender->priority;
        borrower->lent_count[lender->lent]++;
        borrower->lenders |= bit_of(lender->lent);
    }
}

/* A party's lenders have changed: so may its priority, and that of those for whom it waits in turn. */
static void reprice(struct party *party)
{
    int8_t priority = highest(party);
    for (size_t i = 0; i < ENDPOINT_CHAIN_MAX && party->priority != priority; i++) {
        struct party *borrower = waits_for(party);
        bool queued = party->state == PARTY_SENDING || party->state == PARTY_CALLING;
        if (queued) {
            dequeue(party->at, party);
        }
        set_priority(party, priority);
        if (queued) {
            enqueue(party->at, party);
        }
        party_repriced(party);
        if (borrower == NULL) {
            return;
        }
        borrower->parts = 0;
        take_back(borrower, party->lent);
        lend(party, borrower);
        party = borrower;
        priority = highest(party);
    }
}

/* `party` does not wait for `borrower` any more. That asks for a new price also where nothing is lent: a long chain may have
 * ended the last change before it got here. */
static void settle(struct party *party, struct party *borrower)
{
    take_back(borrower, party->lent);
    party->lent = LENT_NOTHING;
    reprice(borrower);
}

/* Waiting */

static void queue_up(struct endpoint *endpoint, struct party *self, bool call)
{
    self->state = call ? PARTY_CALLING : PARTY_SENDING;
    self->at = endpoint;
    enqueue(endpoint, self);
    endpoint->receiver->parts = 0;
    lend(self, endpoint->receiver);
    reprice(endpoint->receiver);
}

static void await(struct party *self, struct party *partner)
{
    self->state = PARTY_AWAITING;
    self->partner = partner;
    ring_add(&partner->callers, self);
    partner->parts = 0;
    lend(self, partner);
    reprice(partner);
}

/* Whether `self` may wait for `party`: the chain from there must end, not too far away, and elsewhere. */
static bool may_wait_for(const struct party *self, const struct party *party)
{
    for (size_t i = 0; i < ENDPOINT_CHAIN_MAX; i++) {
        if (party == self) {
            return false;
        }
        party = waits_for(party);
        if (party == NULL) {
            return true;
        }
    }
    return false;
}

static struct verdict refused(int status)
{
    return (struct verdict){VERDICT_REFUSED, status, NULL};
}

/* The rules */

void party_init(struct party *party, int8_t priority)
{
    *party = (struct party){.base = priority, .bit = 1, .lent = LENT_NOTHING};
    party->next = party->prev = party;
    set_priority(party, priority);
}

void party_may_be_usual(struct party *party, bool usual)
{
    party->bit = usual;
    party->below = UINT32_MAX;
    set_priority(party, party->priority);
}

bool endpoint_bind(struct endpoint *endpoint, struct party *receiver)
{
    if (endpoint->receiver != NULL || receiver->own != NULL) {
        return false;
    }
    endpoint->receiver = receiver;
    endpoint->events = 0;
    receiver->own = endpoint;
    return true;
}

struct verdict endpoint_send(struct endpoint *endpoint, struct party *self, bool call, bool may_wait)
{
    struct party *receiver = endpoint->receiver;
    if (receiver == NULL) {
        return refused(-EDEAD);
    }
    if (receiver->state == PARTY_RECEIVING) {
        self->calls += call;
        endpoint->meets = 0;
        receiver->state = PARTY_ACTIVE;
        if (call) {
            await(self, receiver);
        }
        return (struct verdict){VERDICT_DELIVERED, 0, receiver};
    }
    if (!may_wait) {
        return refused(-ETIMEDOUT);
    }
    if (!may_wait_for(self, receiver)) {
        return refused(-ECYCLE);
    }
    self->calls += call;
    queue_up(endpoint, self, call);
    return (struct verdict){VERDICT_WAITS, 0, receiver};
}

struct verdict endpoint_receive(struct party *self, bool may_wait)
{
    struct endpoint *endpoint = self->own;
    if (endpoint == NULL) {
        return refused(-EINVARG);
    }
    if (endpoint->filled == 0) {
        if (!may_wait) {
            return refused(-ETIMEDOUT);
        }
        self->state = PARTY_RECEIVING;
        return (struct verdict){VERDICT_WAITS, 0, NULL};
    }
    struct party *sender = endpoint->queue[ENDPOINT_PRIORITIES - 1 - __builtin_clz(endpoint->filled)];
    bool call = sender->state == PARTY_CALLING;
    dequeue(endpoint, sender);
    sender->state = PARTY_ACTIVE;
    if (call) { /* what it has lent stays lent */
        sender->state = PARTY_AWAITING;
        sender->partner = self;
        ring_add(&self->callers, sender);
    } else {
        settle(sender, self);
    }
    return (struct verdict){VERDICT_TAKEN, 0, sender};
}

struct verdict endpoint_reply(struct party *self, struct party *caller, uint64_t calls)
{
    if (!endpoint_awaits(caller, self, calls)) {
        return refused(-EINVARG);
    }
    endpoint_expire(caller);
    return (struct verdict){VERDICT_DELIVERED, 0, caller};
}

/* Nothing is lent to it, nobody is queued at its endpoint, there is nothing else to see to. */
static bool is_at_ease(const struct party *party)
{
    return party->priority == party->base && (party->own->filled | party->own->events) == 0;
}

void endpoint_disturb(struct party *self)
{
    if (self->own != NULL) {
        self->own->events = 1;
        self->parts = 0;
    }
}

void endpoint_patient(struct party *self)
{
    if (self->state == PARTY_RECEIVING) {
        self->own->meets = self->callers == NULL ? self->bit : 0;
    } else if (self->state == PARTY_AWAITING) {
        struct party *partner = self->partner;
        partner->parts = partner->callers == self && self->next == self && is_at_ease(partner) ? self->bit : 0;
    }
}

void endpoint_expire(struct party *party)
{
    struct party *borrower = waits_for(party);
    if (party->state == PARTY_RECEIVING) {
        party->own->meets = 0;
    }
    if (borrower == NULL) {
        party->state = PARTY_ACTIVE;
        return;
    }
    borrower->parts = 0;
    if (party->state == PARTY_AWAITING) {
        ring_remove(&borrower->callers, party);
    } else {
        dequeue(party->at, party);
    }
    party->state = PARTY_ACTIVE;
    settle(party, borrower);
}

struct party *endpoint_end(struct party *party)
{
    struct endpoint *endpoint = party->own;
    endpoint_expire(party);
    struct party *victim = party->callers;
    if (victim == NULL && endpoint != NULL && endpoint->filled != 0) {
        victim = endpoint->queue[__builtin_ctz(endpoint->filled)];
    }
    if (victim != NULL) {
        endpoint_expire(victim);
        return victim;
    }
    if (endpoint != NULL) {
        endpoint->receiver = NULL;
        party->own = NULL;
    }
    return NULL;
}
