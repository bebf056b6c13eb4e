/* Calls between servers: what a server calls, be it a kernel thread, for which these are the kernel's functions, or a program in
 * ring 3, for which servers/library makes system calls of them. What it may do beside is in core/self.h. The rules are those of
 * ipc/endpoint.h. By any thread, interrupts on.
 *
 * Time is in nanoseconds: 0 does not wait, IPC_FOREVER waits without end. A message is read and written while its owner
 * waits: it must stay where it is until the function returns.
 *
 * All return 0 or a negative status (core/status.h):
 *   -EINVARG    no such handle or token, or a message outside its contract
 *   -EPERM      the handle does not allow that
 *   -EDEAD      nobody receives there, or the other side has ended meanwhile
 *   -ECYCLE     it would wait for itself, or along too long a chain
 *   -ETIMEDOUT  the time is up
 * and where something is carried those of carry (ipc/carry.h), of which -EREFUSED, -EQUOTA and -ENOMEM are no other's. */
#pragma once

#include <stdint.h>

#include "core/self.h"
#include "core/status.h"
#include "ipc/message.h"

#define IPC_FOREVER UINT64_MAX

/* Sends the message, waits for the answer, and puts that in its place. */
int ipc_call(handle_t to, struct message *message, uint64_t nanoseconds);

/* Sends the message; returns when the receiver has it. */
int ipc_send(handle_t to, struct message *message, uint64_t nanoseconds);

/* What the calling thread takes from now on beside words, in messages and in answers: a set of enum message_carry, and gifts of at
 * most so many blocks; and events that end a receive (thread_notify). At first: nothing. -EINVARG for carries that are
 * none, or more blocks than WINDOW_BLOCKS_MAX. */
int ipc_accept(uint32_t carries, uint64_t blocks, uint64_t events);

#define IPC_EVENTS 1

/* Waits for a message at the calling thread's endpoint. IPC_EVENTS: there is none, but events to which it listens, in the first
 * word; they come before messages. A sender whose message carries what cannot be taken is told why, and the wait goes on. */
int ipc_receive(struct message *message, uint64_t nanoseconds);

/* Answers a call that ipc_receive has returned: once, at any time, in any order. */
int ipc_reply(uint64_t token, struct message *message);

/* Both: answers `message` and waits for the next one, which takes its place. That the token is no good does not keep it from that:
 * who has asked is gone then. Where what the answer carries is not taken it returns why, and the call is still to be answered. */
int ipc_reply_receive(uint64_t token, struct message *message, uint64_t nanoseconds);

/* Sets events of whoever receives there (thread_wait), -EDEAD when nobody does. */
int ipc_notify(handle_t to, uint64_t events);

/* Takes back all handles that were derived from one of the calling thread's, whoever has them by now; ipc_close that handle too.
 * In time proportional to them, unlocking in between. -EINVARG when it has no handle of that number. */
int ipc_revoke(handle_t handle);
int ipc_close(handle_t handle);
