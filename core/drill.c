#include "core/drill.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/status.h"
#include "core/string.h"
#include "core/thread.h"

enum {
    CROWD = 1000,
    CHURN = 10000,
    LOW = 5, /* the monitor has 10 */
    SAME = 10,
    HIGH = 20,
    EVENT_GO = 1,
    EVENT_ENDED = 2,
    SLEEPERS = 8,
    TRIES = 100,
    PATIENCE = 10000, /* an emulator may stand still for as many milliseconds */
};

static const uint64_t millisecond = 1000000;

/* What the threads of a drill share with it. */
static struct {
    volatile uint64_t count;
    volatile bool stop;
    volatile uint64_t spins[3];
    volatile uint64_t order[SLEEPERS];
    uint64_t begun; /* nanoseconds */
    volatile bool early, late;
} shared;

static void count_after_event(void *unused)
{
    (void)unused;
    thread_wait(EVENT_GO, THREAD_FOREVER);
    shared.count++;
}

/* The next thread of the crowd from the slot on; 0: there is none. */
static thread_id next_of_crowd(size_t *slot)
{
    struct thread_totals totals;
    while (*slot < THREADS_MAX) {
        if (thread_totals((*slot)++, &totals) && strcmp(totals.name, "crowd") == 0) {
            return totals.id;
        }
    }
    return 0;
}

/* Every other one goes on, the rest are ended from outside. Returns how many there were. */
static size_t end_crowd(void)
{
    size_t count = 0, slot = 0;
    for (thread_id id; (id = next_of_crowd(&slot)) != 0; count++) {
        if ((count % 2 == 0 ? thread_notify(id, EVENT_GO) : thread_kill(id)) != 0 || thread_kill(id) != -EINVARG) {
            return 0;
        }
    }
    return count;
}

/* All alive at once, each waiting. */
const char *drill_crowd(void)
{
    const struct thread_plan plan = {.name = "crowd", .run = count_after_event, .priority = HIGH, .stack_blocks = 1};
    size_t made = 0, slot = 0;
    thread_id id;
    shared.count = 0;
    while (made < CROWD && thread_create(&plan, &id) == 0) {
        made++;
    }
    bool waiting = shared.count == 0;
    size_t ended = end_crowd();
    if (made < CROWD) {
        return "there is no room for 1000 threads";
    }
    return waiting && ended == CROWD && shared.count == CROWD / 2 && next_of_crowd(&slot) == 0
               ? NULL
               : "of 1000 threads one was not there, or did not end";
}

static void count_once(void *unused)
{
    (void)unused;
    shared.count++;
}

const char *drill_churn(void)
{
    const struct thread_plan plan = {.name = "churn", .run = count_once, .priority = HIGH};
    shared.count = 0;
    for (size_t i = 0; i < CHURN; i++) {
        thread_id id;
        if (thread_create(&plan, &id) != 0) {
            return "a thread could not be made";
        }
    }
    return shared.count == CHURN ? NULL : "of 10000 threads not all have run";
}

static void spin(void *index)
{
    while (!shared.stop) {
        shared.spins[(uintptr_t)index]++;
    }
}

static bool all_exited(const struct thread_end ends[3])
{
    return ends[0].how == THREAD_EXITED && ends[1].how == THREAD_EXITED && ends[2].how == THREAD_EXITED;
}

/* Two of the same priority that never give way, and one below them, while the monitor sleeps. */
const char *drill_preempt(void)
{
    struct thread_end ends[3] = {{.how = THREAD_LIVES}};
    thread_id ids[3];
    bool made = true;
    memset((void *)(uintptr_t)&shared, 0, sizeof shared);
    for (uintptr_t i = 0; i < 3; i++) {
        made = made && thread_create(&(struct thread_plan){.name = "spin",
                                                           .run = spin,
                                                           .argument = (void *)i,
                                                           .priority = i < 2 ? SAME - 1 : LOW,
                                                           .end = &ends[i]},
                                     &ids[i]) == 0;
    }
    uint64_t before = clock_nanoseconds();
    thread_sleep(200 * millisecond);
    uint64_t slept = clock_nanoseconds() - before;
    shared.stop = true;
    bool fair = shared.spins[0] > shared.spins[1] / 4 && shared.spins[1] > shared.spins[0] / 4;
    bool starved = shared.spins[2] == 0;
    for (size_t i = 0; made && i < PATIENCE && !all_exited(ends); i++) {
        thread_sleep(millisecond);
    }
    if (!made || !all_exited(ends)) {
        return "the threads could not be made, or did not end";
    }
    if (slept < 200 * millisecond || slept > 4000 * millisecond) {
        return "under load the sleeper did not wake in time";
    }
    return !fair      ? "of two equals that never give way one has run four times as long as the other"
           : !starved ? "somebody ran although somebody of a higher priority was ready"
                      : NULL;
}

/* Until a time that was set before all of them were made. */
static void sleep_and_note(void *index)
{
    uintptr_t number = (uintptr_t)index;
    uint64_t until = shared.begun + (10 + (SLEEPERS - number) * 5) * millisecond, now = clock_nanoseconds();
    if (now < until) {
        thread_sleep(until - now);
        shared.early = shared.early || clock_nanoseconds() < until;
    } else {
        shared.late = true;
    }
    shared.order[shared.count++] = number;
}

/* Each sleeps shorter than the one before it. */
static bool make_sleepers(void)
{
    shared.count = 0;
    shared.early = shared.late = false;
    shared.begun = clock_nanoseconds();
    for (uintptr_t i = 0; i < SLEEPERS; i++) {
        thread_id id;
        if (thread_create(&(struct thread_plan){.name = "sleeper",
                                                .run = sleep_and_note,
                                                .argument = (void *)i,
                                                .priority = HIGH},
                          &id) != 0) {
            return false;
        }
    }
    return true;
}

static bool woke_in_order(void)
{
    bool in_order = shared.count == SLEEPERS && !shared.early;
    for (size_t i = 0; i < SLEEPERS; i++) {
        in_order = in_order && shared.order[i] == SLEEPERS - 1 - i;
    }
    return in_order;
}

/* Where the machine stood still until one of the times had passed, the order says nothing, and it goes again. */
const char *drill_sleep(void)
{
    for (size_t i = 0; i < TRIES; i++) {
        if (!make_sleepers()) {
            return "a thread could not be made";
        }
        uint64_t before = clock_nanoseconds();
        uint64_t events = thread_wait(EVENT_GO, 60 * millisecond);
        if (events != 0 || clock_nanoseconds() - before < 60 * millisecond) {
            return "a wait for what does not come did not last as long as it was to";
        }
        if (!shared.late) {
            return woke_in_order() ? NULL : "sleepers did not wake in the order of their times, or too early";
        }
    }
    return "the machine stood still each time that sleepers were made";
}

/* One that is set again rings once, at the later time. */
static bool set_again_in_time(const char **wrong)
{
    uint64_t before = clock_nanoseconds();
    bool set = thread_timer(5 * millisecond, EVENT_GO) == 0 && thread_timer(20 * millisecond, EVENT_GO) == 0;
    bool in_time = clock_nanoseconds() - before < 5 * millisecond;
    uint64_t events = thread_wait(EVENT_GO, 10000 * millisecond), took = clock_nanoseconds() - before;
    bool again = thread_wait(EVENT_GO, 30 * millisecond) != 0;
    *wrong = !set || events != EVENT_GO                      ? "the timer did not ring"
             : in_time && (took < 20 * millisecond || again) ? "the timer rang too early, or twice"
                                                             : NULL;
    return in_time;
}

static bool called_off_in_time(const char **wrong)
{
    uint64_t before = clock_nanoseconds();
    bool set = thread_timer(5 * millisecond, EVENT_GO) == 0 && thread_timer(THREAD_FOREVER, 0) == 0;
    bool in_time = clock_nanoseconds() - before < 5 * millisecond;
    bool rang = thread_wait(EVENT_GO, 20 * millisecond) != 0;
    *wrong = set && !(rang && in_time) ? NULL : "a timer that was called off rang";
    return in_time;
}

/* Until once the machine did not stand still between two calls for so long that the timer rang in between. */
static const char *try_in_time(bool (*attempt)(const char **wrong))
{
    const char *wrong = NULL;
    for (size_t i = 0; i < TRIES && wrong == NULL; i++) {
        if (attempt(&wrong)) {
            return wrong;
        }
    }
    return wrong != NULL ? wrong : "the machine stood still each time that a timer was set";
}

const char *drill_timer(void)
{
    if (thread_timer(1, 0) != -EINVARG) {
        return "a timer could ring with no event";
    }
    const char *wrong = try_in_time(set_again_in_time);
    return wrong != NULL ? wrong : try_in_time(called_off_in_time);
}
