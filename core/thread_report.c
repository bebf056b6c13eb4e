#include "core/clock.h"
#include "core/commands.h"
#include "core/lock.h"
#include "core/percpu.h"
#include "core/thread.h"

static const char *state_name(enum thread_state state)
{
    static const char *const names[] = {
        [THREAD_READY] = "ready",     [THREAD_RUNNING] = "running", [THREAD_SLEEPING] = "sleeping",
        [THREAD_WAITING] = "waiting", [THREAD_ENDED] = "ended",
    };
    return names[state];
}

static void print_thread(size_t slot, print_text *print)
{
    struct thread_totals totals;
    if (thread_totals(slot, &totals)) {
        print("  %-15s %8d  %-8s %14llu\n", totals.name, totals.priority, state_name(totals.state),
              (unsigned long long)(totals.nanoseconds / 1000));
    }
}

int command_threads(void *context, const char *arguments, print_text *print)
{
    (void)context, (void)arguments;
    print("  %-15s %8s  %-8s %14s\n", "thread", "priority", "state", "microseconds");
    print_thread(THREAD_IDLE_SLOT, print);
    for (size_t slot = 0; slot < THREADS_MAX; slot++) {
        print_thread(slot, print);
    }
    uint64_t lock = kernel_lock();
    const struct percpu *cpu = percpu_here();
    uint64_t timer = cpu->timer_interrupts, spurious = cpu->spurious_interrupts,
             unexpected = cpu->unexpected_interrupts;
    kernel_unlock(lock);
    print("interrupts: %llu of the timer, %llu spurious, %llu unexpected\n", (unsigned long long)timer,
          (unsigned long long)spurious, (unsigned long long)unexpected);
    return 0;
}

int command_uptime(void *context, const char *arguments, print_text *print)
{
    (void)context, (void)arguments;
    uint64_t milliseconds = clock_nanoseconds() / 1000000;
    print("%llu.%03llu s since the processor's start, at %llu ticks a second\n",
          (unsigned long long)milliseconds / 1000, (unsigned long long)milliseconds % 1000,
          (unsigned long long)clock_hertz());
    return 0;
}
