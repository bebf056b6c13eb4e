/* Histories of parties and endpoints that somebody makes up, a random generator or a fuzzer: who does what next.
 *
 * Included by one program at a time, which defines history_choose. */
#pragma once

#include "tests/endpoint_history.h"

/* A number below `limit`, which is at least 1. */
static uint64_t history_choose(uint64_t limit);

/* What has been met, over all histories. */
static struct {
    size_t refused[STATUS_COUNT];
    size_t longest; /* parties in a chain of waiting */
    size_t usual;   /* calls and answers             */
} chosen;

static int choose_party(void)
{
    return (int)history_choose(MODEL_PARTIES);
}

static int choose_endpoint(void)
{
    return (int)history_choose(MODEL_ENDPOINTS);
}

/* Few priorities, so that many are equal; the lowest and the highest among them. */
static int choose_priority(void)
{
    static const int priorities[] = {0, 7, 8, 20, ENDPOINT_PRIORITIES - 1};
    return priorities[history_choose(sizeof priorities / sizeof *priorities)];
}

static void begin_chosen(void)
{
    int priorities[MODEL_PARTIES];
    for (int i = 0; i < MODEL_PARTIES; i++) {
        priorities[i] = choose_priority();
    }
    history_begin(MODEL_PARTIES, MODEL_ENDPOINTS, priorities);
    for (int i = 0; i < MODEL_ENDPOINTS; i++) {
        step_bind(i, i);
    }
}

static void note_chain(int who)
{
    size_t length = 0;
    for (; who != NOBODY; who = model_waits_for(&history.model, who)) {
        length++;
    }
    chosen.longest = length > chosen.longest ? length : chosen.longest;
}

static void answer_somebody(int who)
{
    int caller = choose_party();
    uint64_t choice = history_choose(OLD_TOKENS + 2);
    uint64_t token = choice < OLD_TOKENS ? history.old_token[caller][choice] : history.party[caller].calls;
    step_reply(choice == OLD_TOKENS ? choose_party() : who, caller, token);
}

static void answer_first(int who)
{
    const struct party *caller = history.party[who].callers;
    if (caller != NULL) {
        step_reply(who, (int)(caller - history.party), caller->calls);
    }
}

/* The first of the endpoints where a call is usual. */
static void meet_somebody(int who, uint32_t ready)
{
    int first = choose_endpoint();
    for (int i = 0; i < MODEL_ENDPOINTS && history.model.party[who].state == PARTY_ACTIVE; i++) {
        chosen.usual += step_meet(who, (first + i) % MODEL_ENDPOINTS, ready);
    }
}

/* What only one that is active may do. */
static void act_chosen(int who)
{
    uint64_t what = history_choose(19);
    if (what == 18) {
        step_disturb(who);
    } else if (what < 8) {
        int endpoint = choose_endpoint();
        step_send(who, endpoint, what & 1, what > 1);
        note_chain(who);
    } else if (what < 13) {
        step_receive(who, what != 8);
        if (what > 10 && history.model.party[who].state == PARTY_RECEIVING) {
            step_patient(who);
        }
    } else if (what == 13) {
        answer_somebody(who);
    } else if (what == 16) {
        meet_somebody(who, (uint32_t)history_choose(2));
    } else if (what == 17) {
        const struct party *caller = history.party[who].callers;
        chosen.usual += step_part(who, caller != NULL ? caller->calls : 0, (uint32_t)history_choose(2));
    } else {
        answer_first(who);
    }
}

static void step_chosen(void)
{
    int who = choose_party();
    uint64_t what = history_choose(64);
    history.status = 0;
    if (what == 0) {
        step_end(who, choose_priority());
    } else if (what < 4) {
        step_bind(who, choose_endpoint());
    } else if (what < 12) {
        step_expire(who);
    } else if (history.model.party[who].state == PARTY_ACTIVE) {
        act_chosen(who);
    } else {
        step_patient(who);
    }
    chosen.refused[-history.status]++;
}
