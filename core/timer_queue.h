/* Deadlines in order. Portable; the queue is a parameter, and whoever calls holds its lock.
 *
 * A leftist tree (Crane 1972; Knuth, vol. 3, 5.2.3): every timer comes before those below it, and the way down to the
 * right is the shortest way out of the tree: with n timers, at most log2(n + 1) steps. No operation takes more than five
 * times that many, none allocates.
 *
 * What must hold, as timer_queue_check names it:
 *   T1  a timer below another one knows it as its parent, and is there once; the first has no parent
 *   T2  a timer comes before those below it
 *   T3  its rank is one more than that of the right one below it, and the left one's is no less; none there counts as 0
 *   T4  its number was given by this queue
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stands in what waits for the deadline. Zeroed when it is made; from then on the queue writes it, and its user may read
 * `deadline`. */
struct timer {
    uint64_t deadline; /* in ticks of whatever clock the queue is for      */
    uint64_t number;   /* of equal deadlines the one inserted first wins  */
    struct timer *parent, *left, *right;
    uint32_t rank; /* timers on the shortest way out of the tree; 0: not queued */
};

/* Zeroed, it is empty. */
struct timer_queue {
    struct timer *first;
    uint64_t next_number;
};

/* The timer must not be queued. */
void timer_insert(struct timer_queue *queue, struct timer *timer, uint64_t deadline);

/* Whether the timer was queued; it must not be in another queue. */
bool timer_remove(struct timer_queue *queue, struct timer *timer);

/* The one to come next, still queued; NULL when there is none. */
static inline struct timer *timer_first(const struct timer_queue *queue)
{
    return queue->first;
}

/* Takes out the first one when its deadline is `now` or before; else NULL. Equal deadlines come as they were inserted. */
struct timer *timer_pop_due(struct timer_queue *queue, uint64_t now);

/* Whether it is in a queue. */
static inline bool timer_queued(const struct timer *timer)
{
    return timer->rank != 0;
}

/* The first rule found broken, as a sentence, or NULL. Visits every timer; ends whatever the links are, as long as they
 * lead to timers. */
const char *timer_queue_check(const struct timer_queue *queue);
