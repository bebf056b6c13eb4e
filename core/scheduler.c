#include "core/scheduler.h"

static void put_last(struct scheduler *scheduler, struct turn *turn)
{
    size_t priority = (size_t)turn->priority;
    uint32_t bit = UINT32_C(1) << priority;
    if ((scheduler->filled & bit) == 0) {
        scheduler->filled |= bit;
        scheduler->ready[priority] = turn->next = turn->prev = turn;
        return;
    }
    struct turn *first = scheduler->ready[priority];
    struct turn *last = first->prev;
    turn->next = first;
    turn->prev = last;
    last->next = turn;
    first->prev = turn;
}

static void put_first(struct scheduler *scheduler, struct turn *turn)
{
    put_last(scheduler, turn);
    scheduler->ready[(size_t)turn->priority] = turn;
}

static void take_out(struct scheduler *scheduler, struct turn *turn)
{
    size_t priority = (size_t)turn->priority;
    struct turn *next = turn->next;
    if (next == turn) {
        scheduler->filled &= ~(UINT32_C(1) << priority);
        return;
    }
    struct turn *prev = turn->prev;
    next->prev = prev;
    prev->next = next;
    if (scheduler->ready[priority] == turn) {
        scheduler->ready[priority] = next;
    }
}

/* Who is to run when the current one is none of the ready ones any more, or in its ring. */
static struct turn *choose(struct scheduler *scheduler)
{
    int best = scheduler_best(scheduler);
    struct turn *turn = scheduler->idle;
    if (best != PRIORITY_IDLE) {
        turn = scheduler->ready[best];
        take_out(scheduler, turn);
    }
    turn->state = THREAD_WAITING;
    scheduler->current = turn;
    return turn;
}

/* The current one is ready still, at the end or the front of its ring. */
static void put_current_back(struct scheduler *scheduler, bool turn_over)
{
    struct turn *current = scheduler->current;
    current->state = THREAD_READY;
    if (current->priority == PRIORITY_IDLE) {
        return;
    }
    if (turn_over) {
        current->left = scheduler->length;
        put_last(scheduler, current);
    } else {
        put_first(scheduler, current);
    }
}

void scheduler_init(struct scheduler *scheduler, struct turn *idle, uint64_t length)
{
    *scheduler = (struct scheduler){.current = idle, .idle = idle, .length = length};
    *idle = (struct turn){.priority = PRIORITY_IDLE, .state = THREAD_WAITING};
}

void scheduler_add(struct scheduler *scheduler, struct turn *turn)
{
    turn->state = THREAD_READY;
    turn->left = scheduler->length;
    put_last(scheduler, turn);
    if (turn->priority >= scheduler->current->priority) {
        scheduler->attend = true;
    }
}

void scheduler_withdraw(struct scheduler *scheduler, struct turn *turn)
{
    take_out(scheduler, turn);
}

struct turn *scheduler_yield(struct scheduler *scheduler)
{
    if (scheduler_has_equal(scheduler)) {
        return scheduler_rotate(scheduler);
    }
    struct turn *current = scheduler->current;
    current->left = scheduler->length;
    if (scheduler_best(scheduler) <= current->priority) {
        return current;
    }
    put_current_back(scheduler, true);
    return choose(scheduler);
}

struct turn *scheduler_block(struct scheduler *scheduler, enum thread_state state)
{
    scheduler->current->state = (uint8_t)state;
    return choose(scheduler);
}

struct turn *scheduler_attend(struct scheduler *scheduler, uint64_t ran)
{
    struct turn *current = scheduler->current;
    int best = scheduler_best(scheduler);
    bool turn_over = ran >= current->left;
    scheduler->attend = false;
    current->left = turn_over ? 0 : current->left - ran;
    if (best > current->priority) {
        put_current_back(scheduler, turn_over);
    } else if (best == current->priority && best != PRIORITY_IDLE && turn_over) {
        put_current_back(scheduler, true);
    } else {
        return current;
    }
    return choose(scheduler);
}

static const char *check_ring(const struct scheduler *scheduler, size_t priority)
{
    const struct turn *first = scheduler->ready[priority];
    const struct turn *turn = first;
    do {
        if (turn->next->prev != turn) {
            return "scheduler: the links of a ring do not agree";
        }
        if (turn->priority != (int)priority || turn->state != THREAD_READY || turn == scheduler->current) {
            return "scheduler: a ring holds only ready threads of its priority";
        }
        turn = turn->next;
    } while (turn != first);
    return NULL;
}

const char *scheduler_check(const struct scheduler *scheduler)
{
    for (size_t priority = 0; priority < PRIORITIES; priority++) {
        if (scheduler->filled >> priority & 1) {
            const char *broken = check_ring(scheduler, priority);
            if (broken != NULL) {
                return broken;
            }
        }
    }
    const struct turn *current = scheduler->current;
    if (current->state != THREAD_WAITING) {
        return "scheduler: the current thread is not to be woken, and in no ring";
    }
    return scheduler_best(scheduler) > current->priority && !scheduler->attend
               ? "R1: somebody of a higher priority is ready, and nobody is told"
               : NULL;
}
