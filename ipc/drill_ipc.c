#include "ipc/drill_ipc.h"

#include <stdbool.h>

#include "core/clock.h"
#include "core/status.h"
#include "core/thread.h"
#include "ipc/setup.h"
#include "mm/kheap.h"

enum {
    HANDLES = 8,
    LOW = 5,
    MIDDLE = 8, /* the monitor has 10 */
    HIGH = 20,
    BADGE = 77,
    ASKERS = 5,
    EVENT_ENDED = 1,
    EVENT_GO = 2,

    /* Types of message. */
    ECHO = 1,  /* the answer is the message */
    KEEP,      /* there is no answer        */
    CALL_BACK, /* the server calls whoever asks: itself, by the same handle */
};

static const uint64_t millisecond = 1000000;

static struct {
    struct ipc_endpoint endpoint;
    struct handle_table *table;
    handle_t full, send_only;
    thread_id server;
    volatile uint64_t kept; /* the token of the last KEEP */
    volatile int status;    /* what a thread of the drill has got */
    volatile uint64_t word;
    volatile bool stop;
} drill;

static void serve(void *unused)
{
    struct message message;
    (void)unused;
    int status = ipc_receive(&message, IPC_FOREVER);
    while (status == 0) {
        if (message.type == KEEP) {
            drill.kept = message.token;
            status = ipc_receive(&message, IPC_FOREVER);
        } else {
            if (message.type == CALL_BACK) {
                drill.status = ipc_call(drill.full, &(struct message){.type = ECHO}, IPC_FOREVER);
            }
            status = ipc_reply_receive(message.token, &message, IPC_FOREVER);
        }
    }
}

/* It receives, whether it has begun to or not. */
static bool start_server(int8_t priority)
{
    const struct thread_plan plan = {.name = "server", .run = serve, .priority = priority};
    return thread_create(&plan, &drill.server) == 0 && ipc_bind(&drill.endpoint, drill.server) == 0 &&
           ipc_use_handles(drill.server, drill.table) == 0;
}

/* Answers */

static const char *echoes(void)
{
    struct message message = {.type = ECHO, .words = MESSAGE_WORDS_MAX};
    for (uint64_t i = 0; i < MESSAGE_WORDS_MAX; i++) {
        message.word[i] = i * i;
    }
    if (ipc_call(drill.full, &message, IPC_FOREVER) != 0 || message.words != MESSAGE_WORDS_MAX) {
        return "a call got no answer";
    }
    for (uint64_t i = 0; i < MESSAGE_WORDS_MAX; i++) {
        if (message.word[i] != i * i) {
            return "an answer is not what was sent";
        }
    }
    return NULL;
}

static const char *refusals(void)
{
    struct message message = {.type = ECHO};
    struct message long_one = {.type = ECHO, .words = MESSAGE_WORDS_MAX + 1};
    bool right = ipc_call(drill.full + 2, &message, 0) == -EINVARG && ipc_call(0, &message, 0) == -EINVARG &&
                 ipc_call(drill.send_only, &message, 0) == -EPERM &&
                 ipc_notify(drill.send_only, EVENT_GO) == -EPERM && ipc_call(drill.full, &long_one, 0) == -EINVARG &&
                 ipc_reply(drill.full, &message) == -EINVARG && ipc_receive(&message, 0) == -EINVARG;
    return right ? NULL : "what must be refused was not, or for another reason";
}

/* The call waits in vain; its token is then worth nothing, and the server goes on. */
static const char *time_outs(void)
{
    struct message message = {.type = KEEP};
    uint64_t before = clock_nanoseconds();
    int status = ipc_call(drill.full, &message, 5 * millisecond);
    if (status != -ETIMEDOUT || clock_nanoseconds() - before < 5 * millisecond) {
        return "a call without an answer did not end in time";
    }
    message = (struct message){.type = ECHO, .words = 1, .word[0] = 9};
    return ipc_call(drill.full, &message, IPC_FOREVER) == 0 && message.word[0] == 9
               ? NULL
               : "after a call that timed out the server does not answer";
}

static const char *cycle(void)
{
    drill.status = 0;
    int status = ipc_call(drill.full, &(struct message){.type = CALL_BACK}, IPC_FOREVER);
    return status == 0 && drill.status == -ECYCLE ? NULL : "who calls itself is not told so";
}

/* Death */

static void ask(void *type)
{
    struct message message = {.type = (uintptr_t)type};
    thread_wait(EVENT_GO, THREAD_FOREVER); /* until it has handles */
    drill.status = ipc_call(drill.full, &message, IPC_FOREVER);
}

static bool start_asker(uint64_t type, thread_id *asker)
{
    const struct thread_plan plan = {.name = "asker",
                                     .run = ask,
                                     .argument = (void *)(uintptr_t)type,
                                     .priority = HIGH,
                                     .watcher = thread_self(),
                                     .events = EVENT_ENDED};
    drill.status = 1;
    if (thread_create(&plan, asker) != 0) {
        return false;
    }
    ipc_use_handles(*asker, drill.table);
    thread_notify(*asker, EVENT_GO);
    return true;
}

static const char *asker_dies(void)
{
    thread_id asker;
    if (!start_asker(KEEP, &asker)) {
        return "there is no memory for a thread";
    }
    thread_sleep(millisecond);
    thread_kill(asker);
    struct message message = {.type = ECHO, .words = 1, .word[0] = 5};
    return thread_wait(EVENT_ENDED, 0) == EVENT_ENDED && ipc_call(drill.full, &message, IPC_FOREVER) == 0 &&
                   message.word[0] == 5
               ? NULL
               : "the end of who has asked disturbs the server";
}

static const char *server_dies(void)
{
    thread_id asker;
    struct message message = {.type = ECHO};
    if (!start_asker(KEEP, &asker)) {
        return "there is no memory for a thread";
    }
    thread_sleep(millisecond);
    thread_kill(drill.server);
    bool told = thread_wait(EVENT_ENDED, 10000 * millisecond) == EVENT_ENDED && drill.status == -EDEAD;
    bool at_once = ipc_call(drill.full, &message, IPC_FOREVER) == -EDEAD && ipc_notify(drill.full, 1) == -EDEAD;
    return told && at_once ? NULL : "who waits for a server that ends is not told";
}

/* Priorities: the server is LOW, in between somebody keeps the processor busy, and who is HIGH asks. */

static void spin(void *unused)
{
    (void)unused;
    while (!drill.stop) {
    }
}

static const char *inheritance(void)
{
    thread_id busy, asker;
    drill.stop = false;
    if (thread_create(&(struct thread_plan){.name = "busy", .run = spin, .priority = MIDDLE}, &busy) != 0 ||
        !start_asker(ECHO, &asker)) {
        return "there is no memory for a thread";
    }
    uint64_t events = thread_wait(EVENT_ENDED, 10000 * millisecond);
    drill.stop = true;
    thread_sleep(millisecond);
    return events == EVENT_ENDED && drill.status == 0 ? NULL
                                                      : "a server does not run with the priority of who waits for it";
}

static const char *run_all(void)
{
    const char *(*const with_server[])(void) = {echoes,     refusals,    time_outs,  cycle,
                                                asker_dies, inheritance, server_dies};
    if (ipc_call(drill.full, &(struct message){.type = ECHO}, IPC_FOREVER) != -EDEAD) {
        return "where nobody receives a call is not refused";
    }
    if (!start_server(LOW)) {
        return "there is no memory for a thread";
    }
    for (size_t i = 0; i < sizeof with_server / sizeof *with_server; i++) {
        const char *wrong = with_server[i]();
        if (wrong != NULL) {
            return wrong;
        }
    }
    if (!start_server(LOW)) {
        return "there is no memory for a thread";
    }
    return echoes(); /* by the same handles */
}

const char *drill_calls(void)
{
    drill.table = kmalloc(handle_table_bytes(HANDLES));
    if (drill.table == NULL) {
        return "there is no memory for handles";
    }
    handle_table_init(drill.table, HANDLES);
    drill.endpoint = (struct ipc_endpoint){.handles = NULL};
    drill.full = handle_give(drill.table, &drill.endpoint, &drill.endpoint.handles,
                             &(struct handle){.badge = BADGE, .rights = HANDLE_RIGHTS});
    drill.send_only = handle_give(drill.table, &drill.endpoint, &drill.endpoint.handles,
                                  &(struct handle){.badge = BADGE, .rights = HANDLE_SEND});
    ipc_use_handles(thread_self(), drill.table);
    const char *wrong = run_all();
    ipc_use_handles(thread_self(), NULL);
    thread_kill(drill.server);
    kfree(drill.table);
    return wrong;
}
