#include "ipc/delivery.h"

#include "core/status.h"
#include "mm/owner.h"

void (*delivery_told)(const struct correspondent *who, const char *how, const struct correspondent *whom,
                      const struct message *message);

/* Carrying */

static struct bearer bearer_of(const struct correspondent *who)
{
    const struct thread *thread = (const struct thread *)who;
    const struct kheap_context *acting = (const struct kheap_context *)thread->acting;
    return (struct bearer){acting->owner, who->space, who->handles, who->accepts, who->accepts_blocks};
}

static int load(const struct correspondent *from, const struct correspondent *to, const struct message *message,
                struct cargo *cargo)
{
    const volatile struct message *asks = message;
    cargo->gift = asks->gift;
    cargo->gift_blocks = asks->gift_blocks;
    cargo->handle = asks->handle;
    cargo->rights = asks->rights;
    const struct bearer sender = bearer_of(from), receiver = bearer_of(to);
    return carry(&sender, &receiver, cargo);
}

int delivery_load(const struct correspondent *from, const struct correspondent *to, const struct message *message,
                  struct cargo *cargo)
{
    cargo->carries = (uint32_t)(words_of(message) >> 32);
    return LIKELY(cargo->carries == 0) ? 0 : load(from, to, message, cargo);
}

static void unload(struct message *message, const struct cargo *cargo)
{
    if ((cargo->carries & MESSAGE_GIFT) != 0) {
        message->gift = cargo->gift;
        message->gift_blocks = cargo->gift_blocks;
    }
    if ((cargo->carries & MESSAGE_HANDLE) != 0) {
        message->handle = cargo->handle;
        message->rights = cargo->rights;
    }
}

bool delivery_carry(struct correspondent *to, const struct correspondent *from, uint64_t words)
{
    struct cargo cargo = {.carries = (uint32_t)(words >> 32)};
    uint32_t count = (uint32_t)words;
    if (count > MESSAGE_WORDS_MAX || load(from, to, from->message, &cargo) != 0) {
        return false;
    }
    unload(to->message, &cargo);
    if (count > MESSAGE_WORDS_FAST) {
        cpu_copy_words(&to->message->word[MESSAGE_WORDS_FAST], &from->message->word[MESSAGE_WORDS_FAST],
                       count - MESSAGE_WORDS_FAST);
    }
    return true;
}

void delivery_copy(struct message *to, const struct message *from, const struct cargo *cargo)
{
    uint64_t words = (uint32_t)words_of(from);
    copy_words(to, from, words < MESSAGE_WORDS_MAX ? words : MESSAGE_WORDS_MAX);
    if (cargo->carries != 0) {
        to->carries = cargo->carries;
        unload(to, cargo);
    }
}

void delivery_give(struct correspondent *to, struct correspondent *from, const struct cargo *cargo)
{
    delivery_copy(to->message, from->message, cargo);
    to->message->badge = from->badge;
    to->message->token = 0;
    if (from->party.state == PARTY_AWAITING) {
        to->message->token = from->party.calls;
    }
    if (delivery_told != NULL) {
        delivery_told(from, from->party.state == PARTY_AWAITING ? "->" : "=>", to, to->message);
    }
}

/* Events */

/* Instead of a message. */
static void deliver_events(struct correspondent *me)
{
    struct thread *thread = thread_of_party(&me->party);
    uint64_t taken = thread->events & thread->listens;
    thread->events &= ~taken;
    *me->message = (struct message){.words = 1, .word[0] = taken};
}

/* It has stopped for a message: that is over. Else it is to see them before it takes one. */
void thread_ipc_heard(void *ipc)
{
    struct correspondent *me = ipc;
    if (me->party.state == PARTY_RECEIVING) {
        endpoint_expire(&me->party);
        deliver_events(me);
        me->status = IPC_EVENTS;
        ipc_resume(thread_of_party(&me->party));
    } else {
        endpoint_disturb(&me->party);
    }
}

bool delivery_take_events(struct correspondent *me)
{
    const struct thread *thread = thread_of_party(&me->party);
    if (me->party.own == NULL || LIKELY(me->party.own->events == 0)) {
        return false;
    }
    me->party.own->events = 0;
    bool any = (thread->events & thread->listens) != 0;
    if (any) {
        deliver_events(me);
    }
    return any;
}

int ipc_accept(uint32_t carries, uint64_t blocks, uint64_t events)
{
    if ((carries & ~(uint32_t)MESSAGE_CARRIES) != 0 || blocks > WINDOW_BLOCKS_MAX) {
        return -EINVARG;
    }
    uint64_t lock = kernel_lock();
    struct thread *self = thread_current(percpu_here());
    struct correspondent *me = correspondent_of(self);
    me->accepts = carries;
    me->accepts_blocks = (uint32_t)blocks;
    self->listens = events;
    endpoint_disturb(&me->party);
    kernel_unlock(lock);
    return 0;
}
