#include "servers/bench.h"

#include "core/cpu.h"
#include "core/lock.h"
#include "core/string.h"
#include "ipc/supervisor.h"
#include "mm/kheap.h"
#include "servers/store/messages.h"

enum { HANDLES = 1 };

static struct ipc_endpoint *store_endpoint(void)
{
    struct server_totals server;
    for (size_t row = 0; server_totals(row, &server); row++) {
        if (strcmp(server.what->name, "store") == 0) {
            return server_endpoint(row);
        }
    }
    return NULL;
}

static handle_t give(struct handle_table *table, struct ipc_endpoint *endpoint)
{
    handle_table_init(table, HANDLES);
    uint64_t lock = kernel_lock();
    handle_t handle =
        handle_give(table, endpoint, &endpoint->handles, &(struct handle){.badge = 1, .rights = HANDLE_CALL});
    kernel_unlock(lock);
    return handle;
}

static int measure(handle_t store, uint64_t *samples, size_t count)
{
    union store_delete it;
    int status = -EINVARG;
    for (size_t i = 0; status == -EINVARG && i < count; i++) {
        it = (union store_delete){.ask.key = "none"};
        uint64_t before = cpu_timestamp();
        status = store_delete(store, &it);
        samples[i] = cpu_timestamp() - before;
    }
    return status == -EINVARG ? 0 : status;
}

int bench_shell_to_store(uint64_t *samples, size_t count)
{
    struct ipc_endpoint *endpoint = store_endpoint();
    struct handle_table *table = kmalloc(handle_table_bytes(HANDLES));
    if (endpoint == NULL || table == NULL) {
        kfree(table);
        return endpoint == NULL ? -EDEAD : -ENOMEM;
    }
    handle_t store = give(table, endpoint);
    (void)ipc_use_handles(thread_self(), table);
    int status = measure(store, samples, count);
    (void)ipc_use_handles(thread_self(), NULL);
    ipc_close_all(table);
    kfree(table);
    return status;
}
