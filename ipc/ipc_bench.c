#include "ipc/ipc_bench.h"

#include "core/cpu.h"
#include "core/lock.h"
#include "core/status.h"
#include "core/thread.h"
#include "ipc/bare.h"
#include "mm/kheap.h"

enum {
    PRIORITY = 10, /* the monitor's */
    WORDS = 4,
    HANDLES = 8,
};

static void echo(void *unused)
{
    struct message message;
    (void)unused;
    int status = ipc_receive(&message, IPC_FOREVER);
    while (status == 0) {
        status = ipc_reply_receive_bare(message.token, &message, IPC_FOREVER);
    }
}

int bench_echo_start(struct ipc_endpoint *endpoint, thread_id *server)
{
    uint64_t lock = kernel_lock(); /* it must not run before it is bound, whenever this turn ends */
    int status = thread_create(&(struct thread_plan){.name = "echo", .run = echo, .priority = PRIORITY}, server);
    status = status == 0 ? ipc_bind(endpoint, *server) : status;
    kernel_unlock(lock);
    if (status == 0) {
        thread_yield();
    }
    return status;
}

static int measure(handle_t server, uint64_t *samples, size_t count)
{
    struct message message = {.words = WORDS};
    int status = ipc_call(server, &message, IPC_FOREVER);
    for (size_t i = 0; status == 0 && i < count; i++) {
        uint64_t before = cpu_timestamp();
        status = ipc_call_bare(server, &message, IPC_FOREVER);
        samples[i] = cpu_timestamp() - before;
    }
    return status;
}

int bench_ipc_call_kernel_32(uint64_t *samples, size_t count)
{
    struct handle_table *table = kmalloc(handle_table_bytes(HANDLES));
    struct ipc_endpoint endpoint = {.handles = NULL};
    thread_id server;
    if (table == NULL) {
        return -ENOMEM;
    }
    handle_table_init(table, HANDLES);
    handle_t handle =
        handle_give(table, &endpoint, &endpoint.handles, &(struct handle){.badge = 1, .rights = HANDLE_CALL});
    int status = bench_echo_start(&endpoint, &server);
    if (status == 0) {
        ipc_use_handles(thread_self(), table);
        status = measure(handle, samples, count);
        ipc_use_handles(thread_self(), NULL);
        thread_kill(server);
    }
    kfree(table);
    return status;
}
