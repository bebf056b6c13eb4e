/* What threads and interrupts promise where it is easily forgotten. */
#include <stdbool.h>
#include <stdint.h>

#include "core/apic.h"
#include "core/clock.h"
#include "core/drill.h"
#include "core/lock.h"
#include "core/thread.h"

enum {
    HIGH = 20, /* the monitor has 10 */
    EVENT_GO = 1,
};

static const uint64_t millisecond = 1000000;

static volatile uint64_t rival_ran; /* nanoseconds: when; 0: not yet */

static void note_the_time(void *unused)
{
    (void)unused;
    rival_ran = clock_nanoseconds();
}

static void spin_until(uint64_t nanoseconds)
{
    while (clock_nanoseconds() < nanoseconds) {
    }
}

/* Gets rivals in the midst of its turn, which is to last as long all the same; yields before, with nobody there, if it is
 * to. Notes when its turn had begun. */
static void take_a_turn(void *begin)
{
    const struct thread_plan rival = {.name = "rival", .run = note_the_time, .priority = HIGH};
    volatile uint64_t *begun = begin;
    bool yields = *begun != 0;
    thread_id id;
    *begun = clock_nanoseconds();
    spin_until(*begun + 6 * millisecond);
    if (yields) {
        *begun = clock_nanoseconds();
        thread_yield();
    }
    rival_ran = 0;
    int status = thread_create(&rival, &id);
    status = status == 0 ? thread_create(&rival, &id) : status;
    while (status == 0 && rival_ran == 0) {
    }
}

static bool turn_is_whole(bool yields)
{
    uint64_t begun = yields;
    thread_id id;
    return thread_create(
               &(struct thread_plan){.name = "turn", .run = take_a_turn, .argument = &begun, .priority = HIGH},
               &id) == 0 &&
           rival_ran - begun >= 9 * millisecond;
}

/* As urgent as the timer's, which would not come any more if this one stayed under way; the monitor could not tell. */
static void interrupt_for_nobody(void)
{
    apic_interrupt_self(VECTOR_TIMER + 1);
    thread_sleep(millisecond);
}

static volatile bool woken;

static void wait_to_be_woken(void *unused)
{
    (void)unused;
    thread_wait(EVENT_GO, THREAD_FOREVER);
    woken = true;
}

/* Who is woken inside the lock runs when that ends. */
static bool runs_after_the_lock(void)
{
    thread_id id;
    if (thread_create(&(struct thread_plan){.name = "woken", .run = wait_to_be_woken, .priority = HIGH}, &id) != 0) {
        return false;
    }
    woken = false;
    uint64_t lock = kernel_lock();
    bool notified = thread_notify(id, EVENT_GO) == 0, early = woken;
    kernel_unlock(lock);
    uint64_t end = clock_nanoseconds() + 1000 * millisecond;
    while (!woken && clock_nanoseconds() < end) {
    }
    bool in_time = woken;
    (void)thread_kill(id);
    return notified && !early && in_time;
}

static volatile thread_id orphan;

/* Is told of another one's end on its stack, which is gone by then. */
static void watch(void *unused)
{
    (void)unused;
    struct thread_end end;
    thread_id id;
    if (thread_create(&(struct thread_plan){.name = "orphan",
                                            .run = wait_to_be_woken,
                                            .priority = HIGH,
                                            .end = &end,
                                            .watcher = thread_self(),
                                            .events = EVENT_GO},
                      &id) == 0) {
        orphan = id;
        thread_wait(EVENT_GO, THREAD_FOREVER);
    }
}

static bool outlives_its_watcher(void)
{
    thread_id id;
    orphan = 0;
    return thread_create(&(struct thread_plan){.name = "watcher", .run = watch, .priority = HIGH}, &id) == 0 &&
           thread_kill(id) == 0 && thread_kill(orphan) == 0;
}

/* It would be a fault on the way to ring 3, in the kernel. */
static bool begins_nowhere(void)
{
    thread_id id;
    return thread_create(&(struct thread_plan){.name = "nowhere", .user_entry = UINT64_C(1) << 62}, &id) == 0;
}

const char *drill_edges(void)
{
    interrupt_for_nobody();
    if (!runs_after_the_lock()) {
        return "who was woken inside the lock did not run after it";
    }
    if (!outlives_its_watcher()) {
        return "who was watched by a thread that had ended did not end";
    }
    if (begins_nowhere()) {
        return "a program could begin at no address";
    }
    if (!turn_is_whole(false) || !turn_is_whole(true)) {
        return "a turn was cut short";
    }
    return NULL;
}
