#include "ipc/ipc.h"

#include "core/status.h"
#include "ipc/correspondent.h"

uint64_t ipc_tokens;

static struct handle_table no_handles; /* names nothing */

/* Who waits goes on, ready or next. */
static void resume(struct thread *thread)
{
    if (thread->turn.state == THREAD_WAITING) {
        thread_wake(thread);
    }
}

void party_repriced(struct party *party)
{
    thread_reprice(thread_of_party(party), party->priority);
}

/* The message of a sender reaches its receiver; of a call, the sender waits for the answer now. */
static void deliver(struct correspondent *to, struct correspondent *from)
{
    uint64_t words = words_of(from->message);
    copy_words(to->message, from->message, words < MESSAGE_WORDS_MAX ? words : MESSAGE_WORDS_MAX);
    to->message->badge = from->badge;
    to->message->token = 0;
    if (from->party.state == PARTY_AWAITING) {
        from->party.calls = to->message->token = next_token(from);
    }
}

/* `self` waits, and `to`, which has waited, goes on: at once if nobody else has a better right, and then for the rest of
 * the turn of `self`, so that two who talk to each other do not keep others of their priority waiting. */
static void hand_over(struct percpu *cpu, struct thread *self, struct thread *to)
{
    struct scheduler *scheduler = &cpu->scheduler;
    if (to->turn.state != THREAD_WAITING || scheduler_best(scheduler) > to->turn.priority) {
        resume(to);
        thread_go_on(cpu, self, thread_of(scheduler_block(scheduler, THREAD_WAITING)));
        return;
    }
    if (timer_queued(&to->until.timer)) {
        timer_remove(&cpu->timers, &to->until.timer);
    }
    uint64_t ran = cpu_timestamp() - cpu->switched_at;
    to->turn.left = self->turn.left > ran ? self->turn.left - ran : 0;
    self->turn.state = THREAD_WAITING;
    to->turn.state = THREAD_RUNNING;
    scheduler->current = &to->turn;
    thread_go_on(cpu, self, to);
}

static void set_time_out(struct percpu *cpu, struct thread *self, uint64_t nanoseconds)
{
    correspondent_of(self)->patient = nanoseconds == IPC_FOREVER;
    if (nanoseconds != IPC_FOREVER) {
        thread_set_alarm(cpu, &self->until, nanoseconds);
    }
}

/* The wait of the calling thread is over: what it has brought. */
static int outcome(struct correspondent *me)
{
    if (me->party.state == PARTY_ACTIVE) {
        return (int)me->status;
    }
    endpoint_expire(&me->party);
    return -ETIMEDOUT;
}

/* Sending */

static int send(handle_t to, struct message *message, uint64_t nanoseconds, bool call)
{
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    if (message->words > MESSAGE_WORDS_MAX) {
        return -EINVARG;
    }
    const struct handle *handle = handle_find(me->handles, to, call ? HANDLE_CALL : HANDLE_SEND);
    if (handle == NULL) {
        return handle_refusal(me->handles, to);
    }
    struct verdict verdict = endpoint_send(&handle->endpoint->endpoint, &me->party, call, nanoseconds != 0);
    if (verdict.kind == VERDICT_REFUSED) {
        return verdict.status;
    }
    me->message = message;
    me->badge = handle->badge;
    if (verdict.kind == VERDICT_DELIVERED) {
        struct correspondent *receiver = of_party(verdict.other);
        deliver(receiver, me);
        receiver->status = 0;
        if (!call) {
            resume(thread_of_party(verdict.other));
            return 0;
        }
        set_time_out(cpu, self, nanoseconds);
        hand_over(cpu, self, thread_of_party(verdict.other));
    } else {
        set_time_out(cpu, self, nanoseconds);
        thread_go_on(cpu, self, thread_of(scheduler_block(&cpu->scheduler, THREAD_WAITING)));
    }
    return outcome(me);
}

int ipc_call_otherwise(handle_t to, struct message *message, uint64_t nanoseconds)
{
    int status = send(to, message, nanoseconds, true);
    thread_unlock_last();
    return status;
}

int ipc_send(handle_t to, struct message *message, uint64_t nanoseconds)
{
    uint64_t lock = kernel_lock();
    int status = send(to, message, nanoseconds, false);
    thread_unlock(lock);
    return status;
}

int ipc_notify(handle_t to, uint64_t events)
{
    uint64_t lock = kernel_lock();
    struct handle_table *table = correspondent_of(thread_current(percpu_here()))->handles;
    const struct handle *handle = handle_find(table, to, HANDLE_NOTIFY);
    int status = -EDEAD;
    if (handle == NULL) {
        status = handle_refusal(table, to);
    } else if (handle->endpoint->endpoint.receiver != NULL) {
        thread_post(thread_of_party(handle->endpoint->endpoint.receiver), events);
        status = 0;
    }
    thread_unlock(lock);
    return status;
}

/* Receiving */

/* The next message, if there is one; else the thread is to stop, and 1 is returned. */
static int receive(struct correspondent *me, struct message *message, uint64_t nanoseconds)
{
    struct verdict verdict = endpoint_receive(&me->party, nanoseconds != 0);
    me->message = message;
    if (verdict.kind != VERDICT_TAKEN) {
        return verdict.kind == VERDICT_REFUSED ? verdict.status : 1;
    }
    struct correspondent *sender = of_party(verdict.other);
    deliver(me, sender);
    if (sender->party.state == PARTY_ACTIVE) {
        sender->status = 0;
        resume(thread_of_party(verdict.other));
    }
    return 0;
}

int ipc_receive(struct message *message, uint64_t nanoseconds)
{
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    int status = receive(me, message, nanoseconds);
    if (status > 0) {
        set_time_out(cpu, self, nanoseconds);
        thread_go_on(cpu, self, thread_of(scheduler_block(&cpu->scheduler, THREAD_WAITING)));
        status = outcome(me);
    }
    thread_unlock(lock);
    return status;
}

/* Who may wait for the answer that the token is for; NULL: nobody any more. */
static struct correspondent *asker_of(uint64_t token)
{
    struct thread *thread = thread_in_slot(token & ((1 << TOKEN_SLOT_BITS) - 1));
    return thread != NULL ? correspondent_of(thread) : NULL;
}

/* The answer reaches who has asked; NULL and `status`: it does not. */
static struct thread *answer(struct correspondent *me, uint64_t token, struct message *message, int *status)
{
    struct correspondent *asker = asker_of(token);
    uint64_t words = words_of(message);
    *status = -EINVARG;
    if (asker == NULL || words > MESSAGE_WORDS_MAX) {
        return NULL;
    }
    struct verdict verdict = endpoint_reply(&me->party, &asker->party, token);
    *status = verdict.status;
    if (verdict.kind == VERDICT_REFUSED) {
        return NULL;
    }
    copy_words(asker->message, message, words);
    asker->status = 0;
    return thread_of_party(&asker->party);
}

int ipc_reply(uint64_t token, struct message *message)
{
    uint64_t lock = kernel_lock();
    int status;
    struct thread *asker = answer(correspondent_of(thread_current(percpu_here())), token, message, &status);
    if (asker != NULL) {
        resume(asker);
    }
    thread_unlock(lock);
    return status;
}

int ipc_reply_receive_otherwise(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    int status;
    struct thread *asker = answer(me, token, message, &status);
    status = receive(me, message, nanoseconds);
    if (status > 0) {
        set_time_out(cpu, self, nanoseconds);
        if (asker != NULL) {
            hand_over(cpu, self, asker);
        } else {
            thread_go_on(cpu, self, thread_of(scheduler_block(&cpu->scheduler, THREAD_WAITING)));
        }
        status = outcome(me);
    } else if (asker != NULL) {
        resume(asker);
    }
    thread_unlock_last();
    return status;
}

/* Beginning and end */

int ipc_bind(struct ipc_endpoint *endpoint, thread_id id)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    int status = -EINVARG;
    if (thread != NULL && correspondent_of(thread)->party.own == NULL) {
        status = endpoint_bind(&endpoint->endpoint, &correspondent_of(thread)->party) ? 0 : -EPERM;
    }
    kernel_unlock(lock);
    return status;
}

int ipc_use_page(thread_id id, struct message *page)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    if (thread != NULL) {
        correspondent_of(thread)->page = page;
    }
    kernel_unlock(lock);
    return thread != NULL ? 0 : -EINVARG;
}

int ipc_use_handles(thread_id id, struct handle_table *table)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    if (thread != NULL) {
        correspondent_of(thread)->handles = table != NULL ? table : &no_handles;
    }
    kernel_unlock(lock);
    return thread != NULL ? 0 : -EINVARG;
}

void thread_ipc_init(void *ipc, int8_t priority, size_t slot)
{
    struct correspondent *me = ipc;
    *me = (struct correspondent){.handles = &no_handles, .slot = slot};
    party_init(&me->party, priority);
}

/* Who waits for it is told. */
void thread_ipc_end(void *ipc)
{
    struct correspondent *me = ipc;
    for (struct party *victim; (victim = endpoint_end(&me->party)) != NULL;) {
        of_party(victim)->status = -EDEAD;
        resume(thread_of_party(victim));
    }
}
