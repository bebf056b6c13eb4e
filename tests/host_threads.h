/* Threads of a host test: they run one at a time, each until it waits or somebody with a better right is ready, by the kernel's own
 * scheduler (core/scheduler.h); so every run is the same. Each is a thread of the host that waits for its turn, with whatever
 * the sanitizers know of it. Time passes only where everybody waits: it jumps to the next deadline then. */
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#include "core/scheduler.h"
#include "core/timer_queue.h"
#include "ipc/endpoint.h"
#include "ipc/handle.h"
#include "mm/owner.h"

struct host_thread {
    struct turn turn;   /* first: the scheduler's pointers are pointers to threads    */
    struct party party; /* what it has for calls: tests/host_ipc.c, down to `listens` */
    struct handle_table *handles;
    struct message *message;
    uint64_t badge;
    uint64_t events, wanted, listens;
    uint64_t accepts_blocks;
    struct timer until; /* of whatever it waits for */
    const char *name;
    uint32_t accepts;
    owner_t owner;
    void (*run)(void);
    pthread_t host;
    sem_t baton;
    int status; /* how its wait has ended */
    bool woken, lives, dies;
};

/* Of the whole test: starts anew, with the calling thread as one of the lowest priority. */
void host_threads_begin(struct host_thread *test);

/* Makes a thread that is ready; fill in all but `turn`, `until`, `host` and `baton` before, the priority in `party`. */
void host_thread_start(struct host_thread *thread);

/* Ends a thread, not the calling one, in whatever it is doing. */
void host_thread_end(struct host_thread *thread);

struct host_thread *host_self(void);

/* The calling thread stops: to be woken by another one, or in `nanoseconds` (UINT64_MAX: never). False: the time was up. */
bool host_wait(enum thread_state state, uint64_t nanoseconds);

/* Makes a thread ready that waits. */
void host_wake(struct host_thread *thread);

/* Lets others run where they have a right to. After whatever may have made somebody ready. */
void host_attend(void);

/* Events come to it, whether it waits for them or not (tests/host_ipc.c). */
void host_post(struct host_thread *thread, uint64_t events);

/* Asked at link time: all threads wait and none has a deadline. Does not come back. */
_Noreturn void host_stuck(void);

static inline struct host_thread *host_thread_of(struct party *party)
{
    return (struct host_thread *)(void *)((char *)party - offsetof(struct host_thread, party));
}
