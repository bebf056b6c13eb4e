/* Calls between the servers of a host test: ipc/ipc.h by the kernel's own rules (ipc/endpoint.h, ipc/handle.h, ipc/carry.h), in
 * the most simple way. All are threads of the kernel here: a gift stays where it is. What is said goes to a log (tests/host_log.h). */
#include "ipc/ipc.h"

#include <string.h>

#include "ipc/carry.h"
#include "ipc/setup.h"
#include "tests/host_log.h"
#include "tests/host_threads.h"

void host_ipc_end(struct host_thread *thread);

enum { TOKEN_CALL_BITS = 48 };

/* The thread goes on, if it waits. */
static void resume(struct host_thread *thread, int status)
{
    if (thread->turn.state == THREAD_WAITING) {
        host_wake(thread);
    }
    thread->status = status;
}

/* The calling thread waits, as its party does: 0, the status that whoever has woken it has left, or that the time was up. */
static int wait(uint64_t nanoseconds)
{
    struct host_thread *me = host_self();
    (void)host_wait(THREAD_WAITING, nanoseconds);
    if (me->party.state == PARTY_ACTIVE) {
        return me->status;
    }
    endpoint_expire(&me->party);
    host_attend();
    return -ETIMEDOUT;
}

/* What the message carries goes to whom it is for: 0, or why not. */
static int load(struct host_thread *from, struct host_thread *to, const struct message *message, struct cargo *cargo)
{
    *cargo = (struct cargo){.carries = message->carries};
    if (message->carries == 0) {
        return 0;
    }
    cargo->rights = message->rights;
    cargo->gift = message->gift;
    cargo->gift_blocks = message->gift_blocks;
    cargo->handle = message->handle;
    const struct bearer sender = {.owner = from->owner, .handles = from->handles};
    const struct bearer receiver = {.owner = to->owner,
                                    .handles = to->handles,
                                    .accepts = to->accepts,
                                    .blocks = to->accepts_blocks};
    return carry(&sender, &receiver, cargo);
}

static void copy(struct message *to, const struct message *from, const struct cargo *cargo)
{
    to->type = from->type;
    to->words = from->words;
    to->carries = cargo->carries;
    memmove(to->word, from->word, from->words * sizeof from->word[0]);
    if ((cargo->carries & MESSAGE_GIFT) != 0) {
        to->gift = cargo->gift;
        to->gift_blocks = cargo->gift_blocks;
    }
    if ((cargo->carries & MESSAGE_HANDLE) != 0) {
        to->handle = cargo->handle;
        to->rights = cargo->rights;
    }
}

static void arrive(struct host_thread *to, struct host_thread *from, const struct cargo *cargo)
{
    bool call = from->party.state == PARTY_AWAITING;
    copy(to->message, from->message, cargo);
    to->message->badge = from->badge;
    to->message->token = call ? from->party.calls : 0;
    host_log(call ? "->" : "=>", from->name, to->name, to->message);
}

/* Sending */

static int send_now(struct host_thread *receiver, bool call)
{
    struct host_thread *me = host_self();
    struct cargo cargo;
    int status = load(me, receiver, me->message, &cargo);
    if (status == 0) {
        (void)endpoint_send(receiver->party.own, &me->party, call, false);
        arrive(receiver, me, &cargo);
        resume(receiver, 0);
    }
    return status;
}

static int send(handle_t to, struct message *message, uint64_t nanoseconds, bool call)
{
    struct host_thread *me = host_self();
    const struct handle *handle = handle_find(me->handles, to, call ? HANDLE_CALL : HANDLE_SEND);
    if (message->words > MESSAGE_WORDS_MAX || handle == NULL) {
        return handle == NULL ? handle_refusal(me->handles, to) : -EINVARG;
    }
    struct endpoint *endpoint = &handle->endpoint->endpoint;
    me->message = message;
    me->badge = handle->badge;
    if (endpoint->receiver != NULL && endpoint->receiver->state == PARTY_RECEIVING) {
        int status = send_now(host_thread_of(endpoint->receiver), call);
        return status != 0 || !call ? status : wait(nanoseconds);
    }
    struct verdict verdict = endpoint_send(endpoint, &me->party, call, nanoseconds != 0);
    return verdict.kind == VERDICT_REFUSED ? verdict.status : wait(nanoseconds);
}

int ipc_call(handle_t to, struct message *message, uint64_t nanoseconds)
{
    int status = send(to, message, nanoseconds, true);
    host_attend();
    return status;
}

int ipc_send(handle_t to, struct message *message, uint64_t nanoseconds)
{
    int status = send(to, message, nanoseconds, false);
    host_attend();
    return status;
}

/* Receiving */

static bool take_events(struct host_thread *thread)
{
    uint64_t events = thread->events & thread->listens;
    if (events == 0) {
        return false;
    }
    thread->events &= ~events;
    thread->message->type = 0;
    thread->message->words = 1;
    thread->message->carries = 0;
    thread->message->badge = thread->message->token = 0;
    thread->message->word[0] = events;
    return true;
}

static bool take(struct host_thread *me, struct host_thread *sender)
{
    struct cargo cargo;
    int status = load(sender, me, sender->message, &cargo);
    if (status != 0) {
        endpoint_expire(&sender->party);
        resume(sender, status);
        return false;
    }
    arrive(me, sender, &cargo);
    if (sender->party.state == PARTY_ACTIVE) {
        resume(sender, 0);
    }
    return true;
}

static int receive(struct message *message, uint64_t nanoseconds)
{
    struct host_thread *me = host_self();
    me->message = message;
    for (;;) {
        if (me->party.own != NULL && take_events(me)) {
            return IPC_EVENTS;
        }
        struct verdict verdict = endpoint_receive(&me->party, nanoseconds != 0);
        if (verdict.kind == VERDICT_REFUSED) {
            return verdict.status;
        }
        if (verdict.kind == VERDICT_WAITS) {
            return wait(nanoseconds);
        }
        if (take(me, host_thread_of(verdict.other))) {
            return 0;
        }
    }
}

int ipc_receive(struct message *message, uint64_t nanoseconds)
{
    int status = receive(message, nanoseconds);
    host_attend();
    return status;
}

int ipc_accept(uint32_t carries, uint64_t blocks, uint64_t events)
{
    struct host_thread *me = host_self();
    if ((carries & ~(uint32_t)MESSAGE_CARRIES) != 0 || blocks > WINDOW_BLOCKS_MAX) {
        return -EINVARG;
    }
    me->accepts = carries;
    me->accepts_blocks = blocks;
    me->listens = events;
    return 0;
}

/* Answering */

static int answer(struct host_thread *me, struct host_thread *asker, const struct message *message)
{
    struct cargo cargo;
    int status = message->words <= MESSAGE_WORDS_MAX ? load(me, asker, message, &cargo) : -EINVARG;
    if (status != 0) {
        return status;
    }
    (void)endpoint_reply(&me->party, &asker->party, asker->party.calls);
    copy(asker->message, message, &cargo);
    asker->message->badge = asker->message->token = 0;
    host_log("<-", asker->name, me->name, asker->message);
    resume(asker, 0);
    return 0;
}

/* Who waits for it, of those whose numbers tests/test_server.c gives; NULL: nobody any more. */
static struct host_thread *asker_of(const struct host_thread *me, uint64_t token)
{
    struct host_thread *asker = host_numbered(token >> TOKEN_CALL_BITS);
    return asker != NULL && endpoint_awaits(&asker->party, &me->party, token) ? asker : NULL;
}

int ipc_reply(uint64_t token, struct message *message)
{
    struct host_thread *me = host_self();
    struct host_thread *asker = asker_of(me, token);
    int status = asker != NULL ? answer(me, asker, message) : -EINVARG;
    host_attend();
    return status;
}

int ipc_reply_receive(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    struct host_thread *me = host_self();
    struct host_thread *asker = asker_of(me, token);
    int status = asker != NULL ? answer(me, asker, message) : 0;
    if (status == 0) {
        status = receive(message, nanoseconds);
    }
    host_attend();
    return status;
}

/* Events */

void host_post(struct host_thread *thread, uint64_t events)
{
    thread->events |= events;
    if ((thread->events & thread->wanted) != 0) {
        thread->wanted = 0;
        resume(thread, 0);
    } else if ((thread->events & thread->listens) != 0 && thread->party.state == PARTY_RECEIVING) {
        endpoint_expire(&thread->party);
        (void)take_events(thread);
        resume(thread, IPC_EVENTS);
    }
}

int ipc_notify(handle_t to, uint64_t events)
{
    struct handle_table *table = host_self()->handles;
    const struct handle *handle = handle_find(table, to, HANDLE_NOTIFY);
    if (handle == NULL || handle->endpoint->endpoint.receiver == NULL) {
        return handle == NULL ? handle_refusal(table, to) : -EDEAD;
    }
    host_post(host_thread_of(handle->endpoint->endpoint.receiver), events);
    host_attend();
    return 0;
}

/* Handles, and the end */

static int revoke(handle_t number, bool all)
{
    struct handle *handle = handle_named(host_self()->handles, number);
    if (handle == NULL) {
        return -EINVARG;
    }
    struct handle **ring = &handle->endpoint->handles;
    while (handle_revoke_one(handle, ring)) {
    }
    if (all) {
        handle_take(handle, ring);
    }
    return 0;
}

int ipc_revoke(handle_t handle)
{
    return revoke(handle, false);
}

int ipc_close(handle_t handle)
{
    return revoke(handle, true);
}

void host_ipc_end(struct host_thread *thread)
{
    for (struct party *victim; (victim = endpoint_end(&thread->party)) != NULL;) {
        resume(host_thread_of(victim), -EDEAD);
    }
}
