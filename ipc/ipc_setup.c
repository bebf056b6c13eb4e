/* What a thread has for calls: how it gets that, and how it ends with it. */
#include "core/status.h"
#include "ipc/delivery.h"
#include "ipc/setup.h"

static struct handle_table no_handles; /* names nothing */
static uint64_t most_calls;            /* of any thread that has ended */

int ipc_bind(struct ipc_endpoint *endpoint, thread_id id)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    int status = -EINVARG;
    if (thread != NULL && correspondent_of(thread)->party.own == NULL) {
        status = endpoint_bind(&endpoint->endpoint, &correspondent_of(thread)->party) ? 0 : -EPERM;
        endpoint_disturb(&correspondent_of(thread)->party);
    }
    kernel_unlock(lock);
    return status;
}

int ipc_use_window(thread_id id, struct address_space *space)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    if (thread != NULL) {
        correspondent_of(thread)->space = space;
    }
    kernel_unlock(lock);
    return thread != NULL ? 0 : -EINVARG;
}

int ipc_use_page(thread_id id, struct message *page)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    if (thread != NULL) {
        correspondent_of(thread)->message = page;
        party_may_be_usual(&correspondent_of(thread)->party, page != NULL && delivery_told == NULL);
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
    party_may_be_usual(&me->party, !user && plan->space == 0 && delivery_told == NULL);
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
        ipc_resume(thread_of_party(victim));
    }
}
