/* The functions whose cost counts; the first two for their usual case in a straight line: somebody waits without end for just
 * this, and nobody else has a better right to run. The rules are those of ipc/endpoint.h; everything else takes the other way, in
 * ipc/ipc.c. The message stays in the registers that ipc/enter.asm names, which C leaves alone; every function here ends with
 * a jump to where another thread goes on, and everything that it keeps on its stack is gone by then. */
#include "ipc/correspondent.h"

#include "core/cpu.h"
#include "core/status.h"
#include "ipc/bare.h"
#include "ipc/delivery.h"

/* The running thread waits, and another one goes on: their states are the same. No turn has an end here, so what is left of it need not be noted. */
static inline void go_on(struct percpu *cpu, struct thread *self, struct thread *to)
{
    uint64_t now = cpu_timestamp();
    cpu->scheduler.current = &to->turn;
    self->ticks += now;
    to->ticks -= now;
    cpu->acting = (struct kheap_context *)to->acting;
}

/* What of a message is not in registers, if it is not too much, and carries nothing. Who waits, and who may be usual at all, has
 * a place for messages. */
static inline bool copy_rest(struct correspondent *to, const struct correspondent *from, uint64_t words)
{
    if (words > MESSAGE_WORDS_MAX) {
        return false;
    }
    if (words > MESSAGE_WORDS_FAST) {
        cpu_copy_words(&to->message->word[MESSAGE_WORDS_FAST], &from->message->word[MESSAGE_WORDS_FAST],
                       words - MESSAGE_WORDS_FAST);
    }
    return true;
}

/* The same for messages that carry something, if it can be carried: functions of their own, so that these alone keep registers.
 * What cannot is told on the other way, which tries once more. */

static __attribute__((noinline)) int64_t call_carrying(handle_t to, uint64_t words, struct thread *self)
{
    struct percpu *cpu = percpu_here();
    struct correspondent *me = correspondent_of(self);
    const struct handle *handle = handle_to_call(me->handles, to);
    struct endpoint *endpoint = handle != NULL ? &handle->endpoint->endpoint : NULL;
    if (endpoint == NULL || !endpoint_meets(endpoint, &me->party, cpu->scheduler.filled) ||
        !delivery_carry(of_party(endpoint->receiver), me, words)) {
        return ipc_call_in_memory(to, 0, 0, self);
    }
    struct correspondent *receiver = of_party(endpoint_meet(endpoint, &me->party));
    go_on(cpu, self, thread_of_party(&receiver->party));
    return receiver->arrive(me->party.calls, thread_of_party(&receiver->party), handle->badge);
}

static __attribute__((noinline)) int64_t part_carrying(uint64_t token, uint64_t words, struct thread *self)
{
    struct percpu *cpu = percpu_here();
    struct correspondent *me = correspondent_of(self);
    struct party *party = endpoint_parts(&me->party, token, cpu->scheduler.filled);
    if (party == NULL || !delivery_carry(of_party(party), me, words)) {
        return ipc_part_in_memory(token, 0, 0, self);
    }
    struct correspondent *asker = of_party(party);
    endpoint_part(&me->party, party);
    go_on(cpu, self, thread_of_party(party));
    return asker->arrive(0, thread_of_party(party), 0);
}

static inline int64_t call(handle_t to, uint64_t words, struct thread *self)
{
    struct percpu *cpu = percpu_here();
    struct correspondent *me = correspondent_of(self);
    const struct handle *handle = handle_to_call(me->handles, to);
    if (!LIKELY(handle != NULL)) {
        return ipc_call_in_memory(to, 0, 0, self);
    }
    struct endpoint *endpoint = &handle->endpoint->endpoint;
    if (!LIKELY(endpoint_meets(endpoint, &me->party, cpu->scheduler.filled) &&
                (words == 0 || copy_rest(of_party(endpoint->receiver), me, words)))) {
        return words > MESSAGE_WORDS_MAX ? call_carrying(to, words, self) : ipc_call_in_memory(to, 0, 0, self);
    }
    struct correspondent *receiver = of_party(endpoint_meet(endpoint, &me->party));
    go_on(cpu, self, thread_of_party(&receiver->party));
    return receiver->arrive(me->party.calls, thread_of_party(&receiver->party), handle->badge);
}

static inline int64_t part(uint64_t token, uint64_t words, struct thread *self)
{
    struct percpu *cpu = percpu_here();
    struct correspondent *me = correspondent_of(self);
    struct party *party = endpoint_parts(&me->party, token, cpu->scheduler.filled);
    if (!LIKELY(party != NULL && (words == 0 || copy_rest(of_party(party), me, words)))) {
        return words > MESSAGE_WORDS_MAX ? part_carrying(token, words, self) : ipc_part_in_memory(token, 0, 0, self);
    }
    struct correspondent *asker = of_party(party);
    endpoint_part(&me->party, party);
    go_on(cpu, self, thread_of_party(party));
    return asker->arrive(0, thread_of_party(party), 0);
}

int64_t ipc_call_usually(handle_t to, uint64_t unused, uint64_t unused_too, struct thread *self)
{
    (void)unused, (void)unused_too;
    return call(to, 0, self);
}

int64_t ipc_call_longer(handle_t to, uint64_t words, uint64_t unused, struct thread *self)
{
    (void)unused;
    return call(to, words, self);
}

int64_t ipc_part_usually(uint64_t token, uint64_t unused, uint64_t unused_too, struct thread *self)
{
    (void)unused, (void)unused_too;
    return part(token, 0, self);
}

int64_t ipc_part_longer(uint64_t token, uint64_t words, uint64_t unused, struct thread *self)
{
    (void)unused;
    return part(token, words, self);
}

/* As any function, for who has registers to be kept. */
int ipc_call(handle_t to, struct message *message, uint64_t nanoseconds)
{
    return ipc_call_bare(to, message, nanoseconds);
}

int ipc_reply_receive(uint64_t token, struct message *message, uint64_t nanoseconds)
{
    return ipc_reply_receive_bare(token, message, nanoseconds);
}

/* Notifying, for kernel threads and for ring 3 */

int64_t ipc_notify_masked(handle_t to, uint64_t events)
{
    struct percpu *cpu = percpu_here();
    struct handle_table *table = correspondent_of(thread_current(cpu))->handles;
    const struct handle *handle = handle_find(table, to, HANDLE_NOTIFY);
    if (handle == NULL) {
        return handle_refusal(table, to);
    }
    struct party *receiver = handle->endpoint->endpoint.receiver;
    if (receiver == NULL) {
        return -EDEAD;
    }
    thread_post(thread_of_party(receiver), events);
    if (cpu->scheduler.attend) {
        thread_attend(cpu);
    }
    return 0;
}

int ipc_notify(handle_t to, uint64_t events)
{
    kernel_lock_first();
    int64_t status = ipc_notify_masked(to, events);
    kernel_unlock_last();
    return (int)status;
}
