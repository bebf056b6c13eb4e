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
    CALLERS = 3,
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

static bool begin(struct trial *trial, uint64_t pattern, bool serves)
{
    const struct trial_plan plan = {.name = "fpu",
                                    .start = fpu_program,
                                    .end = fpu_program_end,
                                    .priority = PRIORITY,
                                    .handles = field.table,
                                    .endpoint = serves ? &field.server : NULL};
    if (trial_begin(trial, &plan, EVENT_ENDED) != 0) {
        return false;
    }
    struct told *told = (struct told *)((char *)trial->page + TOLD_OFFSET);
    *told = field.told;
    told->pattern = pattern;
    told->serves = serves;
    return true;
}

static bool finish(struct trial *trial)
{
    while (trial->end.how == THREAD_LIVES) {
        (void)thread_wait(EVENT_ENDED, THREAD_FOREVER);
    }
    return trial->end.how == THREAD_EXITED && trial->end.rax == GOOD;
}

static const char *run(struct trial *server, struct trial callers[CALLERS])
{
    bool begun = begin(server, 0x11111111, true) && begin(&callers[0], 0x22222222, false) &&
                 begin(&callers[1], 0, false) && begin(&callers[2], 0x33333333, false);
    bool good = true;
    for (size_t i = 0; begun && i < CALLERS; i++) {
        good = finish(&callers[i]) && good;
    }
    return !begun                                     ? "there is no memory for a program"
           : !good || server->end.how != THREAD_LIVES ? "a program saw a register of another one, or lost its own"
                                                      : NULL;
}

/* Nothing is kept of who has ended with its state in the registers, where somebody else's memory may be by now. */
static const char *end(void)
{
    struct trial first, second;
    field.told.rounds = 1;
    bool good = begin(&first, 0x44444444, false) && finish(&first);
    uint8_t *memory = kmalloc(THREAD_FPU_BYTES);
    if (memory != NULL) {
        memset(memory, 0xA5, THREAD_FPU_BYTES);
        good = begin(&second, 0, false) && finish(&second) && good;
        trial_end(&second);
    }
    for (size_t i = 0; memory != NULL && i < THREAD_FPU_BYTES; i++) {
        good = good && memory[i] == 0xA5;
    }
    kfree(memory);
    trial_end(&first);
    return good && memory != NULL ? NULL : "the registers of a program that has ended were kept in somebody's memory";
}

const char *drill_fpu(void)
{
    static struct trial server, callers[CALLERS];
    thread_id echo;
    field.echo = field.server = (struct ipc_endpoint){.handles = NULL};
    field.table = kmalloc(handle_table_bytes(HANDLES));
    if (field.table == NULL) {
        return "there is no memory for handles";
    }
    handle_table_init(field.table, HANDLES);
    field.told = (struct told){.handles = {give(&field.echo), give(&field.server)}, .rounds = ROUNDS};
    const char *wrong = "there is no memory for a thread";
    if (bench_echo_start(&field.echo, &echo) == 0) {
        server = callers[0] = callers[1] = callers[2] = (struct trial){.end.how = THREAD_KILLED};
        wrong = run(&server, callers);
        wrong = wrong == NULL ? end() : wrong;
        for (size_t i = 0; i < CALLERS; i++) {
            trial_end(&callers[i]);
        }
        trial_end(&server);
        (void)thread_kill(echo);
    }
    kfree(field.table);
    return wrong;
}
