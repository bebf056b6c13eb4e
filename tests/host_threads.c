#include "tests/host_threads.h"

#include "core/assert.h"
#include "core/self.h"
#include "servers/library/clock.h"

static struct scheduler scheduler;
static struct turn idle;
static struct timer_queue timers;
static uint64_t now;
static struct host_thread *self;

uint64_t clock_nanoseconds(void)
{
    return now;
}

struct host_thread *host_self(void)
{
    return self;
}

static struct host_thread *thread_of(struct turn *turn)
{
    return (struct host_thread *)turn;
}

static struct host_thread *thread_of_timer(struct timer *timer)
{
    return (struct host_thread *)(void *)((char *)timer - offsetof(struct host_thread, until));
}

/* Until it is this thread's turn; where it is to end, it does. */
static void await_turn(struct host_thread *thread)
{
    while (sem_wait(&thread->baton) != 0) {
    }
    if (thread->dies) {
        pthread_exit(NULL);
    }
}

/* Makes it run. */
static void choose(struct turn *next)
{
    self = thread_of(next);
    kassert(kheap_act_as(self->owner) == 0, "host: a thread runs that has no owner any more");
    sem_post(&self->baton);
}

/* Time passes until somebody can run. */
static struct turn *let_time_pass(struct turn *next)
{
    while (next == &idle) {
        struct timer *timer = timer_first(&timers);
        if (timer == NULL) {
            host_stuck();
        } else if (timer->deadline > now) {
            now = timer->deadline;
        }
        while ((timer = timer_pop_due(&timers, now)) != NULL) {
            scheduler_add(&scheduler, &thread_of_timer(timer)->turn);
        }
        next = scheduler_attend(&scheduler, 0);
    }
    return next;
}

static void go_on(struct turn *next)
{
    struct host_thread *me = self;
    next = let_time_pass(next);
    if (next != &me->turn) {
        choose(next);
        await_turn(me);
    }
}

bool host_wait(enum thread_state state, uint64_t nanoseconds)
{
    struct host_thread *me = self;
    if (nanoseconds != UINT64_MAX) {
        timer_insert(&timers, &me->until, nanoseconds < UINT64_MAX - now ? now + nanoseconds : UINT64_MAX);
    }
    me->status = 0;
    me->woken = false;
    go_on(scheduler_block(&scheduler, state));
    return me->woken;
}

void host_wake(struct host_thread *thread)
{
    thread->woken = true;
    if (timer_queued(&thread->until)) {
        timer_remove(&timers, &thread->until);
    }
    scheduler_add(&scheduler, &thread->turn);
}

void host_attend(void)
{
    if (scheduler.attend) {
        go_on(scheduler_attend(&scheduler, 0));
    }
}

void party_repriced(struct party *party)
{
    struct turn *turn = &host_thread_of(party)->turn;
    bool ready = turn->state == THREAD_READY;
    if (ready) {
        scheduler_withdraw(&scheduler, turn);
    }
    turn->priority = party->priority;
    if (ready) {
        scheduler_add(&scheduler, turn);
    }
    scheduler.attend = true;
}

/* Beginning and end */

void host_threads_begin(struct host_thread *test)
{
    now = 0;
    idle = (struct turn){.priority = PRIORITY_IDLE};
    timers = (struct timer_queue){0};
    scheduler_init(&scheduler, &idle, 1);
    test->turn = (struct turn){.priority = test->party.base};
    test->until = (struct timer){0};
    sem_init(&test->baton, 0, 0);
    test->lives = true;
    scheduler_add(&scheduler, &test->turn);
    self = thread_of(scheduler_attend(&scheduler, 0));
}

static void *begin(void *argument)
{
    struct host_thread *me = argument;
    await_turn(me);
    me->run();
    thread_exit();
}

void host_thread_start(struct host_thread *thread)
{
    thread->turn = (struct turn){.priority = thread->party.base};
    thread->until = (struct timer){0};
    thread->lives = true;
    thread->dies = false;
    sem_init(&thread->baton, 0, 0);
    kassert(pthread_create(&thread->host, NULL, begin, thread) == 0, "host: there is no room for a thread");
    scheduler_add(&scheduler, &thread->turn);
    host_attend();
}

/* What it has for calls ends while it is still a thread; tests/host_ipc.c. */
void host_ipc_end(struct host_thread *thread);

void host_thread_end(struct host_thread *thread)
{
    if (thread->turn.state == THREAD_READY) {
        scheduler_withdraw(&scheduler, &thread->turn);
    }
    if (timer_queued(&thread->until)) {
        timer_remove(&timers, &thread->until);
    }
    thread->turn.state = THREAD_ENDED;
    host_ipc_end(thread);
    if (thread->lives) {
        thread->dies = true;
        sem_post(&thread->baton);
    }
    pthread_join(thread->host, NULL);
    sem_destroy(&thread->baton);
    thread->lives = false;
    host_attend();
}

_Noreturn void thread_exit(void)
{
    struct host_thread *me = self;
    host_ipc_end(me);
    me->lives = false;
    choose(let_time_pass(scheduler_block(&scheduler, THREAD_ENDED)));
    pthread_exit(NULL);
}

void thread_yield(void)
{
    go_on(scheduler_yield(&scheduler));
}

void thread_sleep(uint64_t nanoseconds)
{
    if (nanoseconds == 0) {
        thread_yield();
    } else {
        (void)host_wait(THREAD_SLEEPING, nanoseconds);
    }
}

uint64_t thread_wait(uint64_t wanted, uint64_t nanoseconds)
{
    struct host_thread *me = self;
    if ((me->events & wanted) == 0 && nanoseconds != 0) {
        me->wanted = wanted;
        (void)host_wait(THREAD_WAITING, nanoseconds);
        me->wanted = 0;
    }
    uint64_t events = me->events & wanted;
    me->events &= ~events;
    return events;
}
