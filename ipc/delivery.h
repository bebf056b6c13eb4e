/* How a message, or what comes instead of one, gets to who waits for it: for ipc/ipc.c, with interrupts masked. */
#pragma once

#include "ipc/carry.h"
#include "ipc/correspondent.h"

/* What the message asks to be carried goes to `to`, and the cargo is as that names it: 0, or why not (ipc/carry.h). Each field is
 * read once. */
int delivery_load(const struct correspondent *from, const struct correspondent *to, const struct message *message,
                  struct cargo *cargo);

/* The same for a message in registers, whose `words`, with what it carries above 32 bits, are these: cargo, and the words that are
 * not in registers. False, and nothing has changed, when it cannot be. */
bool delivery_carry(struct correspondent *to, const struct correspondent *from, uint64_t words);

/* Words, as many as there may be, and the cargo. */
void delivery_copy(struct message *to, const struct message *from, const struct cargo *cargo);

/* The message of a sender reaches its receiver; of a call, the sender waits for the answer now. */
void delivery_give(struct correspondent *to, struct correspondent *from, const struct cargo *cargo);

/* Whether there are events to which it listens; its message says them then. */
bool delivery_take_events(struct correspondent *me);

/* Who waits is ready, if it isn't already, or just about to find out that its time was up. */
static inline void ipc_resume(struct thread *thread)
{
    if (thread->turn.state == THREAD_WAITING && thread != thread_current(percpu_here())) {
        thread_wake(thread);
    }
}

/* Told of each message that has arrived, in the receiver's memory, with interrupts masked; NULL: nobody is. Threads that are made while
 * somebody is told never take the usual way, of which nobody hears. `how` is one of the arrows of ipc/message_text.h: who has called
 * or sent stands before it, also for an answer. */
extern void (*delivery_told)(const struct correspondent *who, const char *how, const struct correspondent *whom,
                             const struct message *message);
