/* Messages, declared once for who asks and who answers. A server's messages.h has one list:
 *
 *     #define STORE_MESSAGES(X) \
 *         X(1, store_get, ASK(char key[24];), ANSWER(uint64_t bytes; uint8_t value[400];)) \
 *         X(2, store_put, ASK(char key[24]; uint64_t bytes; uint8_t value[400];), ANSWER())
 *
 * a number that stays, a name, the fields of what is asked, and those of the answer, which takes its place. From it come
 *
 *     STORE_MESSAGES(MESSAGE_DECLARE)
 *         struct store_get_ask, struct store_get_answer, union store_get { ask, answer }, and for who asks
 *         int store_get(handle_t to, union store_get *it), which sends `ask`, waits, and leaves `answer` there;
 *         int store_get_in(handle_t to, struct message *message) for one that stands in a message already (MESSAGE_AS), which may carry
 *         or accept something
 *     MESSAGE_HANDLER(store_handle, struct store, STORE_MESSAGES)
 *         the server's handler (servers/library/server.h), which hands each message to a function of the server's own,
 *         int on_store_get(struct store *store, union store_get *it): what it returns is what who has asked gets
 *
 * The types are checked on both sides by the compiler, the lengths by whoever receives. All statuses are those of ipc/ipc.h and
 * what the server answers: -EINVARG also for a message that it does not know. */
#pragma once

#include <assert.h>
#include <stddef.h>

#include "ipc/ipc.h"

/* The fields of what is asked and answered, in a list. */
#define ASK(...)            __VA_ARGS__
#define ANSWER(...)         __VA_ARGS__

#define MESSAGE_WORDS(type) ((uint32_t)((sizeof(type) + 7) / 8))

/* The words of a message as its ask and answer. */
#define MESSAGE_AS(name, message) ((union name *)(void *)(message)->word)

/* The message whose words they are: in a handler. */
static inline struct message *message_of(void *words)
{
    return (struct message *)(void *)((char *)words - offsetof(struct message, word));
}

/* A kind of message: its number, and how many words are asked and answered. */
struct message_kind {
    uint64_t type;
    uint32_t asked, answered;
};

/* Calls with the words of `message`; what else is in it has been filled in. A gift, an allocation of whole blocks, is not the caller's
 * any more, whatever the status: what was not taken is freed. What the answer gives is the caller's to kfree, else `gift` is NULL. */
int message_call(handle_t to, struct message *message, struct message_kind kind);

/* Calls with those at `words`, and puts the answer there. */
int message_call_with(handle_t to, void *words, struct message_kind kind);

/* Makes it as long as the answer is to be: of what came before in those words nothing is left. */
static inline void message_lengthen(struct message *message, uint32_t words)
{
    for (uint32_t i = message->words; i < words; i++) {
        message->word[i] = 0;
    }
    message->words = words;
}

/* clang-format off */
#define MESSAGE_DECLARE(number, name, asks, answers)                                                                 \
    struct __attribute__((may_alias, aligned(8))) name##_ask { asks };                                               \
    struct __attribute__((may_alias, aligned(8))) name##_answer { answers };                                         \
    union __attribute__((may_alias)) name {                                                                          \
        struct name##_ask ask;                                                                                       \
        struct name##_answer answer;                                                                                 \
    };                                                                                                               \
    static_assert(sizeof(union name) <= MESSAGE_WORDS_MAX * sizeof(uint64_t), #name " fits a message");              \
    __attribute__((unused)) static inline struct message_kind name##_kind(void)                                      \
    {                                                                                                                \
        return (struct message_kind){number, MESSAGE_WORDS(struct name##_ask), MESSAGE_WORDS(struct name##_answer)}; \
    }                                                                                                                \
    __attribute__((unused)) static inline int name##_in(handle_t to, struct message *message)                        \
    {                                                                                                                \
        return message_call(to, message, name##_kind());                                                             \
    }                                                                                                                \
    __attribute__((unused)) static inline int name(handle_t to, union name *it)                                      \
    {                                                                                                                \
        return message_call_with(to, it, name##_kind());                                                             \
    }

#define MESSAGE_ARM(number, name, asks, answers)                                                                     \
    case number:                                                                                                     \
        if (message->words != MESSAGE_WORDS(struct name##_ask)) {                                                    \
            return -EINVARG;                                                                                         \
        }                                                                                                            \
        message_lengthen(message, MESSAGE_WORDS(struct name##_answer));                                              \
        return on_##name(state, MESSAGE_AS(name, message));

#define MESSAGE_HANDLER(handler, kept, list)                                                                         \
    static int handler(void *memory, struct message *message)                                                        \
    {                                                                                                                \
        kept *state = memory;                                                                                        \
        switch (message->type) {                                                                                     \
            list(MESSAGE_ARM)                                                                                        \
        default:                                                                                                     \
            return -EINVARG;                                                                                         \
        }                                                                                                            \
    }
/* clang-format on */
