#include "ipc/ipc.h"

#include "core/status.h"
#include "ipc/bare.h"
#include "ipc/correspondent.h"

static struct handle_table no_handles; /* names nothing */
static uint64_t most_calls;            /* of any thread that has ended */

/* Who waits is ready, if it isn't already, or just about to find out that its time was up. */
static void resume(struct thread *thread)
{
    if (thread->turn.state == THREAD_WAITING && thread != thread_current(percpu_here())) {
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
        to->message->token = from->party.calls;
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
    uint64_t ran = cpu_timestamp() - cpu->switched_at; /* and those with whom it has taken turns since */
    to->turn.left = self->turn.left > ran ? self->turn.left - ran : 0;
    scheduler->current = &to->turn;
    thread_go_on(cpu, self, to);
}

/* The calling thread is about to wait. */
static void set_time_out(struct percpu *cpu, struct thread *self, uint64_t nanoseconds)
{
    struct correspondent *me = correspondent_of(self);
    if (nanoseconds != IPC_FOREVER) {
        thread_set_alarm(cpu, &self->until, nanoseconds);
    } else {
        me->arrive = ipc_arrive_in_memory;
        endpoint_patient(&me->party);
    }
}

/* The wait of the calling thread is over: what it has brought. */
static int outcome(struct correspondent *me)
{
    me->arrive = me->arrive_usually;
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
    if (message == NULL || message->words > MESSAGE_WORDS_MAX) {
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

void ipc_call_otherwise(handle_t to, struct message *message, uint64_t nanoseconds)
{
    struct correspondent *me = correspondent_of(thread_current(percpu_here()));
    me->status = send(to, message, nanoseconds, true);
}

int64_t ipc_finish(void)
{
    int status = outcome(correspondent_of(thread_current(percpu_here())));
    thread_unlock_last();
    return status;
}

int ipc_call_timed(handle_t to, struct message *message, uint64_t nanoseconds)
{
    kernel_lock_first();
    ipc_call_otherwise(to, message, nanoseconds);
    return (int)ipc_finish();
}

int64_t ipc_arrived(struct thread *self)
{
    correspondent_of(self)->status = 0;
    if (self->special) {
        thread_switch_special(percpu_here(), self);
    }
    return 0;
}

int ipc_send(handle_t to, struct message *message, uint64_t nanoseconds)
{
    uint64_t lock = kernel_lock();
    int status = send(to, message, nanoseconds, false);
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
    struct thread *thread = thread_in_slot(token >> TOKEN_CALL_BITS);
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
    asker->message->badge = asker->message->token = 0;
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

void ipc_reply_receive_otherwise(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    int status = -EINVARG;
    struct thread *asker = message != NULL ? answer(me, token, message, &status) : NULL;
    status = message != NULL ? receive(me, message, nanoseconds) : status;
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
    me->status = status;
}

int ipc_reply_receive_timed(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    kernel_lock_first();
    ipc_reply_receive_otherwise(token, message, nanoseconds);
    return (int)ipc_finish();
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
        correspondent_of(thread)->message = page;
        party_may_be_usual(&correspondent_of(thread)->party, page != NULL);
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

/* One of ring 3 has no place for messages yet, and to go on in a space takes more than the usual way does. */
void thread_ipc_init(void *ipc, const struct thread_plan *plan, size_t slot)
{
    struct correspondent *me = ipc;
    bool user = plan->user_entry != 0;
    *me = (struct correspondent){.handles = &no_handles, .arrive_usually = user ? ipc_arrive_user : ipc_arrive};
    me->arrive = me->arrive_usually;
    party_init(&me->party, plan->priority);
    party_may_be_usual(&me->party, !user && plan->space == 0);
    me->party.calls = (uint64_t)slot << TOKEN_CALL_BITS | most_calls;
}

/* Who waits for it is told. */
void thread_ipc_end(void *ipc)
{
    struct correspondent *me = ipc;
    uint64_t calls = me->party.calls & ((UINT64_C(1) << TOKEN_CALL_BITS) - 1);
    most_calls = calls > most_calls ? calls : most_calls;
    for (struct party *victim; (victim = endpoint_end(&me->party)) != NULL;) {
        of_party(victim)->status = -EDEAD;
        resume(thread_of_party(victim));
    }
}
