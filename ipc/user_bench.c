#include "ipc/user_bench.h"

#include "core/status.h"
#include "core/string.h"
#include "ipc/ipc_bench.h"
#include "ipc/trial.h"
#include "mm/kheap.h"
#include "mm/owner.h"

enum {
    PRIORITY = 10, /* the monitor's */
    HANDLES = 8,
    QUOTA = 16,
    TOLD_OFFSET = 1024,
    SAMPLES_MAX = 64,
    EVENT_ENDED = 1,
    EVENT_SERVER_ENDED = 2,
};

/* ipc/bench_programs.asm */
extern const uint8_t bench_caller[], bench_caller_end[], bench_server[], bench_server_end[];
extern const uint8_t bench_gift_caller[], bench_gift_caller_end[], bench_gift_server[];
extern const uint8_t bench_nothing[], bench_nothing_end[], bench_notifier[], bench_notifier_end[];

/* In the caller's data page. */
struct told {
    handle_t handle;
    uint64_t words;
    uint64_t count;
    uint64_t samples[SAMPLES_MAX + 1]; /* the first one is warming up */
};

static struct told *told_of(const struct trial *trial)
{
    return (struct told *)((char *)trial->page + TOLD_OFFSET);
}

/* Lets the program do it, and takes its samples. */
static int run(struct trial *caller, const struct trial_plan *plan, const struct told *what, uint64_t *samples)
{
    int status = trial_begin(caller, plan, EVENT_ENDED);
    if (status == 0) {
        struct told *told = told_of(caller);
        *told = *what;
        thread_wait(EVENT_ENDED, THREAD_FOREVER);
        memcpy(samples, told->samples + 1, (what->count - 1) * sizeof *samples);
        status = caller->end.how == THREAD_EXITED ? 0 : -EDEAD;
    }
    trial_end(caller);
    return status;
}

/* A program that measures, with a table of handles; `told.handle` leads to the endpoint. */
static int measure(struct trial_plan plan, struct ipc_endpoint *endpoint, struct told told, uint64_t *samples)
{
    struct trial caller;
    plan.handles = kmalloc(handle_table_bytes(HANDLES));
    if (plan.handles == NULL) {
        return -ENOMEM;
    }
    handle_table_init(plan.handles, HANDLES);
    told.handle = handle_give(plan.handles, endpoint, &endpoint->handles,
                              &(struct handle){.badge = 1, .rights = HANDLE_RIGHTS});
    int status = run(&caller, &plan, &told, samples);
    endpoint->handles = NULL;
    kfree(plan.handles);
    return status;
}

/* A caller and a server in address spaces of their own. */
static int measure_two(struct trial_plan caller, struct trial_plan server, struct told told, uint64_t *samples)
{
    struct ipc_endpoint endpoint = {.handles = NULL};
    struct trial serving;
    caller.priority = server.priority = PRIORITY;
    caller.name = "caller";
    server.name = "server";
    server.endpoint = &endpoint;
    int status = trial_begin(&serving, &server, EVENT_SERVER_ENDED);
    if (status == 0) {
        status = measure(caller, &endpoint, told, samples);
    }
    trial_end(&serving);
    thread_wait(EVENT_SERVER_ENDED, 0);
    return status;
}

static int call_user(uint64_t words, uint64_t *samples, size_t count)
{
    return measure_two((struct trial_plan){.start = bench_caller, .end = bench_caller_end},
                       (struct trial_plan){.start = bench_server, .end = bench_server_end},
                       (struct told){.words = words, .count = count + 1}, samples);
}

int bench_ipc_gift_4096(uint64_t *samples, size_t count)
{
    owner_t giver, taker = OWNER_KERNEL;
    struct reclaim_report report;
    int status = owner_create("giver", QUOTA, &giver);
    if (status != 0) {
        return status;
    }
    status = owner_create("taker", QUOTA, &taker);
    if (status == 0) {
        status =
            measure_two((struct trial_plan){.start = bench_gift_caller, .end = bench_gift_caller_end, .owner = giver},
                        (struct trial_plan){.start = bench_gift_server, .end = bench_server_end, .owner = taker},
                        (struct told){.count = count + 1}, samples);
        (void)kheap_reclaim(taker, &report);
    }
    (void)kheap_reclaim(giver, &report);
    return status;
}

int bench_ipc_call_user_32(uint64_t *samples, size_t count)
{
    return call_user(4, samples, count);
}

int bench_ipc_call_user_256(uint64_t *samples, size_t count)
{
    return call_user(32, samples, count);
}

/* The same with a server that is a kernel thread. */
static int against_echo(const struct trial_plan *plan, struct told told, uint64_t *samples)
{
    struct ipc_endpoint endpoint = {.handles = NULL};
    thread_id server;
    int status = bench_echo_start(&endpoint, &server);
    if (status == 0) {
        status = measure(*plan, &endpoint, told, samples);
        thread_kill(server);
    }
    return status;
}

int bench_ipc_call_mixed_32(uint64_t *samples, size_t count)
{
    const struct trial_plan plan = {.name = "caller",
                                    .start = bench_caller,
                                    .end = bench_caller_end,
                                    .priority = PRIORITY};
    return against_echo(&plan, (struct told){.words = 4, .count = count + 1}, samples);
}

int bench_ipc_notify_user(uint64_t *samples, size_t count)
{
    const struct trial_plan plan = {.name = "notifier",
                                    .start = bench_notifier,
                                    .end = bench_notifier_end,
                                    .priority = PRIORITY};
    return against_echo(&plan, (struct told){.count = count + 1}, samples);
}

int bench_syscall_null(uint64_t *samples, size_t count)
{
    struct ipc_endpoint endpoint = {.handles = NULL};
    return measure((struct trial_plan){.name = "nothing",
                                       .start = bench_nothing,
                                       .end = bench_nothing_end,
                                       .priority = PRIORITY},
                   &endpoint, (struct told){.count = count + 1}, samples);
}
