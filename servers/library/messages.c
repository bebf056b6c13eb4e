#include "servers/library/messages.h"

#include <stdbool.h>

#include "mm/kheap.h"
#include "servers/library/gifts.h"

static void copy(uint64_t *to, const uint64_t *from, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++) {
        to[i] = from[i];
    }
}

/* A gift goes, or is freed. */
static int call(handle_t to, struct message *message)
{
    if ((message->carries & MESSAGE_GIFT) == 0) {
        return ipc_call(to, message, IPC_FOREVER);
    }
    void *gift = message->gift;
    size_t blocks = gift_leaves(gift);
    message->gift_blocks = blocks;
    int status = blocks != 0 ? ipc_call(to, message, IPC_FOREVER) : -EINVARG;
    if (status != 0 && blocks != 0) {
        gift_fails(gift, blocks);
    } else if (status != 0) {
        kfree(gift);
    }
    return status;
}

int message_call(handle_t to, struct message *message, struct message_kind kind)
{
    message->type = kind.type;
    message->words = kind.asked;
    int status = call(to, message);
    bool given = status == 0 && (message->carries & MESSAGE_GIFT) != 0;
    message->gift = given ? gift_arrives(message->gift, message->gift_blocks) : NULL;
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
