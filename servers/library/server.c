#include "servers/library/server.h"

#include "servers/library/gifts.h"

/* What came with it is the handler's to take; the answer carries nothing of itself. */
static void begin(struct message *message)
{
    message->gift = (message->carries & MESSAGE_GIFT) != 0 ? gift_arrives(message->gift, message->gift_blocks) : NULL;
    if ((message->carries & MESSAGE_HANDLE) == 0) {
        message->handle = 0;
    }
    message->carries = 0;
}

/* What has come and was not taken, or is not to go after all; not what the answer carries. */
static void drop(struct message *message)
{
    if ((message->carries & MESSAGE_GIFT) == 0) {
        kfree(message->gift);
        message->gift = NULL;
    }
    if ((message->carries & MESSAGE_HANDLE) == 0 && message->handle != 0) {
        (void)ipc_close(message->handle);
        message->handle = 0;
    }
}

/* Its handle stays the server's own. */
static void carry_nothing(struct message *message)
{
    if ((message->carries & MESSAGE_HANDLE) != 0) {
        message->handle = 0;
    }
    message->carries = 0;
}

/* What cannot go does not, and the answer goes without. */
static void let_go(struct message *message)
{
    message->gift_blocks = gift_leaves(message->gift);
    if (message->gift_blocks == 0) {
        message->carries &= ~(uint32_t)MESSAGE_GIFT;
        drop(message);
    }
}

/* Makes it an answer; what it does not carry is dropped. */
static void finish(struct message *message, int status)
{
    if (status < 0) {
        message->words = 0;
        carry_nothing(message);
    }
    drop(message);
    message->type = (uint64_t)(int64_t)status;
}

/* Who does not take what the answer carries is told why, without it. */
static int reply(uint64_t token, struct message *message)
{
    bool carries = message->carries != 0;
    if ((message->carries & MESSAGE_GIFT) != 0) {
        let_go(message);
    }
    void *gift = (message->carries & MESSAGE_GIFT) != 0 ? message->gift : NULL;
    int status = ipc_reply(token, message);
    if (status != 0 && carries) {
        if (gift != NULL) {
            gift_fails(gift, message->gift_blocks);
        }
        message->gift = NULL;
        finish(message, status);
        (void)ipc_reply(token, message);
    }
    return status;
}

int server_answer(uint64_t token, struct message *message, int status)
{
    finish(message, status);
    return reply(token, message);
}

/* The next message; `token` of the last one if that is answered now, else 0. What is carried goes by itself: whether it was
 * taken is not to be missed. */
static int next(const struct server *server, uint64_t token, struct message *message)
{
    if (token != 0 && message->carries == 0) {
        return ipc_reply_receive(token, message, server->patience);
    }
    if (token != 0) {
        (void)reply(token, message);
    }
    return ipc_receive(message, server->patience);
}

static void note_nothing(struct message *message)
{
    message->type = SERVER_NOTHING_CAME;
    message->token = message->badge = 0;
    message->words = message->carries = 0;
}

void server_loop(struct server *server)
{
    struct message message = {.words = 0};
    (void)ipc_accept(server->accepts, server->accepts_blocks, server->listens);
    uint64_t answers = 0;
    for (;;) {
        int status = next(server, answers, &message);
        if (status < 0 && status != -ETIMEDOUT) {
            return;
        }
        if (status == -ETIMEDOUT) {
            note_nothing(&message);
        } else if (status == IPC_EVENTS) {
            message.type = SERVER_EVENTS;
        }
        begin(&message);
        answers = message.token;
        status = server->handle(server->state, &message);
        if (status == SERVER_KEEPS || answers == 0) {
            answers = 0;
            carry_nothing(&message);
            drop(&message);
        } else {
            finish(&message, status);
        }
    }
}

void *server_take_gift(struct message *message)
{
    void *gift = message->gift;
    message->gift = NULL;
    return gift;
}

/* Aligned to a block, it is a run: small objects, of which some are longer than a block, are not. */
void *server_gift_room(size_t bytes)
{
    return kmalloc_aligned(bytes > HEAP_BLOCK_SIZE ? bytes : HEAP_BLOCK_SIZE, HEAP_BLOCK_SIZE);
}

void server_give(struct message *message, void *room)
{
    message->gift = room;
    message->carries |= MESSAGE_GIFT;
}

handle_t server_take_handle(struct message *message)
{
    handle_t handle = message->handle;
    message->handle = 0;
    return handle;
}

void server_pass(struct message *message, handle_t handle, uint32_t rights)
{
    message->handle = handle;
    message->rights = rights;
    message->carries |= MESSAGE_HANDLE;
}
