/* Rules I1 to I7 of ipc/endpoint.h, looked up from the outside. Nothing is believed of what is checked: a ring that never
 * closes, or leads out of the world, is a broken rule and not a fault here. */
#include "ipc/endpoint.h"

static bool is_queued(const struct party *party)
{
    return party->state == PARTY_SENDING || party->state == PARTY_CALLING;
}

static bool is_party(const struct endpoint_world *world, const struct party *party)
{
    for (size_t i = 0; i < world->party_count; i++) {
        if (party == &world->parties[i]) {
            return true;
        }
    }
    return false;
}

/* For whom a party waits; NULL: for nobody. */
static const struct party *waits_for(const struct party *party)
{
    if (party->state == PARTY_AWAITING) {
        return party->partner;
    }
    return is_queued(party) ? party->at->receiver : NULL;
}

/* How many are in the ring; SIZE_MAX: it isn't one. Nobody is in it twice and the walk ends, since all are of the world
 * and the links agree. */
static size_t ring_length(const struct endpoint_world *world, const struct party *first)
{
    size_t length = 0;
    const struct party *party = first;
    while (party != NULL) {
        if (!is_party(world, party) || !is_party(world, party->next) || party->next->prev != party) {
            return SIZE_MAX;
        }
        length++;
        party = party->next == first ? NULL : party->next;
    }
    return length;
}

/* How many parties are in one of the two states. */
static size_t count_in(const struct endpoint_world *world, enum party_state one, enum party_state other)
{
    size_t count = 0;
    for (size_t i = 0; i < world->party_count; i++) {
        count += world->parties[i].state == one || world->parties[i].state == other;
    }
    return count;
}

/* Whether all in a ring are as they must be: queued at an endpoint with a priority. */
static bool ring_belongs(const struct endpoint *endpoint, size_t priority)
{
    const struct party *first = endpoint->queue[priority], *party = first;
    do {
        if (!is_queued(party) || party->at != endpoint || party->priority != (int)priority) {
            return false;
        }
        party = party->next;
    } while (party != first);
    return true;
}

static const char *check_queues(const struct endpoint_world *world)
{
    size_t queued = 0;
    for (size_t i = 0; i < world->endpoint_count * ENDPOINT_PRIORITIES; i++) {
        const struct endpoint *endpoint = &world->endpoints[i / ENDPOINT_PRIORITIES];
        size_t priority = i % ENDPOINT_PRIORITIES;
        size_t length = ring_length(world, endpoint->queue[priority]);
        if (length == SIZE_MAX) {
            return "I1: a ring of a queue does not close";
        }
        if ((endpoint->filled >> priority & 1) != (length != 0)) {
            return "I1: a queue does not know which of its rings are filled";
        }
        if (length != 0 && !ring_belongs(endpoint, priority)) {
            return "I1: a queue holds somebody who does not belong there";
        }
        queued += length;
    }
    return queued == count_in(world, PARTY_SENDING, PARTY_CALLING) ? NULL : "I1: somebody queued is in no queue";
}

static const char *check_callers(const struct endpoint_world *world)
{
    size_t awaiting = 0;
    for (size_t i = 0; i < world->party_count; i++) {
        const struct party *party = &world->parties[i], *caller = party->callers;
        size_t length = ring_length(world, caller);
        if (length == SIZE_MAX) {
            return "I2: the ring of a party's callers does not close";
        }
        for (size_t left = length; left > 0; left--, caller = caller->next) {
            if (caller->state != PARTY_AWAITING || caller->partner != party) {
                return "I2: among the callers is one who awaits no answer from there";
            }
        }
        awaiting += length;
    }
    return awaiting == count_in(world, PARTY_AWAITING, PARTY_AWAITING) ? NULL
                                                                       : "I2: who awaits an answer is no caller";
}

static const char *check_receivers(const struct endpoint_world *world)
{
    for (size_t i = 0; i < world->party_count; i++) {
        const struct party *party = &world->parties[i];
        if (party->state == PARTY_RECEIVING && (party->own == NULL || party->own->filled != 0)) {
            return "I3: who receives has an endpoint, whose queue is empty";
        }
    }
    return NULL;
}

/* What those who wait for a party have lent to it, priority by priority, and what it records of that. */
static bool loans_agree(const struct endpoint_world *world, const struct party *party)
{
    size_t count[ENDPOINT_PRIORITIES] = {0};
    for (size_t i = 0; i < world->party_count; i++) {
        const struct party *lender = &world->parties[i];
        bool lends = waits_for(lender) == party && lender->priority > party->base;
        if (waits_for(lender) == party && lender->lent != (lends ? lender->priority : -1)) {
            return false;
        }
        if (lends) {
            count[lender->lent]++;
        }
    }
    for (size_t i = 0; i < ENDPOINT_PRIORITIES; i++) {
        if (count[i] != party->lent_count[i] || (party->lenders >> i & 1) != (count[i] != 0)) {
            return false;
        }
    }
    return true;
}

static const char *check_priority(const struct endpoint_world *world, const struct party *party)
{
    bool waited_for = false;
    int8_t needed = party->base;
    for (size_t i = 0; i < world->party_count; i++) {
        const struct party *lender = &world->parties[i];
        if (waits_for(lender) == party) {
            waited_for = true;
            needed = lender->priority > needed ? lender->priority : needed;
        }
    }
    bool may_keep = waited_for && world->party_count > ENDPOINT_CHAIN_MAX + 1; /* else no chain gets too long */
    if (party->priority < needed || (party->priority > needed && !may_keep)) {
        return "I4: a party has not the highest priority of its own and of who waits for it";
    }
    return loans_agree(world, party) ? NULL : "I4: a party does not know what is lent to it";
}

static const char *check_priorities(const struct endpoint_world *world)
{
    const char *broken = NULL;
    for (size_t i = 0; i < world->party_count && broken == NULL; i++) {
        broken = check_priority(world, &world->parties[i]);
    }
    return broken;
}

static const char *check_endpoints(const struct endpoint_world *world)
{
    for (size_t i = 0; i < world->endpoint_count; i++) {
        const struct endpoint *endpoint = &world->endpoints[i];
        if (endpoint->receiver == NULL && endpoint->filled != 0) {
            return "I5: an endpoint without a receiver has an empty queue";
        }
        if (endpoint->receiver != NULL && endpoint->receiver->own != endpoint) {
            return "I5: an endpoint and its receiver know each other";
        }
    }
    for (size_t i = 0; i < world->party_count; i++) {
        const struct party *party = &world->parties[i];
        if (party->own != NULL && party->own->receiver != party) {
            return "I5: an endpoint and its receiver know each other";
        }
    }
    return NULL;
}

static const char *check_chains(const struct endpoint_world *world)
{
    for (size_t i = 0; i < world->party_count; i++) {
        const struct party *party = &world->parties[i];
        for (size_t left = world->party_count; party != NULL; left--) {
            if (left == 0) {
                return "I6: a chain of waiting closes";
            }
            party = waits_for(party);
        }
    }
    return NULL;
}

/* That nothing is lent follows from these: I4. The bit is that of a party's priority, if it is one that may be usual. */
static bool is_bit_of(const struct party *party, uint32_t bit)
{
    return bit == UINT32_C(1) << party->priority && party->bit == bit && party->below == bit - 1;
}

static bool meets_truly(const struct endpoint *endpoint)
{
    const struct party *receiver = endpoint->receiver;
    return receiver != NULL && receiver->state == PARTY_RECEIVING && receiver->callers == NULL &&
           is_bit_of(receiver, endpoint->meets);
}

static bool parts_truly(const struct party *party)
{
    const struct party *caller = party->callers;
    return caller != NULL && caller->next == caller && caller->lent < 0 && party->own != NULL &&
           party->own->filled == 0 && is_bit_of(caller, party->parts);
}

static const char *check_promises(const struct endpoint_world *world)
{
    for (size_t i = 0; i < world->endpoint_count; i++) {
        if (world->endpoints[i].meets != 0 && !meets_truly(&world->endpoints[i])) {
            return "I7: a call is called usual that is not";
        }
    }
    for (size_t i = 0; i < world->party_count; i++) {
        if (world->parties[i].parts != 0 && !parts_truly(&world->parties[i])) {
            return "I7: an answer is called usual that is not";
        }
    }
    return NULL;
}

const char *endpoint_check(const struct endpoint_world *world)
{
    static const char *(*const rules[])(const struct endpoint_world *) = {
        check_queues, check_callers, check_receivers, check_priorities, check_endpoints, check_chains, check_promises,
    };
    const char *broken = NULL;
    for (size_t i = 0; i < sizeof rules / sizeof *rules && broken == NULL; i++) {
        broken = rules[i](world);
    }
    return broken;
}
