/* Ending one of two between whom blocks and a handle are under way, in each state that it can be in: what was not delivered is the
 * sender's, what was is the receiver's, and when both have ended nothing of either is left. */
#include <stdbool.h>

#include "core/status.h"
#include "core/thread.h"
#include "ipc/correspondent.h"
#include "ipc/drill_ipc.h"
#include "ipc/trial.h"
#include "mm/charge.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/window.h"

enum {
    HIGH = 20, /* the monitor has 10: they run at once until they wait */
    USER = 9,
    SLOTS = 2,
    BLOCKS = 2,
    QUOTA = 16,
    TOLD_OFFSET = 1024,
    MOMENT = 1000000, /* nanoseconds */
    PATIENCE = 10000, /* moments     */
    EVENT_ENDED = 1,
    EVENT_GO = 2,
    EVENT_NEVER = 4,
};

/* ipc/bench_programs.asm */
extern const uint8_t bench_caller[], bench_caller_end[];

/* In the caller's data page: as ipc/user_bench.c has it. */
struct told {
    handle_t handle;
    uint64_t words, count;
};

/* What the receiver does. */
enum manner { NEVER_LOOKS, TAKES_ONE };

static const struct scene {
    const char *what;
    enum manner receiver;
    bool call;
    bool user; /* the sender is in ring 3 */
    bool receiver_dies;
    enum party_state state; /* of who dies */
    bool delivered;
} scenes[] = {
    {"one that was sending", NEVER_LOOKS, false, false, false, PARTY_SENDING, false},
    {"one that was calling", NEVER_LOOKS, true, false, false, PARTY_CALLING, false},
    {"one that awaited an answer", TAKES_ONE, true, false, false, PARTY_AWAITING, true},
    {"one in ring 3 that was calling", NEVER_LOOKS, true, true, false, PARTY_CALLING, false},
    {"one in ring 3 that awaited an answer", TAKES_ONE, true, true, false, PARTY_AWAITING, true},
    {"a receiver that was sent to", NEVER_LOOKS, false, false, true, PARTY_ACTIVE, false},
    {"a receiver that was called", NEVER_LOOKS, true, false, true, PARTY_ACTIVE, false},
    {"a receiver that was called from ring 3", NEVER_LOOKS, true, true, true, PARTY_ACTIVE, false},
    {"a receiver that had taken a call", TAKES_ONE, true, false, true, PARTY_ACTIVE, true},
    {"a receiver that had taken a call from ring 3", TAKES_ONE, true, true, true, PARTY_ACTIVE, true},
};

/* The scene being played. */
static struct {
    const struct scene *scene;
    struct ipc_endpoint endpoint;
    struct handle_table *from, *to;
    handle_t handle; /* the sender's to the endpoint */
    owner_t giver, taker;
    thread_id sender, receiver;
    struct trial trial;
    volatile int status; /* of the sender's call */
} play;

static void take(void *unused)
{
    static struct message message;
    (void)unused;
    (void)kheap_act_as(play.taker);
    thread_wait(EVENT_GO, THREAD_FOREVER); /* until it has handles */
    (void)ipc_accept(MESSAGE_CARRIES, BLOCKS, 0);
    if (play.scene->receiver == TAKES_ONE) {
        (void)ipc_receive(&message, IPC_FOREVER);
    }
    thread_wait(EVENT_NEVER, THREAD_FOREVER);
}

static void give(void *unused)
{
    (void)unused;
    (void)kheap_act_as(play.giver);
    thread_wait(EVENT_GO, THREAD_FOREVER);
    struct message message = {.carries = MESSAGE_CARRIES,
                              .gift = kzalloc(BLOCKS * HEAP_BLOCK_SIZE),
                              .gift_blocks = BLOCKS,
                              .handle = play.handle,
                              .rights = HANDLE_SEND};
    play.status = play.scene->call ? ipc_call(play.handle, &message, IPC_FOREVER)
                                   : ipc_send(play.handle, &message, IPC_FOREVER);
    thread_wait(EVENT_NEVER, THREAD_FOREVER);
}

static bool start(void (*run)(void *), struct handle_table *table, thread_id *id)
{
    return thread_create(&(struct thread_plan){.name = "mortal", .run = run, .priority = HIGH}, id) == 0 &&
           ipc_use_handles(*id, table) == 0;
}

static enum party_state state_of(thread_id id)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    enum party_state state = thread != NULL ? correspondent_of(thread)->party.state : PARTY_ACTIVE;
    kernel_unlock(lock);
    return state;
}

/* However long ring 3 takes: it runs only while this thread waits. */
static void await_sender(void)
{
    for (size_t i = 0; i < PATIENCE && state_of(play.sender) == PARTY_ACTIVE; i++) {
        thread_sleep(MOMENT);
    }
}

static bool start_user(void)
{
    const struct trial_plan plan = {.name = "mortal",
                                    .start = bench_caller,
                                    .end = bench_caller_end,
                                    .priority = USER,
                                    .handles = play.from,
                                    .owner = play.giver};
    int status;
    void *run = kmalloc_for(play.giver, BLOCKS * HEAP_BLOCK_SIZE, &status);
    if (run == NULL || trial_begin(&play.trial, &plan, EVENT_ENDED) != 0 ||
        window_map(&play.trial.space, run, BLOCKS) != 0) {
        return false;
    }
    struct message *page = play.trial.page;
    page->gift = (void *)window_address(run);
    page->gift_blocks = BLOCKS;
    page->handle = play.handle;
    page->rights = HANDLE_SEND;
    *(struct told *)((char *)page + TOLD_OFFSET) =
        (struct told){play.handle, (uint64_t)MESSAGE_CARRIES << 32, 1}; /* no words */
    play.sender = play.trial.id;
    await_sender();
    return true;
}

/* Blocks that the owner has and can give, not those that it is charged for. */
static size_t blocks_of(owner_t owner)
{
    struct owner_totals totals = {.held = 0};
    (void)owner_totals(owner, &totals);
    return totals.held - totals.charged;
}

static bool is_whose_it_must_be(void)
{
    size_t undelivered = play.scene->delivered ? 0 : BLOCKS;
    return blocks_of(play.giver) == undelivered && blocks_of(play.taker) == BLOCKS - undelivered &&
           handle_table_has_room(play.to) != play.scene->delivered;
}

static bool begin(void)
{
    play.status = 1;
    if (!start(take, play.to, &play.receiver) || ipc_bind(&play.endpoint, play.receiver) != 0) {
        return false;
    }
    thread_notify(play.receiver, EVENT_GO);
    if (play.scene->user) {
        return start_user();
    }
    bool begun = start(give, play.from, &play.sender);
    thread_notify(play.sender, EVENT_GO);
    return begun;
}

static bool dies(void)
{
    bool begun = begin();
    thread_id victim = play.scene->receiver_dies ? play.receiver : play.sender;
    bool right = begun && state_of(victim) == play.scene->state && is_whose_it_must_be();
    right = right && thread_kill(victim) == 0 && is_whose_it_must_be();
    bool told = !play.scene->receiver_dies || play.scene->user || play.status == -EDEAD;
    thread_kill(play.sender);
    thread_kill(play.receiver);
    return right && told;
}

/* Everything that both had goes: the blocks with the owners, the handles with the tables. */
static bool leaves_nothing(void)
{
    struct reclaim_report report;
    size_t expected = play.scene->delivered ? BLOCKS : 0;
    if (play.scene->user) {
        trial_end(&play.trial);
        thread_wait(EVENT_ENDED, 0);
    }
    (void)kheap_reclaim(play.giver, &report);
    bool right = kheap_reclaim(play.taker, &report) == 0 && report.blocks == expected;
    ipc_close_all(play.from);
    ipc_close_all(play.to);
    return right && play.endpoint.handles == NULL;
}

static bool prepare(const struct scene *scene)
{
    play.scene = scene;
    play.endpoint = (struct ipc_endpoint){.handles = NULL};
    handle_table_init(play.from, SLOTS);
    handle_table_init(play.to, 1);
    play.handle = handle_give(play.from, &play.endpoint, &play.endpoint.handles,
                              &(struct handle){.badge = 1, .rights = HANDLE_RIGHTS});
    return owner_create("taker", QUOTA, &play.taker) == 0 && owner_create("giver", QUOTA, &play.giver) == 0;
}

static const char *play_all(void)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        size_t used = kheap_totals().used;
        bool right = prepare(&scenes[i]) && dies();
        right = leaves_nothing() && right;
        if (!right || kheap_totals().used != used) {
            return scenes[i].what;
        }
    }
    return NULL;
}

const char *drill_death(void)
{
    play.from = kmalloc(handle_table_bytes(SLOTS));
    play.to = kmalloc(handle_table_bytes(1));
    const char *wrong = play.from != NULL && play.to != NULL ? play_all() : "there is no memory for handles";
    kfree(play.from);
    kfree(play.to);
    return wrong;
}
