/* The rules of ipc/endpoint.h once more, slowly and in terms of sets: who waits for whom is looked up, and a priority is the
 * highest of all who wait, however far away. Chains are shorter than ENDPOINT_CHAIN_MAX here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "ipc/endpoint.h"

/* How many there may be, unless whoever includes this has said so. */
#ifndef MODEL_PARTIES
#define MODEL_PARTIES   12
#define MODEL_ENDPOINTS 6
#endif

enum { NOBODY = -1 };

struct model_party {
    int state;      /* enum party_state                                            */
    int whom;       /* the endpoint where it is queued, or of whom it awaits       */
    int own;        /* endpoint; NOBODY: none                                      */
    int base;       /* its own priority                                            */
    int priority;   /* as of the last change: who is queued and gets another one... */
    uint32_t since; /* ...is the last of those of that priority from then on        */
    uint64_t token; /* that answers its call; 0: none does                          */
};

struct model {
    int parties;
    int endpoints;
    uint32_t now;
    struct model_party party[MODEL_PARTIES];
};

/* What a function is to return, by number. */
struct outcome {
    enum verdict_kind kind;
    int status;
    int other;
};

static inline int model_receiver(const struct model *model, int endpoint)
{
    for (int i = 0; i < model->parties; i++) {
        if (model->party[i].own == endpoint) {
            return i;
        }
    }
    return NOBODY;
}

static inline bool model_queued(const struct model *model, int who)
{
    return model->party[who].state == PARTY_SENDING || model->party[who].state == PARTY_CALLING;
}

static inline int model_waits_for(const struct model *model, int who)
{
    const struct model_party *party = &model->party[who];
    if (model_queued(model, who)) {
        return model_receiver(model, party->whom);
    }
    return party->state == PARTY_AWAITING ? party->whom : NOBODY;
}

static inline int model_priority(const struct model *model, int who)
{
    int highest = model->party[who].base;
    for (int i = 0; i < model->parties; i++) {
        if (model_waits_for(model, i) == who) {
            int priority = model_priority(model, i);
            highest = priority > highest ? priority : highest;
        }
    }
    return highest;
}

/* After each change of who waits. */
static inline void model_settle(struct model *model)
{
    for (int i = 0; i < model->parties; i++) {
        int priority = model_priority(model, i);
        if (model->party[i].priority != priority) {
            model->party[i].priority = priority;
            model->party[i].since = ++model->now;
        }
    }
}

/* Who is taken first at an endpoint. */
static inline int model_first(const struct model *model, int endpoint)
{
    int best = NOBODY;
    for (int i = 0; i < model->parties; i++) {
        if (!model_queued(model, i) || model->party[i].whom != endpoint) {
            continue;
        }
        const struct model_party *party = &model->party[i], *other = &model->party[best == NOBODY ? i : best];
        if (best == NOBODY || party->priority > other->priority ||
            (party->priority == other->priority && party->since < other->since)) {
            best = i;
        }
    }
    return best;
}

static inline void model_wait(struct model *model, int who, enum party_state state, int whom)
{
    model->party[who].state = (int)state;
    model->party[who].whom = whom;
    model->party[who].since = ++model->now;
    model_settle(model);
}

static inline struct outcome model_refused(int status)
{
    return (struct outcome){VERDICT_REFUSED, status, NOBODY};
}

static inline struct outcome model_send(struct model *model, int who, int endpoint, bool call, bool may_wait)
{
    int receiver = model_receiver(model, endpoint);
    if (receiver == NOBODY) {
        return model_refused(-EDEAD);
    }
    if (model->party[receiver].state == PARTY_RECEIVING) {
        model_wait(model, receiver, PARTY_ACTIVE, NOBODY);
        if (call) {
            model_wait(model, who, PARTY_AWAITING, receiver);
        }
        return (struct outcome){VERDICT_DELIVERED, 0, receiver};
    }
    if (!may_wait) {
        return model_refused(-ETIMEDOUT);
    }
    for (int i = receiver; i != NOBODY; i = model_waits_for(model, i)) {
        if (i == who) {
            return model_refused(-ECYCLE);
        }
    }
    model_wait(model, who, call ? PARTY_CALLING : PARTY_SENDING, endpoint);
    return (struct outcome){VERDICT_WAITS, 0, receiver};
}

static inline struct outcome model_receive(struct model *model, int who, bool may_wait)
{
    int endpoint = model->party[who].own;
    if (endpoint == NOBODY) {
        return model_refused(-EINVARG);
    }
    int sender = model_first(model, endpoint);
    if (sender == NOBODY && !may_wait) {
        return model_refused(-ETIMEDOUT);
    }
    if (sender == NOBODY) {
        model_wait(model, who, PARTY_RECEIVING, NOBODY);
        return (struct outcome){VERDICT_WAITS, 0, NOBODY};
    }
    bool call = model->party[sender].state == PARTY_CALLING;
    model_wait(model, sender, call ? PARTY_AWAITING : PARTY_ACTIVE, call ? who : NOBODY);
    return (struct outcome){VERDICT_TAKEN, 0, sender};
}

static inline void model_expire(struct model *model, int who)
{
    model->party[who].token = 0;
    model_wait(model, who, PARTY_ACTIVE, NOBODY);
}

static inline struct outcome model_reply(struct model *model, int who, int caller, uint64_t token)
{
    const struct model_party *party = &model->party[caller];
    if (party->state != PARTY_AWAITING || party->whom != who || party->token != token) {
        return model_refused(-EINVARG);
    }
    model_expire(model, caller);
    return (struct outcome){VERDICT_DELIVERED, 0, caller};
}
