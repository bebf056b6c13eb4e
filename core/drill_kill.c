/* Ending a thread from outside, in each state that it can be in. */
#include <stdbool.h>
#include <stdint.h>

#include "core/drill.h"
#include "core/status.h"
#include "core/thread.h"

enum {
    LOW = 5, /* the monitor has 10 */
    HIGH = 20,
    EVENT_NEVER = 1,
    EVENT_ENDED = 1 << 8,
};

static const uint64_t millisecond = 1000000;
#define A_WHILE (200 * millisecond) /* an emulator may stand still for some of that */

static void wait_forever(void *unused)
{
    (void)unused;
    thread_wait(EVENT_NEVER, THREAD_FOREVER);
}

static void wait_a_while(void *unused)
{
    (void)unused;
    thread_wait(EVENT_NEVER, A_WHILE);
}

static void sleep_a_while(void *unused)
{
    (void)unused;
    thread_sleep(A_WHILE);
}

static void spin(void *unused)
{
    (void)unused;
    for (;;) {
    }
}

static void kill_itself(void *unused)
{
    (void)unused;
    thread_kill(thread_self());
}

static bool is_in(thread_id id, enum thread_state state)
{
    struct thread_totals totals;
    return thread_totals(id & THREAD_IDLE_SLOT, &totals) && totals.id == id && totals.state == state;
}

/* One that is in `state` after `lead` nanoseconds is ended, and no more of it is heard. */
static bool dies(void (*run)(void *), int8_t priority, enum thread_state state, uint64_t lead)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    const struct thread_plan plan = {.name = "victim",
                                     .run = run,
                                     .priority = priority,
                                     .end = &end,
                                     .watcher = thread_self(),
                                     .events = EVENT_ENDED};
    if (thread_create(&plan, &id) != 0) {
        return false;
    }
    if (lead != 0) {
        thread_sleep(lead);
    }
    bool was = is_in(id, state) && end.how == THREAD_LIVES;
    bool died = thread_kill(id) == 0 && end.how == THREAD_KILLED && thread_kill(id) == -EINVARG &&
                thread_notify(id, EVENT_NEVER) == -EINVARG;
    return was && died && thread_wait(EVENT_ENDED, 0) == EVENT_ENDED;
}

static bool dies_by_itself(void)
{
    struct thread_end end = {.how = THREAD_LIVES};
    thread_id id;
    return thread_create(&(struct thread_plan){.name = "tired", .run = kill_itself, .priority = HIGH, .end = &end},
                         &id) == 0 &&
           end.how == THREAD_KILLED;
}

const char *drill_kill(void)
{
    if (!dies(spin, LOW, THREAD_READY, 0)) {
        return "one that had not run yet did not end as it must";
    }
    if (!dies(spin, LOW, THREAD_READY, 5 * millisecond)) {
        return "one that was made to give way did not end as it must";
    }
    if (!dies(wait_forever, HIGH, THREAD_WAITING, 0) || !dies(wait_a_while, HIGH, THREAD_WAITING, 0)) {
        return "one that waited did not end as it must";
    }
    if (!dies(sleep_a_while, HIGH, THREAD_SLEEPING, 0)) {
        return "one that slept did not end as it must";
    }
    if (!dies_by_itself()) {
        return "one that ended itself did not end as it must";
    }
    if (thread_kill(0) != -EINVARG || thread_kill(THREAD_IDLE_SLOT) != -EINVARG) {
        return "nobody, or the idle thread, could be ended";
    }
    thread_sleep(A_WHILE + 10 * millisecond); /* time-outs of the dead would come now */
    return NULL;
}
