/* Answers each call when the time that it asked for has passed: many wait at one time, each by its token. */
#include "servers/timer/messages.h"

#include "servers/library/clock.h"
#include "servers/library/server.h"

struct sleeper {
    struct sleeper *next;
    uint64_t until, token;
};

struct timer {
    struct server server;
    struct sleeper *first; /* by `until`, those of one time in order */
    uint64_t count;
};

static uint64_t later(uint64_t now, uint64_t nanoseconds)
{
    return nanoseconds < UINT64_MAX - now ? now + nanoseconds : UINT64_MAX;
}

static void insert(struct timer *timer, struct sleeper *sleeper)
{
    struct sleeper **at = &timer->first;
    while (*at != NULL && (*at)->until <= sleeper->until) {
        at = &(*at)->next;
    }
    sleeper->next = *at;
    *at = sleeper;
    timer->count++;
}

static int on_timer_wait(struct timer *timer, union timer_wait *it)
{
    uint64_t token = message_of(it)->token;
    struct sleeper *sleeper = token != 0 && timer->count < TIMER_SLEEPERS_MAX ? kmalloc(sizeof *sleeper) : NULL;
    if (sleeper == NULL) {
        return -ENOMEM;
    }
    *sleeper = (struct sleeper){.until = later(clock_nanoseconds(), it->ask.nanoseconds), .token = token};
    insert(timer, sleeper);
    return SERVER_KEEPS;
}

static int on_timer_waiting(struct timer *timer, union timer_waiting *it)
{
    it->answer.count = timer->count;
    return 0;
}

static void wake_first(struct timer *timer)
{
    struct sleeper *sleeper = timer->first;
    struct message message;
    timer->first = sleeper->next;
    timer->count--;
    message.carries = 0;
    message.gift = NULL;
    message.handle = 0;
    message.words = timer_wait_kind().answered;
    MESSAGE_AS(timer_wait, &message)->answer.waiting = timer->count;
    (void)server_answer(sleeper->token, &message, 0); /* who has ended meanwhile waits no more */
    kfree(sleeper);
}

MESSAGE_HANDLER(take, struct timer, TIMER_MESSAGES)

/* However it was woken, whose time has come is answered, and the next one's is waited for. */
static int handle(void *state, struct message *message)
{
    struct timer *timer = state;
    int status = message->type != SERVER_NOTHING_CAME ? take(timer, message) : 0;
    while (timer->first != NULL && timer->first->until <= clock_nanoseconds()) {
        wake_first(timer);
    }
    timer->server.patience = timer->first != NULL ? timer->first->until - clock_nanoseconds() : IPC_FOREVER;
    return status;
}

void server_run(void)
{
    struct timer timer = {.server = {.handle = handle, .state = &timer, .patience = IPC_FOREVER}};
    server_loop(&timer.server);
}
