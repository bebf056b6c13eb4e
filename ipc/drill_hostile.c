/* A program in ring 3 makes system calls at random, while two others go on talking, and servers of the kernel answer it and
 * write to it. */
#include <assert.h>
#include <stdbool.h>

#include "core/clock.h"
#include "core/console.h"
#include "core/interrupt.h"
#include "core/lock.h"
#include "core/status.h"
#include "core/string.h"
#include "ipc/drill_ipc.h"
#include "ipc/io_table.h"
#include "ipc/ipc_bench.h"
#include "ipc/syscall.h"
#include "ipc/trial.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/window.h"

enum {
    CALLS = 2000000,
    CALL_KINDS = SYSCALLS + 1, /* the last one: any number that is none */
    STATUSES = 16,             /* at least STATUS_COUNT */
    TRIED_MIN = 1000,          /* times that each call must have got past the checks of its arguments */
    HANDLES = 64,
    GIVEN = 8,
    QUOTA = 4096,
    PRIORITY = 9, /* the monitor, with 10, waits */
    PEACEFUL = 8, /* they go on whenever the hostile program waits: at its every yield would take too long */
    TOLD_OFFSET = 1024,
    PEACEFUL_ROUNDS = 64,
    EVENT_ENDED = 1,
    EVENT_PEACE = 2,
};

/* ipc/hostile.asm, ipc/bench_programs.asm */
extern const uint8_t hostile_program[], hostile_program_end[];
extern const uint8_t bench_caller[], bench_caller_end[], bench_server[], bench_server_end[];

/* In the program's data page. */
struct orders {
    uint64_t seed, calls, leaks;
    handle_t handles[GIVEN];
    uint64_t gifts[GIVEN];
    handle_t handed;
    uint64_t token;
    uint32_t counts[CALL_KINDS][STATUSES]; /* by status, 0 for success */
};

/* In those of the peaceful: as ipc/user_bench.c has it. */
struct told {
    handle_t handle;
    uint64_t words, count;
    uint64_t samples[PEACEFUL_ROUNDS];
};

static_assert(TOLD_OFFSET + sizeof(struct orders) <= 3496, "ipc/hostile.asm keeps its registers behind them");

/* What it may drive: a port that only a card for diagnosis reads, a line that nothing pulls, and what the kernel prints. */
static const struct {
    enum device_kind kind;
    uint64_t start;
} its_devices[] = {{DEVICE_PORTS, 0x80}, {DEVICE_INTERRUPT, 5}, {DEVICE_CONSOLE, 0}};
enum { DEVICES = sizeof its_devices / sizeof *its_devices };

static struct {
    struct ipc_endpoint echo, own, peace, taker;
    struct io_table *io;
    owner_t owner, writer; /* of the hostile program, and of what is written to it */
    struct handle_table *hostile, *poster, *peaceful, *taken;
    handle_t to_hostile, to_peace;
} field;

static handle_t give(struct handle_table *table, struct ipc_endpoint *endpoint, uint16_t rights)
{
    return handle_give(table, endpoint, &endpoint->handles, &(struct handle){.badge = 1, .rights = rights});
}

/* Writes to the hostile program whenever that receives: words, handles, blocks. What it does not take stays here. */
static void post(void *unused)
{
    int status = 0;
    (void)unused;
    for (uint64_t i = 0; status != -EDEAD; i++) {
        struct message message = {.type = i, .words = (uint32_t)(i % MESSAGE_WORDS_FAST)};
        void *gift = i % 32 == 7 ? kzalloc(HEAP_BLOCK_SIZE) : NULL;
        message.carries = (gift != NULL ? MESSAGE_GIFT : 0) | (i % 4 == 2 ? MESSAGE_HANDLE : 0);
        message.gift = gift;
        message.gift_blocks = 1;
        message.handle = field.to_hostile;
        message.rights = HANDLE_CALL;
        status = i % 2 == 0 ? ipc_call(field.to_hostile, &message, IPC_FOREVER)
                            : ipc_send(field.to_hostile, &message, IPC_FOREVER);
        if (status != 0) {
            kfree(gift);
        }
        if (status == -EINVARG) {
            return; /* it has no handles yet, or no more */
        }
    }
}

/* Takes whatever is sent, and lets go of it. */
static void take(void *unused)
{
    struct message message;
    (void)unused;
    (void)ipc_accept(MESSAGE_CARRIES, WINDOW_BLOCKS_MAX, 0);
    for (int status = ipc_receive(&message, IPC_FOREVER); status == 0;
         status = ipc_reply_receive(message.token, &message, IPC_FOREVER)) {
        if ((message.carries & MESSAGE_GIFT) != 0) {
            kfree(message.gift);
        }
        if ((message.carries & MESSAGE_HANDLE) != 0) {
            (void)ipc_close(message.handle);
        }
        message.carries = 0;
    }
}

/* Each call has been refused for its arguments at times, but not always. */
static bool all_tried(const struct orders *orders)
{
    for (size_t call = 0; call < CALL_KINDS; call++) {
        uint64_t past = 0;
        kprintf("hostile: call %2zu:", call);
        for (size_t status = 0; status < STATUS_COUNT; status++) {
            kprintf(" %7u", orders->counts[call][status]);
            past += status != EINVARG ? orders->counts[call][status] : 0;
        }
        kprintf("\n");
        bool exists = call != SYSCALL_EXIT && call != SYSCALLS;
        if (exists ? past < TRIED_MIN : past != 0) {
            return false;
        }
    }
    return true;
}

static const char *verdict(const struct orders *orders, const struct thread_end *end)
{
    if (end->how != THREAD_EXITED) {
        return "the hostile program was ended";
    }
    if (orders->leaks != 0) {
        return "a system call leaves something in a register";
    }
    return all_tried(orders) ? NULL : "a call was not tried often enough, or one that does not exist was answered";
}

/* Two in ring 3 who talk to each other; whether all of it came through. */
static bool peaceful(void)
{
    struct trial server, caller;
    const struct trial_plan serving = {.name = "server",
                                       .start = bench_server,
                                       .end = bench_server_end,
                                       .priority = PEACEFUL,
                                       .endpoint = &field.peace};
    const struct trial_plan calling = {.name = "caller",
                                       .start = bench_caller,
                                       .end = bench_caller_end,
                                       .priority = PEACEFUL,
                                       .handles = field.peaceful};
    bool well = trial_begin(&server, &serving, 0) == 0 && trial_begin(&caller, &calling, EVENT_PEACE) == 0;
    if (well) {
        struct told *told = (struct told *)((char *)caller.page + TOLD_OFFSET);
        *told = (struct told){.handle = field.to_peace, .words = MESSAGE_WORDS_FAST, .count = PEACEFUL_ROUNDS};
        thread_wait(EVENT_PEACE, THREAD_FOREVER);
        well = caller.end.how == THREAD_EXITED && caller.end.rax == field.to_peace;
        trial_end(&caller);
    }
    trial_end(&server);
    return well;
}

static const char *attack(uint64_t seed)
{
    struct trial hostile;
    const struct trial_plan plan = {.name = "hostile",
                                    .start = hostile_program,
                                    .end = hostile_program_end,
                                    .priority = PRIORITY,
                                    .handles = field.hostile,
                                    .endpoint = &field.own,
                                    .owner = field.owner};
    if (trial_begin(&hostile, &plan, EVENT_ENDED) != 0) {
        trial_end(&hostile);
        return "there is no memory for a program";
    }
    (void)io_use_table(hostile.id, field.io);
    struct orders *orders = (struct orders *)((char *)hostile.page + TOLD_OFFSET);
    *orders = (struct orders){.seed = seed, .calls = CALLS};
    orders->handles[0] = orders->handles[1] = give(field.hostile, &field.echo, HANDLE_RIGHTS);
    orders->handles[2] = give(field.hostile, &field.echo, HANDLE_NOTIFY);
    orders->handles[3] = give(field.hostile, &field.own, HANDLE_RIGHTS); /* itself */
    orders->handles[4] = orders->handles[5] = give(field.hostile, &field.taker, HANDLE_RIGHTS);
    const char *wrong = NULL;
    while (hostile.end.how == THREAD_LIVES && wrong == NULL) {
        wrong = peaceful() ? NULL : "the peaceful were disturbed";
    }
    thread_wait(EVENT_ENDED, 0);
    wrong = wrong == NULL ? verdict(orders, &hostile.end) : wrong;
    trial_end(&hostile);
    return wrong;
}

static bool start(const char *name, void (*run)(void *), owner_t owner, thread_id *id)
{
    const struct thread_plan plan = {.name = name, .run = run, .priority = PRIORITY, .owner = owner};
    return thread_create(&plan, id) == 0;
}

/* While two servers answer, and one writes. */
static const char *with_servers(void)
{
    thread_id echo = 0, poster = 0, taker = 0;
    uint64_t seed = clock_nanoseconds() | 1;
    const char *wrong = "there is no memory for a thread";
    kprintf("hostile: seed 0x%llx\n", (unsigned long long)seed);
    if (bench_echo_start(&field.echo, &echo) == 0 && start("taker", take, OWNER_KERNEL, &taker) &&
        start("poster", post, field.writer, &poster)) {
        ipc_use_handles(taker, field.taken);
        ipc_bind(&field.taker, taker);
        ipc_use_handles(poster, field.poster);
        wrong = attack(seed);
    }
    thread_kill(poster); /* if the end of the program has not ended it already */
    thread_kill(taker);
    thread_kill(echo);
    return wrong;
}

/* What the program had is the owner's: it goes with that, and nothing else of it is left. So does what was about to be given to it. */
static const char *with_owners(void)
{
    struct reclaim_report report, written;
    if (owner_create("hostile", QUOTA, &field.owner) != 0) {
        return "there is no memory for an owner";
    }
    const char *wrong = "there is no memory for an owner";
    if (owner_create("writer", QUOTA, &field.writer) == 0) {
        wrong = with_servers();
        (void)kheap_reclaim(field.writer, &written);
    }
    if (kheap_reclaim(field.owner, &report) != 0 || report.charged != 0) {
        return "what the hostile program was charged for is left";
    }
    kprintf("hostile: it leaves %zu blocks\n", report.blocks);
    return wrong;
}

static void give_back_devices(void)
{
    uint64_t lock = kernel_lock();
    for (uint16_t i = 0; i < field.io->count; i++) {
        struct device *claim = field.io->devices[i].claim;
        if (claim->kind == DEVICE_INTERRUPT) {
            interrupt_detach((unsigned)claim->start);
        }
        device_release(claim);
    }
    kernel_unlock(lock);
}

static bool take_devices(void)
{
    uint64_t lock = kernel_lock();
    struct device *claim = NULL;
    for (field.io->count = 0; field.io->count < DEVICES; field.io->count++) {
        claim = device_take(its_devices[field.io->count].kind, its_devices[field.io->count].start, 1, "hostile");
        if (claim == NULL) {
            break;
        }
        field.io->devices[field.io->count] = (struct io_device){.claim = claim};
    }
    kernel_unlock(lock);
    return claim != NULL;
}

static const char *with_devices(void)
{
    field.io = kmalloc(io_table_bytes(DEVICES));
    if (field.io == NULL) {
        return "there is no memory for devices";
    }
    const char *wrong = take_devices() ? with_owners() : "somebody else has a device of it";
    give_back_devices();
    kfree(field.io);
    return wrong;
}

const char *drill_hostile(void)
{
    struct handle_table **const tables[] = {&field.hostile, &field.poster, &field.peaceful, &field.taken};
    const char *wrong = NULL;
    field.echo = field.own = field.peace = field.taker = (struct ipc_endpoint){.handles = NULL};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        *tables[i] = kmalloc(handle_table_bytes(HANDLES));
        if (*tables[i] == NULL) {
            wrong = "there is no memory for handles";
        } else {
            handle_table_init(*tables[i], HANDLES);
        }
    }
    if (wrong == NULL) {
        field.to_hostile = give(field.poster, &field.own, HANDLE_RIGHTS);
        field.to_peace = give(field.peaceful, &field.peace, HANDLE_CALL);
        wrong = with_devices();
    }
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        kfree(*tables[i]);
    }
    return wrong;
}
