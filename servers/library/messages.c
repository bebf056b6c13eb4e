#include "servers/library/messages.h"

static void copy(uint64_t *to, const uint64_t *from, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++) {
        to[i] = from[i];
    }
}

int message_call(handle_t to, struct message *message, struct message_kind kind)
{
    message->type = kind.type;
    message->words = kind.asked;
    int status = ipc_call(to, message, IPC_FOREVER);
    if (status != 0) {
        return status;
    }
    status = (int)message->type;
    return status == 0 && message->words != kind.answered ? -EINVARG : status;
}

int message_call_with(handle_t to, void *words, struct message_kind kind)
{
    struct message message;
    message.carries = 0;
    copy(message.word, words, kind.asked);
    int status = message_call(to, &message, kind);
    if (status == 0) {
        copy(words, message.word, kind.answered);
    }
    return status;
}
