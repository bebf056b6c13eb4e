#include "core/thread_bench.h"

#include "core/apic.h"
#include "core/cpu.h"
#include "core/interrupt.h"
#include "core/thread.h"

enum {
    PRIORITY_SAME = 10,
    PRIORITY_ABOVE = 11,
    FREE_LINE = 13, /* the coprocessor's of old, which nobody drives */
    EVENT = 1,
};

static void yield_forever(void *unused)
{
    (void)unused;
    for (;;) {
        thread_yield();
    }
}

int bench_thread_switch(uint64_t *samples, size_t count)
{
    thread_id partner;
    int status =
        thread_create(&(struct thread_plan){.name = "partner", .run = yield_forever, .priority = PRIORITY_SAME},
                      &partner);
    if (status != 0) {
        return status;
    }
    thread_yield();
    for (size_t i = 0; i < count; i++) {
        uint64_t before = cpu_timestamp();
        thread_yield();
        samples[i] = cpu_timestamp() - before;
    }
    return thread_kill(partner);
}

static void do_nothing(void *unused)
{
    (void)unused;
}

int bench_thread_create_exit(uint64_t *samples, size_t count)
{
    const struct thread_plan plan = {.name = "brief", .run = do_nothing, .priority = PRIORITY_ABOVE};
    for (size_t i = 0; i < count; i++) {
        thread_id id;
        uint64_t before = cpu_timestamp();
        int status = thread_create(&plan, &id);
        samples[i] = cpu_timestamp() - before;
        if (status != 0) {
            return status;
        }
    }
    return 0;
}

static void note_the_time(void *woken)
{
    for (;;) {
        thread_wait(EVENT, THREAD_FOREVER);
        *(volatile uint64_t *)woken = cpu_timestamp();
    }
}

int bench_interrupt_to_thread(uint64_t *samples, size_t count)
{
    volatile uint64_t woken = 0;
    thread_id waiter;
    int status = thread_create(&(struct thread_plan){.name = "waiter",
                                                     .run = note_the_time,
                                                     .argument = (void *)(uintptr_t)&woken,
                                                     .priority = PRIORITY_ABOVE},
                               &waiter);
    if (status != 0) {
        return status;
    }
    status = interrupt_attach(FREE_LINE, waiter, EVENT);
    for (size_t i = 0; status == 0 && i < count; i++) {
        uint64_t before = cpu_timestamp();
        apic_interrupt_self(VECTOR_FIRST_DEVICE + FREE_LINE);
        while (woken < before) {
            cpu_relax();
        }
        samples[i] = woken - before;
    }
    thread_kill(waiter);
    return status;
}
