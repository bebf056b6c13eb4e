#include "ipc/parley.h"

#include <stddef.h>

enum { A_WHILE = 1000000 };

/* The line where something was not as it was to be. */
#define EXPECT(condition)                                                                                            \
    do {                                                                                                             \
        if (!(condition)) {                                                                                          \
            return __LINE__;                                                                                         \
        }                                                                                                            \
    } while (0)

void parley_fill(struct message *message, uint64_t type, uint64_t words)
{
    uint64_t *memory = (uint64_t *)message;
    for (size_t i = 0; i < sizeof *message / sizeof *memory; i++) {
        memory[i] = UINT64_C(0xA5A5A5A5A5A5A5A5);
    }
    message->type = type;
    message->words = (uint32_t)words;
    message->carries = 0;
    for (uint64_t i = 0; i < words && i < MESSAGE_WORDS_MAX; i++) {
        message->word[i] = type << 32 | i;
    }
}

bool parley_is_filled(const struct message *message, uint64_t type, uint64_t words)
{
    bool good = message->type == type && message->words == words;
    for (uint64_t i = 0; i < words && i < MESSAGE_WORDS_MAX; i++) {
        good = good && message->word[i] == (type << 32 | i);
    }
    return good;
}

void parley_scrub(struct message *message)
{
    parley_fill(message, UINT64_MAX, UINT64_MAX);
}

static uint64_t last_type;

/* Is answered, however long it is, and with no token or badge of others. */
static bool answered(uint64_t words, uint64_t nanoseconds)
{
    struct message message;
    uint64_t type = last_type += 2;
    parley_fill(&message, type, words);
    int status = ipc_call(parley_handle(PARLEY_ANSWER), &message, nanoseconds);
    return status == 0 && parley_is_filled(&message, type + 1, words) && message.token == 0 && message.badge == 0;
}

static int calls(void)
{
    static const uint8_t lengths[] = {0, 1, 2, 3, 4, 5, PARLEY_LONG, MESSAGE_WORDS_MAX};
    for (unsigned i = 0; i < sizeof lengths; i++) {
        EXPECT(answered(lengths[i], IPC_FOREVER));
        EXPECT(answered(lengths[i], A_WHILE));
        EXPECT(answered(lengths[i], IPC_FOREVER));
    }
    return 0;
}

/* Refusals leave the message as it was. */
static int refused(handle_t to, uint64_t words, uint64_t nanoseconds)
{
    struct message message;
    parley_fill(&message, words, words);
    int status = ipc_call(to, &message, nanoseconds);
    return parley_is_filled(&message, words, words) ? status : 1;
}

static int refusals(void)
{
    for (unsigned timed = 0; timed < 2; timed++) {
        uint64_t nanoseconds = timed ? A_WHILE : IPC_FOREVER;
        EXPECT(refused(parley_handle(PARLEY_ANSWER), MESSAGE_WORDS_MAX + 1, nanoseconds) == -EINVARG);
        EXPECT(refused(parley_handle(PARLEY_HANDLES), 4, nanoseconds) == -EINVARG);
        EXPECT(refused(0, 4, nanoseconds) == -EINVARG);
        EXPECT(refused(parley_handle(PARLEY_MUTE), 4, nanoseconds) == -EPERM);
        EXPECT(refused(parley_handle(PARLEY_NOBODY), PARLEY_LONG, nanoseconds) == -EDEAD);
        EXPECT(refused(parley_handle(PARLEY_SELF), 4, nanoseconds) == -ECYCLE);
    }
    EXPECT(refused(parley_handle(PARLEY_SELF), 4, 0) == -ETIMEDOUT);
    return 0;
}

static int sends(void)
{
    struct message message;
    parley_fill(&message, 1, PARLEY_LONG);
    EXPECT(ipc_send(parley_handle(PARLEY_ANSWER), &message, IPC_FOREVER) == 0);
    EXPECT(ipc_send(parley_handle(PARLEY_ANSWER), &message, A_WHILE) == 0);
    EXPECT(ipc_send(parley_handle(PARLEY_MUTE), &message, 0) == -EPERM);
    EXPECT(ipc_send(parley_handle(PARLEY_SELF), &message, 0) == -ETIMEDOUT);
    EXPECT(ipc_receive(&message, 0) == -ETIMEDOUT);
    EXPECT(ipc_receive(&message, A_WHILE) == -ETIMEDOUT);
    EXPECT(ipc_reply(UINT64_MAX, &message) == -EINVARG);
    EXPECT(ipc_reply_receive(1, &message, A_WHILE) == -ETIMEDOUT);
    return 0;
}

static int events(void)
{
    EXPECT(ipc_notify(parley_handle(PARLEY_SELF), 6) == 0);
    EXPECT(ipc_notify(parley_handle(PARLEY_NOBODY), 6) == -EDEAD);
    EXPECT(ipc_notify(parley_handle(PARLEY_HANDLES), 6) == -EINVARG);
    EXPECT(thread_wait(2, 0) == 2);
    EXPECT(thread_wait(6, THREAD_FOREVER) == 4);
    EXPECT(thread_wait(1, 0) == 0);
    EXPECT(thread_wait(1, A_WHILE) == 0);
    thread_sleep(A_WHILE);
    thread_yield();
    return 0;
}

/* Takes the judge's next message, which has these words, and makes it the answer. */
static int take(struct message *message, uint64_t words)
{
    EXPECT(message->badge == PARLEY_SELF && parley_is_filled(message, words, words));
    uint64_t token = message->token;
    parley_fill(message, words + 1, words);
    message->token = token;
    return 0;
}

/* The judge calls with another message each time, is answered each time in another way, and at last only sends. */
static int visits(void)
{
    struct message message;
    parley_fill(&message, 0, 0);
    EXPECT(ipc_call(parley_handle(PARLEY_JUDGE), &message, IPC_FOREVER) == 0);
    parley_scrub(&message);
    EXPECT(ipc_receive(&message, IPC_FOREVER) == 0 && take(&message, 4) == 0);
    uint64_t token = message.token;
    EXPECT(token != 0 && ipc_reply(token ^ 1, &message) == -EINVARG);
    EXPECT(ipc_reply(token, &message) == 0);
    EXPECT(ipc_reply(token, &message) == -EINVARG);
    parley_scrub(&message);
    EXPECT(ipc_receive(&message, IPC_FOREVER) == 0 && take(&message, PARLEY_LONG) == 0);
    EXPECT(message.token != token && message.token != 0);
    EXPECT(ipc_reply_receive(message.token, &message, A_WHILE) == 0 && take(&message, 3) == 0);
    EXPECT(ipc_reply_receive(message.token, &message, IPC_FOREVER) == 0 && take(&message, PARLEY_LONG + 1) == 0);
    EXPECT(ipc_reply_receive(message.token, &message, IPC_FOREVER) == 0 && take(&message, 1) == 0);
    EXPECT(message.token == 0);
    return 0;
}

void parley(void)
{
    static int (*const parts[])(void) = {calls, refusals, sends, events, visits};
    struct message verdict = {.type = PARLEY_VERDICT, .words = 1};
    for (unsigned i = 0; i < sizeof parts / sizeof *parts && verdict.word[0] == 0; i++) {
        verdict.word[0] = (uint64_t)parts[i]();
    }
    (void)ipc_call(parley_handle(PARLEY_JUDGE), &verdict, IPC_FOREVER);
    thread_exit();
}
