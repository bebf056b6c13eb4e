#include "ipc/ipc.h"

#include "core/status.h"
#include "ipc/bare.h"
#include "ipc/delivery.h"

void party_repriced(struct party *party)
{
    thread_reprice(thread_of_party(party), party->priority);
}

/* `self` waits, and `to`, which has waited, goes on: at once if nobody else has a better right, and then for the rest of
 * the turn of `self`, so that two who talk to each other do not keep others of their priority waiting. */
static void hand_over(struct percpu *cpu, struct thread *self, struct thread *to)
{
    struct scheduler *scheduler = &cpu->scheduler;
    if (to->turn.state != THREAD_WAITING || scheduler_best(scheduler) > to->turn.priority) {
        ipc_resume(to);
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

/* What is carried goes first: where that fails, the receiver does not hear of it. */
static int send_now(struct correspondent *me, struct endpoint *endpoint, bool call, struct correspondent **receiver)
{
    struct cargo cargo;
    *receiver = of_party(endpoint->receiver);
    int status = delivery_load(me, *receiver, me->message, &cargo);
    if (status == 0) {
        (void)endpoint_send(endpoint, &me->party, call, false); /* to one who is RECEIVING: is never refused */
        delivery_give(*receiver, me, &cargo);
        (*receiver)->status = 0;
    }
    return status;
}

static int wait_to_send(struct percpu *cpu, struct correspondent *me, struct endpoint *endpoint, bool call,
                        uint64_t nanoseconds)
{
    struct thread *self = thread_of_party(&me->party);
    struct verdict verdict = endpoint_send(endpoint, &me->party, call, nanoseconds != 0);
    if (verdict.kind == VERDICT_REFUSED) {
        return verdict.status;
    }
    set_time_out(cpu, self, nanoseconds);
    thread_go_on(cpu, self, thread_of(scheduler_block(&cpu->scheduler, THREAD_WAITING)));
    return outcome(me);
}

static int send(handle_t to, struct message *message, uint64_t nanoseconds, bool call)
{
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self), *receiver;
    if (message == NULL || message->words > MESSAGE_WORDS_MAX) {
        return -EINVARG;
    }
    const struct handle *handle = handle_find(me->handles, to, call ? HANDLE_CALL : HANDLE_SEND);
    if (handle == NULL) {
        return handle_refusal(me->handles, to);
    }
    struct endpoint *endpoint = &handle->endpoint->endpoint;
    me->message = message;
    me->badge = handle->badge;
    if (endpoint->receiver == NULL || endpoint->receiver->state != PARTY_RECEIVING) {
        return wait_to_send(cpu, me, endpoint, call, nanoseconds);
    }
    int status = send_now(me, endpoint, call, &receiver);
    if (status != 0 || !call) {
        if (status == 0) {
            ipc_resume(thread_of_party(&receiver->party));
        }
        return status;
    }
    set_time_out(cpu, self, nanoseconds);
    hand_over(cpu, self, thread_of_party(&receiver->party));
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

enum { STOP = 2 }; /* no status, nor IPC_EVENTS */

/* The sender's wait ends without its message having been taken. */
static void turn_away(struct correspondent *sender, int status)
{
    endpoint_expire(&sender->party);
    sender->status = status;
    ipc_resume(thread_of_party(&sender->party));
}

/* The next message, or events, if there are any; else the thread is to stop: STOP. Those whose cargo is not taken are turned
 * away; in between what waits for the lock comes in. */
static int receive(struct correspondent *me, struct message *message, uint64_t nanoseconds, uint64_t lock)
{
    me->message = message;
    for (;;) {
        if (delivery_take_events(me)) {
            return IPC_EVENTS;
        }
        struct verdict verdict = endpoint_receive(&me->party, nanoseconds != 0);
        if (verdict.kind != VERDICT_TAKEN) {
            return verdict.kind == VERDICT_REFUSED ? verdict.status : STOP;
        }
        struct correspondent *sender = of_party(verdict.other);
        struct cargo cargo;
        int status = delivery_load(sender, me, sender->message, &cargo);
        if (status == 0) {
            delivery_give(me, sender, &cargo);
            if (sender->party.state == PARTY_ACTIVE) {
                sender->status = 0;
                ipc_resume(thread_of_party(verdict.other));
            }
            return 0;
        }
        turn_away(sender, status);
        thread_unlock(lock);
        kernel_lock();
    }
}

int ipc_receive(struct message *message, uint64_t nanoseconds)
{
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    int status = receive(me, message, nanoseconds, lock);
    if (status == STOP) {
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

/* The answer reaches who has asked; NULL and `status`: it does not, and whoever waits goes on waiting. */
static struct thread *answer(struct correspondent *me, uint64_t token, struct message *message, int *status)
{
    struct correspondent *asker = asker_of(token);
    struct cargo cargo;
    *status = -EINVARG;
    if (asker == NULL || message->words > MESSAGE_WORDS_MAX || !endpoint_awaits(&asker->party, &me->party, token)) {
        return NULL;
    }
    *status = delivery_load(me, asker, message, &cargo);
    if (*status != 0) {
        return NULL;
    }
    (void)endpoint_reply(&me->party, &asker->party, token);
    delivery_copy(asker->message, message, &cargo);
    asker->message->badge = asker->message->token = 0;
    asker->status = 0;
    if (delivery_told != NULL) {
        delivery_told(asker, "<-", me, asker->message);
    }
    return thread_of_party(&asker->party);
}

int ipc_reply(uint64_t token, struct message *message)
{
    uint64_t lock = kernel_lock();
    int status;
    struct thread *asker = answer(correspondent_of(thread_current(percpu_here())), token, message, &status);
    if (asker != NULL) {
        ipc_resume(asker);
    }
    thread_unlock(lock);
    return status;
}

/* Who has asked, where that one is gone, keeps nobody waiting; an answer that is not taken is still to be given. */
static bool may_receive(const struct message *message, int status)
{
    return status == 0 || (status == -EINVARG && message->carries == 0);
}

/* As it is returned; the thread may have waited. */
static int reply_receive(struct percpu *cpu, struct correspondent *me, uint64_t token, struct message *message,
                         uint64_t nanoseconds)
{
    struct thread *self = thread_of_party(&me->party);
    int status;
    struct thread *asker = answer(me, token, message, &status);
    if (!may_receive(message, status)) {
        return status;
    }
    thread_id id = asker != NULL ? asker->id : 0;
    status = receive(me, message, nanoseconds, CPU_FLAGS_IF);
    asker = thread_find(id); /* others may have come in between */
    if (status == STOP) {
        set_time_out(cpu, self, nanoseconds);
        if (asker != NULL) {
            hand_over(cpu, self, asker);
        } else {
            thread_go_on(cpu, self, thread_of(scheduler_block(&cpu->scheduler, THREAD_WAITING)));
        }
        return outcome(me);
    }
    if (asker != NULL) {
        ipc_resume(asker);
    }
    return status;
}

void ipc_reply_receive_otherwise(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    struct percpu *cpu = percpu_here();
    struct correspondent *me = correspondent_of(thread_current(cpu));
    me->status = message != NULL ? reply_receive(cpu, me, token, message, nanoseconds) : -EINVARG;
}

int ipc_reply_receive_timed(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    kernel_lock_first();
    ipc_reply_receive_otherwise(token, message, nanoseconds);
    return (int)ipc_finish();
}
