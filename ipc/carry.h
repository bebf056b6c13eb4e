/* What a message carries beside words, from the sender to the receiver: all of it or nothing. Who sends to whom is decided
 * elsewhere (ipc/endpoint.h). Portable; under the kernel's lock, bounded by WINDOW_BLOCKS_MAX blocks.
 *
 * A gift goes from owner to owner. A server in the kernel has and gets it as a run as kmalloc makes them; one in ring 3 has and
 * gets blocks of its window (mm/window.h), any that lie side by side. */
#pragma once

#include "ipc/handle.h"
#include "ipc/message.h"
#include "mm/window.h"

/* One who sends or receives. */
struct bearer {
    owner_t owner;
    struct address_space *space; /* of ring 3; NULL: it is a thread of the kernel */
    struct handle_table *handles;
    uint32_t accepts; /* a set of enum message_carry: what it takes */
    uint64_t blocks;  /* of a gift, at most                         */
};

/* What is carried, as the sender names it; then as the receiver does. */
struct cargo {
    uint32_t carries;
    void *gift;
    uint64_t gift_blocks;
    handle_t handle;
    uint64_t rights;
};

/* Moves it. 0, and the cargo is as the receiver names it. Else nothing has changed (but tables of the window, which may stay):
 *   -EINVARG   it carries what there is not, the gift is not the sender's, no whole run or not in its window, or too long, there is no such
 *              handle, or the rights are none
 *   -EPERM     the handle may not be handed on, or has not these rights
 *   -EREFUSED  the receiver does not take that, or not so much
 *   -EQUOTA    the receiver may not hold that much more (reported)
 *   -ENOMEM    the receiver has no room for the handle, or there are no tables for the window */
int carry(const struct bearer *from, const struct bearer *to, struct cargo *cargo);
