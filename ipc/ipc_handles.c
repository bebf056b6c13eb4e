/* Handles taken back. */
#include "core/lock.h"
#include "core/status.h"
#include "ipc/correspondent.h"
#include "ipc/setup.h"

enum { REVOKED_AT_ONCE = 32 };

/* Takes back what was derived from the handle, and with `all` itself. True: not everything yet. Under the lock. */
static bool revoke_some(struct handle *handle, bool all)
{
    struct handle **ring = &handle->endpoint->handles;
    for (int i = 0; i < REVOKED_AT_ONCE; i++) {
        if (!handle_revoke_one(handle, ring)) {
            if (all) {
                handle_take(handle, ring);
            }
            return false;
        }
    }
    return true;
}

/* -EINVARG: there is no handle of that number. */
static int revoke(handle_t number, bool all)
{
    bool found = false, more = true;
    while (more) {
        uint64_t lock = kernel_lock();
        struct handle *handle = handle_named(correspondent_of(thread_current(percpu_here()))->handles, number);
        more = handle != NULL && revoke_some(handle, all);
        found = found || handle != NULL;
        thread_unlock(lock);
    }
    return found ? 0 : -EINVARG;
}

int ipc_revoke(handle_t handle)
{
    return revoke(handle, false);
}

int ipc_close(handle_t handle)
{
    return revoke(handle, true);
}

void ipc_close_all(struct handle_table *table)
{
    for (uint32_t i = 0; i < table->count; i++) {
        bool more = true;
        while (more) {
            uint64_t lock = kernel_lock();
            more = table->slots[i].rights != 0 && revoke_some(&table->slots[i], true);
            kernel_unlock(lock);
        }
    }
}
