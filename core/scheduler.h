/* Who runs: the decision, without its effect (core/thread.c switches). Portable, its state a parameter; everything here
 * takes a bounded number of instructions, and is called with interrupts masked.
 *
 *   R1  Of the threads that are ready, one of the highest priority runs; the idle thread only when there is none.
 *   R2  Threads of one priority take turns in the order in which they became ready. A turn is SCHEDULER_TURN ticks of
 *       running, or shorter if it ends it itself.
 *   R3  Who gives way to a higher priority keeps its place and the rest of its turn.
 *   R4  Who has nobody of its priority beside it has no turn that ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PRIORITIES = 32,    /* 0 is the lowest              */
    PRIORITY_IDLE = -1, /* of the idle thread, and of it alone */
};

enum thread_state {
    THREAD_READY,
    THREAD_WAITING,  /* for an event or a message, maybe until a time; of the current one, for nothing */
    THREAD_SLEEPING, /* until a time */
    THREAD_ENDED,
    THREAD_RUNNING, /* what is said of the current one */
};

/* What the scheduler knows of a thread; the first member of struct thread. */
struct turn {
    struct turn *next, *prev; /* while it is ready: the ring of its priority */
    uint64_t left;            /* ticks of its turn, as of when its running was last noted */
    int8_t priority;
    uint8_t state; /* enum thread_state */
};

struct scheduler {
    struct turn *current;
    struct turn *idle;              /* never in a ring */
    uint64_t length;                /* ticks of a whole turn */
    uint32_t filled;                /* bit p: somebody of priority p is ready */
    bool attend;                    /* somebody became ready who may have a right to run, or a turn may be over */
    struct turn *ready[PRIORITIES]; /* of a ring the one whose turn is next; valid where `filled` says so */
};

/* Starts with `idle` running and nobody ready. `length`: ticks of a turn. */
void scheduler_init(struct scheduler *scheduler, struct turn *idle, uint64_t length);

/* Somebody who was not ready becomes it, last of its priority, with a whole turn. */
void scheduler_add(struct scheduler *scheduler, struct turn *turn);

/* Somebody who is ready, and does not run, is not ready any more; its state is the caller's. */
void scheduler_withdraw(struct scheduler *scheduler, struct turn *turn);

/* The current one cannot go on: its state becomes `state`. Returns who runs now: another one. */
struct turn *scheduler_block(struct scheduler *scheduler, enum thread_state state);

/* Settles `attend`: the current one gives way where R1 or R2 say so. `ran`: ticks that it has run since `left` was noted,
 * which is noted anew. Returns who runs now; that may be the same. */
struct turn *scheduler_attend(struct scheduler *scheduler, uint64_t ran);

/* `filled` from a thread's priority on; for the idle thread's -1 that is nothing. */
static inline uint64_t scheduler_from(const struct scheduler *scheduler, const struct turn *turn)
{
    return (uint64_t)scheduler->filled >> ((uint8_t)turn->priority % 64);
}

/* Whether a thread's turn has an end: somebody of its priority is ready. */
static inline bool scheduler_has_rival(const struct scheduler *scheduler, const struct turn *turn)
{
    return (scheduler_from(scheduler, turn) & 1) != 0;
}

/* Whether the best that is ready is the current one's equal: the usual case where threads take turns. */
static inline bool scheduler_has_equal(const struct scheduler *scheduler)
{
    return scheduler_from(scheduler, scheduler->current) == 1;
}

/* The highest priority at which somebody is ready, or PRIORITY_IDLE. */
static inline int scheduler_best(const struct scheduler *scheduler)
{
    return scheduler->filled == 0 ? PRIORITY_IDLE : PRIORITIES - 1 - __builtin_clz(scheduler->filled);
}

/* The current one ends its turn, and its equal, which there must be, has the next. Returns who runs now: another one. */
static inline struct turn *scheduler_rotate(struct scheduler *scheduler)
{
    struct turn *current = scheduler->current;
    struct turn **ring = &scheduler->ready[(size_t)current->priority];
    struct turn *first = *ring, *second = first->next, *last = first->prev;
    if (second == first) {
        second = last = current;
    }
    current->next = second; /* it takes the first place, which thereby becomes the last */
    current->prev = last;
    last->next = current;
    second->prev = current;
    *ring = second;
    current->left = scheduler->length;
    current->state = THREAD_READY;
    first->state = THREAD_WAITING;
    scheduler->current = first;
    return first;
}

/* The current one ends its turn. Returns who runs now; that may be the same. */
struct turn *scheduler_yield(struct scheduler *scheduler);

/* The first rule that does not hold, as a sentence, or NULL. For tests. */
const char *scheduler_check(const struct scheduler *scheduler);
