/* Programs in ring 3 that call each other, and a kernel thread, with and without floating-point registers. */
#include <stdbool.h>

#include "core/string.h"
#include "core/thread.h"
#include "ipc/drill_user.h"
#include "ipc/ipc_bench.h"
#include "ipc/trial.h"
#include "mm/kheap.h"

enum {
    PRIORITY = 9, /* below the monitor, which waits */
    HANDLES = 8,
    TOLD_OFFSET = 1024,
    ROUNDS = 20000, /* long enough to lose the processor in between */
    GOOD = 0x600D,
    PROGRAMS = 4,
    EVENT_ENDED = 1,
};

/* ipc/drill_fpu.asm */
extern const uint8_t fpu_program[], fpu_program_end[];

/* In a program's data page. */
struct told {
    handle_t handles[2];
    uint64_t rounds;
    uint64_t pattern; /* 0: it has none until its end */
    uint64_t serves;
};

static struct {
    struct ipc_endpoint echo, server;
    struct handle_table *table;
    struct told told;
} field;

static handle_t give(struct ipc_endpoint *endpoint)
{
    return handle_give(field.table, endpoint, &endpoint->handles,
                       &(struct handle){.badge = 1, .rights = HANDLE_CALL});
}

/* The first of a run serves the others. */
static bool begin(struct trial *trial, uint64_t pattern, bool serves)
{
    struct trial_plan plan = {
        .name = "fpu", .start = fpu_program, .end = fpu_program_end, .priority = PRIORITY, .handles = field.table};
    if (serves) {
        plan.endpoint = &field.server;
    }
    bool begun = trial_begin(trial, &plan, EVENT_ENDED) == 0;
    if (begun) {
        struct told *told = (struct told *)((char *)trial->page + TOLD_OFFSET);
        *told = field.told;
        told->pattern = pattern;
        told->serves = serves;
    }
    return begun;
}

static bool finish(struct trial *trial)
{
    while (trial->end.how == THREAD_LIVES) {
        (void)thread_wait(EVENT_ENDED, THREAD_FOREVER);
    }
    return trial->end.how == THREAD_EXITED && trial->end.rax == GOOD;
}

/* One with none among those that have some. */
static bool run(struct trial trials[PROGRAMS])
{
    static const uint32_t patterns[PROGRAMS] = {0x11111111, 0x22222222, 0, 0x33333333};
    bool good = true;
    for (size_t i = 0; i < PROGRAMS; i++) {
        good = begin(&trials[i], patterns[i], i == 0) && good;
    }
    for (size_t i = 1; i < PROGRAMS; i++) {
        good = finish(&trials[i]) && good;
    }
    good = good && trials[0].end.how == THREAD_LIVES;
    for (size_t i = 0; i < PROGRAMS; i++) {
        trial_end(&trials[i]);
    }
    return good;
}

/* Nothing is kept of who has ended with its state in the registers, where somebody else's memory may be by now. */
static bool end(struct trial trials[PROGRAMS])
{
    field.told.rounds = 1;
    field.told.handles[1] = field.told.handles[0]; /* the other one is gone */
    bool good = begin(&trials[0], 0x44444444, false) && finish(&trials[0]);
    uint8_t *memory = kmalloc(THREAD_FPU_BYTES);
    if (memory == NULL) {
        return false;
    }
    memset(memory, 0, THREAD_FPU_BYTES);
    good = begin(&trials[1], 0, false) && finish(&trials[1]) && good;
    for (size_t i = 0; i < THREAD_FPU_BYTES; i++) {
        good = good && memory[i] == 0;
    }
    kfree(memory);
    trial_end(&trials[0]);
    trial_end(&trials[1]);
    return good;
}

const char *drill_fpu(void)
{
    static struct trial trials[PROGRAMS];
    thread_id echo;
    field.echo = field.server = (struct ipc_endpoint){.handles = NULL};
    field.table = kmalloc(handle_table_bytes(HANDLES));
    if (field.table == NULL || bench_echo_start(&field.echo, &echo) != 0) {
        kfree(field.table);
        return "there is no memory for a thread";
    }
    handle_table_init(field.table, HANDLES);
    field.told = (struct told){.handles = {give(&field.echo), give(&field.server)}, .rounds = ROUNDS};
    const char *wrong = !run(trials)   ? "a program saw a register of another one, or lost its own"
                        : !end(trials) ? "the registers of a program that has ended were kept in somebody's memory"
                                       : NULL;
    (void)thread_kill(echo);
    kfree(field.table);
    return wrong;
}
