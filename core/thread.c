#include "core/thread.h"

#include "core/clock.h"
#include "core/config.h"
#include "core/cpu.h"
#include "core/lock.h"
#include "core/status.h"
#include "core/string.h"
#include "core/thread_state.h"

enum {
    SLOT_BITS = 16,
    TURN_NANOSECONDS = 10 * 1000 * 1000,
    TIMERS_AT_ONCE = 16, /* that one interrupt deals with */
};

static struct thread idle;
static uint64_t last_number;

struct thread *thread_in_slot(size_t slot)
{
    uintptr_t top = thread_stack_top(slot);
    return top != 0 ? (struct thread *)(top - sizeof(struct thread)) : NULL;
}

struct thread *thread_find(thread_id id)
{
    struct thread *thread = thread_in_slot(id & ((1 << SLOT_BITS) - 1));
    return thread != NULL && thread->id == id ? thread : NULL;
}

thread_id thread_self(void)
{
    uint64_t lock = kernel_lock();
    thread_id id = thread_current(percpu_here())->id;
    kernel_unlock(lock);
    return id;
}

/* Switching */

void thread_arm(struct percpu *cpu, uint64_t deadline)
{
    if (deadline < cpu->armed) {
        uint64_t now = cpu_timestamp();
        cpu->armed = deadline;
        clock_interrupt_in(deadline > now ? deadline - now : 0);
    }
}

/* The usual case first, and in a straight line: what it costs is a budget. */
void thread_yield(void)
{
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    if (__builtin_expect(scheduler_has_equal(&cpu->scheduler), 1)) {
        struct thread *next = thread_of(scheduler_rotate(&cpu->scheduler));
        thread_prepare(cpu, self, next, true);
        cpu_switch(&self->place, &next->place);
    } else {
        struct thread *next = thread_of(scheduler_yield(&cpu->scheduler));
        if (next != self) {
            thread_go_on(cpu, self, next);
        } else {
            cpu->switched_at = cpu_timestamp();
        }
    }
    kernel_unlock(lock);
}

void thread_attend(struct percpu *cpu)
{
    struct thread *self = thread_current(cpu);
    uint64_t now = cpu_timestamp();
    struct thread *next = thread_of(scheduler_attend(&cpu->scheduler, now - cpu->switched_at));
    if (next != self) {
        thread_go_on(cpu, self, next);
        return;
    }
    cpu->switched_at = now; /* up to then, what is left of its turn has been noted */
    if (scheduler_has_rival(&cpu->scheduler, &self->turn)) {
        thread_arm(cpu, now + self->turn.left);
    }
}

void thread_set_alarm(struct percpu *cpu, struct alarm *alarm, uint64_t nanoseconds)
{
    uint64_t now = cpu_timestamp(), ticks = clock_ticks_of(nanoseconds);
    uint64_t deadline = ticks < CLOCK_NEVER - now ? now + ticks : CLOCK_NEVER - 1;
    timer_insert(&cpu->timers, &alarm->timer, deadline);
    thread_arm(cpu, deadline);
}

/* The current thread stops, at most until `nanoseconds` from now. */
static void stop(struct percpu *cpu, enum thread_state state, uint64_t nanoseconds)
{
    struct thread *self = thread_current(cpu);
    if (nanoseconds != THREAD_FOREVER) {
        thread_set_alarm(cpu, &self->until, nanoseconds);
    }
    thread_go_on(cpu, self, thread_of(scheduler_block(&cpu->scheduler, state)));
}

void thread_sleep(uint64_t nanoseconds)
{
    if (nanoseconds == 0) {
        thread_yield();
        return;
    }
    uint64_t lock = kernel_lock();
    stop(percpu_here(), THREAD_SLEEPING, nanoseconds);
    kernel_unlock(lock);
}

/* Events */

uint64_t thread_wait(uint64_t wanted, uint64_t nanoseconds)
{
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    if ((self->events & wanted) == 0 && nanoseconds != 0) {
        self->wanted = wanted;
        stop(cpu, THREAD_WAITING, nanoseconds);
        self->wanted = 0;
    }
    uint64_t taken = self->events & wanted;
    self->events &= ~taken;
    kernel_unlock(lock);
    return taken;
}

void thread_wake(struct thread *thread)
{
    struct percpu *cpu = percpu_here();
    timer_remove(&cpu->timers, &thread->until.timer);
    scheduler_add(&cpu->scheduler, &thread->turn);
}

void thread_post(struct thread *thread, uint64_t events)
{
    thread->events |= events;
    if ((thread->wanted & events) != 0 && thread->turn.state == THREAD_WAITING) {
        thread_wake(thread);
    } else if ((thread->listens & events) != 0) {
        thread_ipc_heard(thread->ipc);
    }
}

int thread_notify(thread_id id, uint64_t events)
{
    uint64_t lock = kernel_lock();
    struct thread *thread = thread_find(id);
    if (thread != NULL) {
        thread_post(thread, events);
    }
    thread_unlock(lock);
    return thread != NULL ? 0 : -EINVARG;
}

int thread_timer(uint64_t nanoseconds, uint64_t events)
{
    if (events == 0 && nanoseconds != THREAD_FOREVER) {
        return -EINVARG;
    }
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    struct alarm *alarm = &thread_current(cpu)->one_shot;
    timer_remove(&cpu->timers, &alarm->timer);
    alarm->events = events;
    if (nanoseconds != THREAD_FOREVER) {
        thread_set_alarm(cpu, alarm, nanoseconds);
    }
    kernel_unlock(lock);
    return 0;
}

void thread_timer_rang(struct percpu *cpu)
{
    struct timer *due;
    cpu->armed = CLOCK_NEVER;
    cpu->scheduler.attend = true; /* a turn may be over */
    for (size_t i = 0; i < TIMERS_AT_ONCE && (due = timer_pop_due(&cpu->timers, cpu_timestamp())) != NULL; i++) {
        const struct alarm *alarm = (struct alarm *)due;
        if (alarm->events != 0) {
            thread_post(alarm->thread, alarm->events);
        } else {
            scheduler_add(&cpu->scheduler, &alarm->thread->turn);
        }
    }
    const struct timer *next = timer_first(&cpu->timers);
    if (next != NULL) {
        thread_arm(cpu, next->deadline);
    }
}

void thread_reprice(struct thread *thread, int8_t priority)
{
    struct scheduler *scheduler = &percpu_here()->scheduler;
    bool ready = thread->turn.state == THREAD_READY;
    if (ready) {
        scheduler_withdraw(scheduler, &thread->turn);
    }
    thread->turn.priority = priority;
    if (ready) {
        scheduler_add(scheduler, &thread->turn);
    }
    scheduler->attend = true;
}

/* Beginning */

static void copy_name(char to[THREAD_NAME_BYTES], const char *from)
{
    size_t i = 0;
    for (; i < THREAD_NAME_BYTES - 1 && from[i] != '\0'; i++) {
        to[i] = from[i];
    }
    memset(to + i, 0, THREAD_NAME_BYTES - i);
}

static bool acceptable(const struct thread_plan *plan)
{
    return plan->name != NULL && (plan->run != NULL || plan->user_entry != 0) && plan->priority >= 0 &&
           plan->priority < PRIORITIES && plan->user_entry < USER_END &&
           plan->stack_blocks <= THREAD_STACK_BLOCKS_MAX;
}

/* The record of a thread that is about to run for the first time. */
static struct thread *make(const struct thread_plan *plan, const struct thread_stack *stack)
{
    struct thread *thread = (struct thread *)(stack->top - sizeof *thread);
    bool user = plan->user_entry != 0;
    uint64_t *begin = (uint64_t *)thread - 3; /* what core/switch.asm finds there */
    begin[0] = (uintptr_t)(user ? thread_begin_user : thread_begin);
    begin[1] = user ? plan->user_entry : (uintptr_t)plan->run;
    begin[2] = user ? plan->user_stack : (uintptr_t)plan->argument;
    *thread = (struct thread){
        .turn.priority = plan->priority,
        .place = (uintptr_t)begin,
        .special = user || plan->space != 0,
        .id = ++last_number << SLOT_BITS | stack->slot,
        .space = plan->space,
        .stack = *stack,
        .end = plan->end,
        .watcher = plan->watcher,
        .watcher_events = plan->events,
        .until.thread = thread,
        .one_shot.thread = thread,
    };
    copy_name(thread->name, plan->name);
    thread_ipc_init(thread->ipc, plan, stack->slot);
    thread_acting_init(thread->acting, plan->owner);
    return thread;
}

int thread_create(const struct thread_plan *plan, thread_id *id)
{
    struct thread_stack stack;
    if (!acceptable(plan)) {
        return -EINVARG;
    }
    uint64_t lock = kernel_lock();
    int status = thread_stack_take(plan->stack_blocks != 0 ? plan->stack_blocks : THREAD_STACK_BLOCKS, &stack);
    if (status == 0) {
        struct thread *thread = make(plan, &stack);
        if (plan->end != NULL) {
            *plan->end = (struct thread_end){.how = THREAD_LIVES};
        }
        *id = thread->id;
        scheduler_add(&percpu_here()->scheduler, &thread->turn);
    }
    thread_unlock(lock);
    return status;
}

void threads_begin(void)
{
    idle.id = THREAD_IDLE_SLOT;
    memcpy(idle.name, "boot", sizeof "boot");
    percpu_here()->scheduler.current = &idle.turn;
}

void threads_init(void)
{
    struct percpu *cpu = percpu_here();
    idle = (struct thread){.id = THREAD_IDLE_SLOT, .name = "idle", .until.thread = &idle, .one_shot.thread = &idle};
    thread_acting_init(idle.acting, 0);
    scheduler_init(&cpu->scheduler, &idle.turn, clock_ticks_of(TURN_NANOSECONDS));
    cpu->armed = CLOCK_NEVER;
    cpu->switched_at = cpu_timestamp();
    idle.ticks -= cpu->switched_at;
    cpu->acting = (struct kheap_context *)idle.acting;
}

_Noreturn void thread_idle(void)
{
    thread_yield();
    for (;;) {
        cpu_wait_for_interrupt();
    }
}

bool thread_totals(size_t slot, struct thread_totals *totals)
{
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    uintptr_t top = slot == THREAD_IDLE_SLOT ? (uintptr_t)(&idle + 1) : thread_stack_top(slot);
    if (top != 0) {
        const struct thread *thread = (struct thread *)top - 1;
        bool running = thread == thread_current(cpu);
        uint64_t since = running ? cpu_timestamp() : 0;
        *totals = (struct thread_totals){.id = thread->id,
                                         .priority = thread->turn.priority,
                                         .state = running ? THREAD_RUNNING : (enum thread_state)thread->turn.state,
                                         .nanoseconds = clock_nanoseconds_of(thread->ticks + since)};
        memcpy(totals->name, thread->name, sizeof totals->name);
    }
    kernel_unlock(lock);
    return top != 0;
}
