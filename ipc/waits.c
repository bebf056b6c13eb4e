#include "ipc/waits.h"

#include "core/lock.h"
#include "ipc/correspondent.h"

static enum ipc_waiting look(const struct party *party, struct party **whom)
{
    switch (party->state) {
    case PARTY_RECEIVING: return IPC_WAITS_FOR_MESSAGES;
    case PARTY_SENDING:
    case PARTY_CALLING: *whom = party->at->receiver; return IPC_WAITS_FOR_ANSWER;
    case PARTY_AWAITING: *whom = party->partner; return IPC_WAITS_FOR_ANSWER;
    default: return IPC_WAITS_FOR_NOBODY;
    }
}

enum ipc_waiting ipc_waits_for(thread_id id, thread_id *whom)
{
    struct party *other = NULL;
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    enum ipc_waiting waiting = thread != NULL ? look(&correspondent_of(thread)->party, &other) : IPC_WAITS_FOR_NOBODY;
    *whom = other != NULL ? thread_of_party(other)->id : 0;
    kernel_unlock(lock);
    return waiting;
}
