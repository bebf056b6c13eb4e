/* What a server is: a handler, and the loop that calls it. The same source is a thread of the kernel, a program in ring 3, or
 * part of a host test; which of them, its line in the manifest says (servers/manifest). It has
 *
 *   ipc/ipc.h            calls, with the handles of its own "manifest.h"; thread_sleep and thread_wait
 *   mm/kheap.h           kmalloc, kfree, and their like, charged to the server and bounded by its quota
 *   servers/NAME/messages.h   what others are to be asked (servers/library/messages.h)
 *
 * and begins with server_run, which makes the server's state and calls server_loop. State stands there or in kmalloc, not in
 * variables of a file: each start is a new one then, in every mode. */
#pragma once

#include <stdbool.h>

#include "ipc/ipc.h"
#include "mm/kheap.h"
#include "servers/library/messages.h"

enum {
    SERVER_KEEPS = 1, /* what a handler returns that has kept the token, to answer later (server_answer) */
};

/* The types of what a handler gets when nothing has come for as long as `patience`, and for events (IPC_EVENTS). Neither
 * is answered. */
#define SERVER_NOTHING_CAME (UINT64_MAX - 1)
#define SERVER_EVENTS       UINT64_MAX

struct server {
    /* Takes a message and makes it the answer, `words` and the words; what it returns is its status, 0 or negative: no words
     * go with the latter. */
    int (*handle)(void *state, struct message *message);
    void *state;

    /* How long to wait for the next message, in nanoseconds; looked at anew each time. */
    uint64_t patience;

    /* What it takes (ipc_accept). */
    uint32_t accepts;
    uint64_t accepts_blocks;
    uint64_t listens;
};

/* Where it begins; it ends when this returns. */
void server_run(void);

/* Takes messages and answers each in one place, until there is nowhere to receive. */
void server_loop(struct server *server);

/* Answers what a handler has kept: the words in `message`, whose `gift` and `handle` are 0 or for the server to be rid of, and
 * the status. 0, or why it has not arrived, as ipc_reply says; for
 * what is not taken by who has asked, the status goes to it alone. */
int server_answer(uint64_t token, struct message *message, int status);

/* Blocks that the message has brought become the server's to kfree: their start, or NULL, there is no gift. One that a handler does
 * not take is freed. */
void *server_take_gift(struct message *message);

/* Room that can be given: whole blocks; NULL, there is none, or none that is as long. kfree takes it. */
void *server_gift_room(size_t bytes);

/* That goes with the answer. If whoever asked does not take it, it is freed. */
void server_give(struct message *message, void *room);

/* The same for a handle that the message has brought: 0, there is none. One that is not taken is closed. */
handle_t server_take_handle(struct message *message);

/* One of the server's handles is passed on with the answer, with those of its rights. */
void server_pass(struct message *message, handle_t handle, uint32_t rights);
