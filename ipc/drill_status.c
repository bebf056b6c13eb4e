/* Every status that a call can return, provoked, and none but those: a row for each call. */
#include <stdbool.h>

#include "core/status.h"
#include "core/thread.h"
#include "ipc/drill_ipc.h"
#include "ipc/ipc.h"
#include "ipc/setup.h"
#include "ipc/window.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "mm/window.h"

enum {
    PEER = 20, /* its priority: the monitor has 10 */
    SLOTS = 8,
    PEER_QUOTA = 2,
    PEER_BLOCKS = 8, /* of a gift: more than it may hold */
    EVENT = 1,
    MILLISECOND = 1000 * 1000,
};

enum call {
    CALL,
    SEND,
    RECEIVE,
    REPLY,
    REPLY_RECEIVE,
    NOTIFY,
    ACCEPT,
    REVOKE,
    CLOSE,
    GRANT,
    RETURN,
    CALLS,
};

#define BIT(status)   (1u << (status))
#define CARRYING      (BIT(EINVARG) | BIT(EPERM) | BIT(EREFUSED) | BIT(EQUOTA) | BIT(ENOMEM))
#define WAITING       (BIT(EDEAD) | BIT(ECYCLE) | BIT(ETIMEDOUT))
#define GOOD_OR_WRONG (BIT(0) | BIT(EINVARG))

/* docs/ipc.md has the same table. */
static const unsigned promised[CALLS] = {
    [CALL] = BIT(0) | CARRYING | WAITING,
    [SEND] = BIT(0) | CARRYING | WAITING,
    [RECEIVE] = GOOD_OR_WRONG | BIT(ETIMEDOUT),
    [REPLY] = BIT(0) | CARRYING,
    [REPLY_RECEIVE] = BIT(0) | CARRYING | BIT(ETIMEDOUT),
    [NOTIFY] = GOOD_OR_WRONG | BIT(EPERM) | BIT(EDEAD),
    [ACCEPT] = GOOD_OR_WRONG,
    [REVOKE] = GOOD_OR_WRONG,
    [CLOSE] = GOOD_OR_WRONG,
    [GRANT] = GOOD_OR_WRONG | BIT(EQUOTA) | BIT(ENOMEM),
    [RETURN] = GOOD_OR_WRONG,
};

static struct {
    struct ipc_endpoint peer, own, nobody, lazy;
    struct handle_table *table, *full; /* the drill's, and the peer's, which has no room */
    handle_t to_peer, to_own, to_nobody, to_lazy, nothing_allowed;
    owner_t owner;
    unsigned seen[CALLS];
} drill;

static int note(enum call call, int64_t status)
{
    drill.seen[call] |= BIT(status < 0 ? (unsigned)-status : 0);
    return (int)status;
}

/* Asks the drill, and answers it: in turns. It accepts more than it has room for. */
static void peer(void *unused)
{
    struct message message = {.words = 0};
    (void)unused;
    (void)thread_wait(EVENT, THREAD_FOREVER); /* until it has handles */
    (void)ipc_accept(MESSAGE_CARRIES, PEER_BLOCKS, 0);
    int status = ipc_receive(&message, IPC_FOREVER);
    while (status == 0) {
        message.carries = 0;
        if (message.token != 0) {
            (void)ipc_reply(message.token, &message);
        }
        if (message.type == REPLY) {
            (void)ipc_call(drill.full->slots[0].use << HANDLE_SLOT_BITS, &message, IPC_FOREVER);
        }
        status = ipc_receive(&message, IPC_FOREVER);
    }
}

static void lazy(void *unused)
{
    (void)unused;
    (void)thread_wait(EVENT, THREAD_FOREVER);
}

/* What carries a gift of so many blocks, or a handle with those rights. */
static struct message gift(void *ptr, uint64_t blocks)
{
    return (struct message){.carries = MESSAGE_GIFT, .gift = ptr, .gift_blocks = blocks};
}

static struct message handle(handle_t number, uint64_t rights)
{
    return (struct message){.carries = MESSAGE_HANDLE, .handle = number, .rights = rights};
}

typedef int sender(handle_t to, struct message *message, uint64_t nanoseconds);

static void try_sending(enum call call, sender *with, void *run)
{
    struct message message = {.words = 0};
    note(call, with(drill.to_peer, &message, IPC_FOREVER));
    note(call, with(drill.to_peer + 1000, &message, IPC_FOREVER));
    note(call, with(drill.nothing_allowed, &message, IPC_FOREVER));
    note(call, with(drill.to_nobody, &message, IPC_FOREVER));
    note(call, with(drill.to_own, &message, IPC_FOREVER));
    note(call, with(drill.to_lazy, &message, MILLISECOND));
    message = gift(run, PEER_BLOCKS + 1);
    note(call, with(drill.to_peer, &message, IPC_FOREVER));
    message = gift(run, PEER_BLOCKS);
    note(call, with(drill.to_peer, &message, IPC_FOREVER));
    message = handle(drill.to_peer, HANDLE_CALL);
    note(call, with(drill.to_peer, &message, IPC_FOREVER));
}

static int reply(uint64_t token, struct message *message)
{
    return note(REPLY, ipc_reply(token, message));
}

static int reply_receive(uint64_t token, struct message *message)
{
    return note(REPLY_RECEIVE, ipc_reply_receive(token, message, 0));
}

/* The peer asks, and each answer but the last is one that it cannot take. */
static void try_answering(int (*with)(uint64_t, struct message *), void *run)
{
    struct message message = {.type = REPLY};
    (void)ipc_call(drill.to_peer, &message, IPC_FOREVER);
    (void)note(RECEIVE, ipc_receive(&message, IPC_FOREVER));
    uint64_t token = message.token;
    struct message bad[] = {gift(run, PEER_BLOCKS + 1), gift(run, PEER_BLOCKS), gift(run, 0),
                            handle(drill.to_peer, HANDLE_CALL), handle(drill.nothing_allowed, HANDLE_NOTIFY)};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)with(token, &bad[i]);
    }
    message = (struct message){.words = 0};
    (void)with(token, &message);
    (void)with(token, &message); /* once only */
}

static void try_the_rest(void)
{
    struct message message = {.words = 0};
    note(RECEIVE, ipc_receive(&message, 0));
    thread_notify(thread_self(), EVENT);
    note(ACCEPT, ipc_accept(0, 0, EVENT));
    note(REPLY_RECEIVE, ipc_reply_receive(0, &message, 0)); /* events */
    note(ACCEPT, ipc_accept(0, 0, 0));
    note(ACCEPT, ipc_accept(0, WINDOW_BLOCKS_MAX + 1, 0));
    note(NOTIFY, ipc_notify(drill.to_lazy, 0));
    note(NOTIFY, ipc_notify(drill.nothing_allowed, 0));
    note(NOTIFY, ipc_notify(drill.to_nobody, 0));
    note(NOTIFY, ipc_notify(0, 0));
    note(REVOKE, ipc_revoke(drill.to_lazy));
    note(CLOSE, ipc_close(drill.to_lazy));
    note(REVOKE, ipc_revoke(drill.to_lazy));
    note(CLOSE, ipc_close(drill.to_lazy));
}

/* With all memory taken. */
static void try_without_memory(void)
{
    void **taken = NULL, **run;
    for (size_t bytes = kheap_totals().longest_free * HEAP_BLOCK_SIZE; bytes >= HEAP_BLOCK_SIZE;
         bytes = bytes / 2 / HEAP_BLOCK_SIZE * HEAP_BLOCK_SIZE) {
        while ((run = kmalloc(bytes)) != NULL) {
            *run = taken;
            taken = run;
        }
    }
    note(GRANT, window_syscall_grant(1, 0));
    for (; taken != NULL; taken = run) {
        run = *taken;
        kfree(taken);
    }
}

/* A thread of the kernel with a window: who asks must have one. */
static void try_grants(void)
{
    struct address_space space;
    struct reclaim_report report;
    owner_t owner;
    note(GRANT, window_syscall_grant(1, 0));
    if (owner_create("window", OWNER_NO_QUOTA, &owner) != 0) {
        return;
    }
    if (address_space_create(owner, &space) != 0) {
        (void)kheap_reclaim(owner, &report);
        return;
    }
    ipc_use_window(thread_self(), &space);
    int64_t address = window_syscall_grant(2, 0);
    note(GRANT, address);
    note(RETURN, window_syscall_return((uint64_t)address + HEAP_BLOCK_SIZE, 2));
    note(RETURN, window_syscall_return((uint64_t)address, 2));
    try_without_memory();
    space.charged = drill.owner; /* who has less */
    note(GRANT, window_syscall_grant(PEER_QUOTA + 1, 0));
    space.charged = owner;
    ipc_use_window(thread_self(), NULL);
    address_space_destroy(&space);
    (void)kheap_reclaim(owner, &report);
}

static handle_t give(struct ipc_endpoint *endpoint, uint16_t rights)
{
    return handle_give(drill.table, endpoint, &endpoint->handles, &(struct handle){.rights = rights});
}

static bool begin(const char *name, void (*run)(void *), struct ipc_endpoint *endpoint, thread_id *id)
{
    const struct thread_plan plan = {.name = name, .run = run, .priority = PEER, .owner = drill.owner};
    return thread_create(&plan, id) == 0 && ipc_bind(endpoint, *id) == 0;
}

static const char *missing(void)
{
    for (size_t call = 0; call < CALLS; call++) {
        if (drill.seen[call] != promised[call]) {
            return (drill.seen[call] & ~promised[call]) != 0 ? "a call returned a status that is not one of its"
                                                             : "a call never returned one of its statuses";
        }
    }
    return NULL;
}

/* By a thread of its own: who receives somewhere does so to its end. */
static void try_all(void *wrong)
{
    thread_id peer_id = 0, lazy_id = 0;
    struct message message;
    void *run = kmalloc(PEER_BLOCKS * HEAP_BLOCK_SIZE);
    ipc_use_handles(thread_self(), drill.table);
    note(RECEIVE, ipc_receive(&message, 0)); /* nowhere */
    if (run != NULL && begin("peer", peer, &drill.peer, &peer_id) && begin("lazy", lazy, &drill.lazy, &lazy_id) &&
        ipc_bind(&drill.own, thread_self()) == 0) {
        ipc_use_handles(peer_id, drill.full);
        thread_notify(peer_id, EVENT);
        try_sending(CALL, ipc_call, run);
        try_sending(SEND, ipc_send, run);
        try_answering(reply, run);
        try_answering(reply_receive, run);
        try_the_rest();
        try_grants();
        *(const char **)wrong = missing();
    }
    thread_kill(peer_id);
    thread_kill(lazy_id);
    kfree(run);
}

static bool make_tables(void)
{
    drill.peer = drill.own = drill.nobody = drill.lazy = (struct ipc_endpoint){.handles = NULL};
    drill.table = kmalloc(handle_table_bytes(SLOTS));
    drill.full = kmalloc(handle_table_bytes(1));
    if (drill.table == NULL || drill.full == NULL) {
        return false;
    }
    handle_table_init(drill.table, SLOTS);
    handle_table_init(drill.full, 1);
    drill.to_peer = give(&drill.peer, HANDLE_RIGHTS);
    drill.to_own = give(&drill.own, HANDLE_RIGHTS);
    drill.to_nobody = give(&drill.nobody, HANDLE_RIGHTS);
    drill.to_lazy = give(&drill.lazy, HANDLE_RIGHTS);
    drill.nothing_allowed = give(&drill.lazy, HANDLE_PASS);
    handle_give(drill.full, &drill.own, &drill.own.handles, &(struct handle){.rights = HANDLE_CALL});
    return true;
}

const char *drill_status(void)
{
    const char *wrong = "there is no memory for it";
    struct reclaim_report report;
    thread_id tries;
    for (size_t call = 0; call < CALLS; call++) {
        drill.seen[call] = 0;
    }
    if (owner_create("peer", PEER_QUOTA, &drill.owner) != 0) {
        return wrong;
    }
    const struct thread_plan plan = {.name = "status",
                                     .run = try_all,
                                     .argument = (void *)&wrong,
                                     .priority = PEER / 2,
                                     .watcher = thread_self(),
                                     .events = EVENT};
    if (make_tables() && thread_create(&plan, &tries) == 0) {
        thread_wait(EVENT, THREAD_FOREVER);
    }
    kfree(drill.table);
    kfree(drill.full);
    (void)kheap_reclaim(drill.owner, &report);
    return wrong;
}
