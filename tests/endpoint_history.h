/* Parties and endpoints, and the model beside them (tests/endpoint_model.h): each step is taken in both, must end alike, and
 * must leave both alike. A message is a letter with a number: it is delivered once, or its sender still has it.
 *
 * Included by one program at a time. */
#pragma once

#include <string.h>

#include "core/assert.h"
#include "tests/endpoint_model.h"

enum { OLD_TOKENS = 4 };

static struct history {
    struct model model;
    struct party party[MODEL_PARTIES];
    struct endpoint endpoint[MODEL_ENDPOINTS];
    int8_t told[MODEL_PARTIES];                    /* the last priority that the hook was told */
    uint64_t letter[MODEL_PARTIES];                /* under way from each; 0: none             */
    int status;                                    /* of the last verdict                      */
    uint64_t letters;                              /* written                                  */
    uint64_t old_token[MODEL_PARTIES][OLD_TOKENS]; /* that were good for its calls, the last one first */
} history, history_before;

void party_repriced(struct party *party)
{
    int8_t *told = &history.told[party - history.party];
    kassert(*told != party->priority, "history: somebody is told of a change that is none");
    *told = party->priority;
}

/* ---- both alike ---- */

static void expect_alike_party(int who)
{
    const struct model_party *model = &history.model.party[who];
    const struct party *party = &history.party[who];
    bool queued = model_queued(&history.model, who);
    kassert(party->state == model->state, "history: somebody waits who is not to, or does not");
    kassert(party->priority == model->priority, "history: another priority");
    kassert(party->priority == history.told[who], "history: a change of priority that nobody is told");
    kassert(party->own == (model->own == NOBODY ? NULL : &history.endpoint[model->own]), "history: another endpoint");
    kassert(!queued || party->at == &history.endpoint[model->whom], "history: somebody waits elsewhere");
    kassert(model->state != PARTY_AWAITING || party->partner == &history.party[model->whom],
            "history: somebody awaits an answer of another one");
    kassert(queued == (history.letter[who] != 0), "history: a letter is lost, or delivered and under way as well");
}

static void expect_order(const struct endpoint *endpoint)
{
    for (size_t priority = 0; priority < ENDPOINT_PRIORITIES; priority++) {
        const struct party *first = endpoint->queue[priority];
        for (const struct party *party = first; party != NULL && party->next != first; party = party->next) {
            kassert(history.model.party[party - history.party].since <
                        history.model.party[party->next - history.party].since,
                    "history: a queue is out of order");
        }
    }
}

static void expect_alike(void)
{
    struct endpoint_world world = {history.party, (size_t)history.model.parties, history.endpoint,
                                   (size_t)history.model.endpoints};
    const char *broken = endpoint_check(&world);
    if (broken != NULL) {
        kassert_failed(broken, __FILE__, __LINE__);
    }
    for (int i = 0; i < history.model.parties; i++) {
        expect_alike_party(i);
    }
    for (int i = 0; i < history.model.endpoints; i++) {
        expect_order(&history.endpoint[i]);
    }
}

static bool same_endpoint(const struct endpoint *one, const struct endpoint *other)
{
    return one->receiver == other->receiver && one->filled == other->filled && one->meets == other->meets &&
           one->events == other->events && memcmp(one->queue, other->queue, sizeof one->queue) == 0;
}

/* Whole histories are copied, so what is between the members is the same too. */
static bool same_parties(const void *one, const void *other)
{
    return memcmp(one, other, sizeof history.party) == 0;
}

static void expect_nothing_changed(void)
{
    kassert(same_parties(history.party, history_before.party), "history: a refusal changes a party");
    for (int i = 0; i < history.model.endpoints; i++) {
        kassert(same_endpoint(&history.endpoint[i], &history_before.endpoint[i]),
                "history: a refusal changes an endpoint");
    }
}

/* The verdict is the model's, and a refusal has changed nothing. */
static void expect_outcome(struct verdict got, struct outcome expected)
{
    history.status = got.status;
    const struct party *other = expected.other == NOBODY ? NULL : &history.party[expected.other];
    kassert(got.kind == expected.kind && got.status == expected.status, "history: another verdict");
    kassert(got.kind == VERDICT_WAITS || got.other == other, "history: a verdict about somebody else");
    if (got.kind == VERDICT_REFUSED) {
        expect_nothing_changed();
    }
    expect_alike();
}

/* ---- letters and tokens ---- */

static void deliver(int from)
{
    kassert(history.letter[from] != 0, "history: a letter is delivered twice");
    history.letter[from] = 0;
}

/* `who` has read the number of a call that it has taken. */
static void hand_token(int who)
{
    uint64_t *old = history.old_token[who];
    uint64_t token = history.party[who].calls;
    for (size_t i = 0; i < OLD_TOKENS; i++) {
        kassert(old[i] != token, "history: the same token for two calls");
    }
    memmove(&old[1], &old[0], (OLD_TOKENS - 1) * sizeof *old);
    old[0] = history.model.party[who].token = token;
}

/* ---- steps ---- */

/* All active, nobody receives anywhere. */
static void history_begin(int parties, int endpoints, const int *priorities)
{
    memset(&history, 0, sizeof history);
    history.model.parties = parties;
    history.model.endpoints = endpoints;
    for (int i = 0; i < parties; i++) {
        int base = priorities[i];
        history.model.party[i] = (struct model_party){.whom = NOBODY, .own = NOBODY, .base = base, .priority = base};
        history.told[i] = (int8_t)base;
        memset(&history.party[i], 0xA5, sizeof history.party[i]);
        party_init(&history.party[i], (int8_t)base);
    }
    expect_alike();
}

static void step_bind(int who, int endpoint)
{
    bool expected = history.model.party[who].own == NOBODY && model_receiver(&history.model, endpoint) == NOBODY;
    kassert(endpoint_bind(&history.endpoint[endpoint], &history.party[who]) == expected, "history: another binding");
    if (expected) {
        history.model.party[who].own = endpoint;
    }
    expect_alike();
}

static void step_send(int who, int endpoint, bool call, bool may_wait)
{
    history_before = history;
    history.letter[who] = ++history.letters;
    struct outcome expected = model_send(&history.model, who, endpoint, call, may_wait);
    struct verdict got = endpoint_send(&history.endpoint[endpoint], &history.party[who], call, may_wait);
    if (got.kind == VERDICT_DELIVERED) {
        deliver(who);
    } else if (got.kind == VERDICT_REFUSED) {
        history.letter[who] = 0;
    }
    expect_outcome(got, expected);
    if (call && got.kind == VERDICT_DELIVERED) {
        hand_token(who);
    }
}

/* There is something else for it to see to first. */
static void step_disturb(int who)
{
    endpoint_disturb(&history.party[who]);
    expect_alike();
}

/* Who has something else to see to first does that, and takes no message (ipc/delivery.c). */
static bool sees_to_something_else(struct party *party)
{
    bool disturbed = party->own != NULL && party->own->events != 0;
    if (disturbed) {
        party->own->events = 0;
    }
    return disturbed;
}

static void step_receive(int who, bool may_wait)
{
    history_before = history;
    if (sees_to_something_else(&history.party[who])) {
        expect_alike();
        return;
    }
    struct outcome expected = model_receive(&history.model, who, may_wait);
    struct verdict got = endpoint_receive(&history.party[who], may_wait);
    if (got.kind == VERDICT_TAKEN) {
        deliver((int)(got.other - history.party));
    }
    expect_outcome(got, expected);
    if (got.kind == VERDICT_TAKEN && got.other->state == PARTY_AWAITING) {
        hand_token(expected.other);
    }
}

static void step_reply(int who, int caller, uint64_t token)
{
    history_before = history;
    struct outcome expected = model_reply(&history.model, who, caller, token);
    expect_outcome(endpoint_reply(&history.party[who], &history.party[caller], token), expected);
}

/* Whoever waits does so without end. */
static void step_patient(int who)
{
    endpoint_patient(&history.party[who]);
    expect_alike();
}

/* What is usual is what the rules say: whatever else is kept, too. */
static void expect_the_same(const struct history *usual)
{
    kassert(same_parties(usual->party, history.party), "history: the usual way ends elsewhere");
    for (int i = 0; i < history.model.endpoints; i++) {
        kassert(same_endpoint(&usual->endpoint[i], &history.endpoint[i]), "history: the usual way ends elsewhere");
    }
}

/* A call where it is usual, both ways; false: it is not, or not with others `ready`. */
static bool step_meet(int who, int endpoint, uint32_t ready)
{
    static struct history usual;
    if (!endpoint_meets(&history.endpoint[endpoint], &history.party[who], ready)) {
        return false;
    }
    history_before = history;
    kassert(endpoint_meet(&history.endpoint[endpoint], &history.party[who]) == history.endpoint[endpoint].receiver,
            "history: a usual call reaches somebody else");
    kassert(ready >> history.endpoint[endpoint].receiver->priority == 0, "history: who is better goes on first");
    usual = history;
    history = history_before;
    step_send(who, endpoint, true, true);
    step_patient(who);
    expect_the_same(&usual);
    return true;
}

/* The same of an answer, by a number that may be any. */
static bool step_part(int who, uint64_t token, uint32_t ready)
{
    static struct history usual;
    kassert(history.party[who].parts == 0 || history.party[who].callers != NULL,
            "history: usual answers are to somebody");
    struct party *caller = endpoint_parts(&history.party[who], token, ready);
    if (caller == NULL) {
        return false;
    }
    history_before = history;
    kassert(ready >> caller->priority == 0, "history: who is better goes on first");
    endpoint_part(&history.party[who], caller);
    usual = history;
    history = history_before;
    step_reply(who, (int)(caller - history.party), token);
    step_receive(who, true);
    step_patient(who);
    expect_the_same(&usual);
    return true;
}

static void step_expire(int who)
{
    history.letter[who] = 0;
    model_expire(&history.model, who);
    endpoint_expire(&history.party[who]);
    expect_alike();
}

/* Ends a party, tells everybody that waited for it, and puts another one in its place. */
static void step_end(int who, int priority)
{
    struct party *party = &history.party[who];
    history.letter[who] = 0;
    model_expire(&history.model, who);
    for (struct party *victim; (victim = endpoint_end(party)) != NULL;) {
        int number = (int)(victim - history.party);
        kassert(model_waits_for(&history.model, number) == who, "history: the end of one for whom it did not wait");
        history.letter[number] = 0;
        model_expire(&history.model, number);
        expect_alike();
    }
    for (int i = 0; i < history.model.parties; i++) {
        kassert(model_waits_for(&history.model, i) != who, "history: somebody waits for one that has ended");
    }
    struct model_party *model = &history.model.party[who];
    model->own = NOBODY;
    expect_alike();
    uint64_t calls = party->calls;
    memset(party, 0xA5, sizeof *party);
    party_init(party, (int8_t)priority);
    party->calls = calls;
    model->base = model->priority = priority;
    history.told[who] = (int8_t)priority;
    expect_alike();
}
