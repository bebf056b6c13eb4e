/* The two functions whose cost counts, for their usual case in a straight line: somebody waits without end for just this, and
 * nobody else has a better right to run. The rules are those of ipc/endpoint.h; everything else takes the other way, in
 * ipc/ipc.c. */
#include "ipc/correspondent.h"

#include "core/cpu.h"

/* Whether a thread that waits patiently may go on at once, whoever else is ready. */
static inline bool may_go_on(const struct percpu *cpu, const struct correspondent *to)
{
    const struct thread *thread = (const struct thread *)((const char *)to - offsetof(struct thread, ipc));
    return to->patient && scheduler_from(&cpu->scheduler, &thread->turn) == 0;
}

/* The running thread waits, and one of which that is true goes on. */
static inline void go_on_at_once(struct percpu *cpu, struct thread *self, struct thread *to)
{
    self->turn.state = THREAD_WAITING;
    to->turn.state = THREAD_RUNNING;
    cpu->scheduler.current = &to->turn;
    thread_prepare(cpu, self, to, false);
    cpu_switch(&self->place, &to->place);
}

/* Whoever goes on finds its status set. */
int ipc_call(handle_t to, struct message *message, uint64_t nanoseconds)
{
    kernel_lock_first();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    const struct handle *handle = handle_find(me->handles, to, HANDLE_CALL);
    uint64_t words = words_of(message);
    if (!LIKELY(handle != NULL && nanoseconds == IPC_FOREVER && words <= MESSAGE_WORDS_MAX)) {
        return ipc_call_otherwise(to, message, nanoseconds);
    }
    struct party *party = handle->endpoint->endpoint.receiver;
    if (!LIKELY(party != NULL && endpoint_meets(party, &me->party) && may_go_on(cpu, of_party(party)))) {
        return ipc_call_otherwise(to, message, nanoseconds);
    }
    struct correspondent *receiver = of_party(party);
    struct message *out = receiver->message;
    endpoint_meet(party, &me->party);
    copy_words(out, message, words);
    me->party.calls = out->token = next_token(me);
    out->badge = handle->badge;
    receiver->status = 0;
    me->message = message;
    me->patient = true;
    go_on_at_once(cpu, self, thread_of_party(party));
    kernel_unlock_last();
    return (int)me->status;
}

int ipc_reply_receive(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    kernel_lock_first();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    struct correspondent *me = correspondent_of(self);
    uint64_t words = words_of(message);
    struct party *party = endpoint_parts(&me->party, token);
    if (!LIKELY(party != NULL && nanoseconds == IPC_FOREVER && words <= MESSAGE_WORDS_MAX &&
                me->party.own->filled == 0 && may_go_on(cpu, of_party(party)))) {
        return ipc_reply_receive_otherwise(token, message, nanoseconds);
    }
    struct correspondent *asker = of_party(party);
    copy_words(asker->message, message, words);
    endpoint_part(&me->party, party);
    me->party.state = PARTY_RECEIVING;
    asker->status = 0;
    me->message = message;
    me->patient = true;
    go_on_at_once(cpu, self, thread_of_party(party));
    kernel_unlock_last();
    return (int)me->status;
}
