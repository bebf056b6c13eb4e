/* Every state that a few parties and endpoints can reach, to closure: from each state everything that anybody may do, every
 * token that is good, old or somebody else's, the expiry of each, and the end of each with another one in its place,
 * against the model of tests/endpoint_model.h. A state is what decides the future: who waits where and in which order, who
 * receives at which endpoint, and which call and answer is known to be usual: these are tried both ways, with each set of
 * others ready that matters. How often somebody has called does not count: tokens are good or not. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>

/* As few as are needed: a state is a copy of all of it. */
#define MODEL_PARTIES   4
#define MODEL_ENDPOINTS 3
#include "tests/endpoint_history.h"
#include "tests/random.h"

enum { PARTY_BYTES = 6, KEY_BYTES = PARTY_BYTES * MODEL_PARTIES, STATES_MAX = 1 << 20, SLOTS = 4 * STATES_MAX };

struct state {
    uint8_t key[KEY_BYTES];
    struct history *history; /* until everything has been tried from there */
};

static struct {
    struct state *states;
    uint32_t *slots; /* number of a state plus one, by hash of its key */
    size_t count;
    size_t transitions;
    size_t met, parted; /* that were usual */
} search;

/* ---- the states found ---- */

static uint64_t hash_of(const uint8_t *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < KEY_BYTES; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ (hash >> 29);
}

/* For each party: what it does, where or for whom, its endpoint, who comes after it in its ring, who calls it first, and its
 * own priority. Rings are closed, so that the first of a queue is told apart by a bit of its own. */
static void make_key(uint8_t *key)
{
    memset(key, 0xFF, KEY_BYTES);
    for (int i = 0; i < history.model.parties; i++) {
        const struct party *party = &history.party[i];
        uint8_t *at = key + (ptrdiff_t)PARTY_BYTES * i;
        bool queued = model_queued(&history.model, i);
        at[0] = party->state;
        if (queued || party->state == PARTY_AWAITING) {
            at[1] = (uint8_t)(queued ? party->at - history.endpoint : party->partner - history.party);
            at[3] = (uint8_t)(party->next - history.party);
            at[0] |= queued && party->at->queue[party->priority] == party ? 0x80 : 0;
        }
        at[2] = party->own == NULL ? 0xFF : (uint8_t)(party->own - history.endpoint);
        at[2] ^= party->own != NULL && party->own->events != 0 ? 0x40 : 0;
        at[4] = party->callers == NULL ? 0xFF : (uint8_t)(party->callers - history.party);
        at[5] = (uint8_t)party->base;
        at[0] |= party->parts != 0 ? 0x40 : 0;
        at[0] |= party->own != NULL && party->own->meets != 0 ? 0x20 : 0;
    }
}

/* Keeps the state that the world is in, unless it is known. */
static void reached(void)
{
    uint8_t key[KEY_BYTES];
    make_key(key);
    size_t slot = hash_of(key) % SLOTS;
    for (; search.slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        if (memcmp(search.states[search.slots[slot] - 1].key, key, KEY_BYTES) == 0) {
            return;
        }
    }
    assert_true(search.count < STATES_MAX);
    struct state *state = &search.states[search.count++];
    search.slots[slot] = (uint32_t)search.count;
    memcpy(state->key, key, KEY_BYTES);
    state->history = malloc(sizeof history);
    assert_non_null(state->history);
    *state->history = history;
}

#define TRY(from, step)                                                                                              \
    do {                                                                                                             \
        history = *(from);                                                                                           \
        step;                                                                                                        \
        search.transitions++;                                                                                        \
        reached();                                                                                                   \
    } while (0)

/* ---- the operations ---- */

static void try_messages(const struct history *from, int who)
{
    for (int endpoint = 0; endpoint < from->model.endpoints; endpoint++) {
        for (int how = 0; how < 4; how++) {
            TRY(from, step_send(who, endpoint, how & 1, how & 2));
        }
    }
    TRY(from, step_receive(who, true));
    TRY(from, step_receive(who, false));
}

/* Nobody else is ready, the lowest, one of each priority that anybody has, or one of the highest. */
static uint32_t ready_set(const struct history *from, int which)
{
    int parties = from->model.parties;
    return which < parties        ? UINT32_C(1) << from->party[which].priority
           : which == parties     ? 0
           : which == parties + 1 ? 1
                                  : ~0u;
}

static void tried(size_t *count, bool usual)
{
    if (usual) {
        ++*count;
        search.transitions++;
        reached();
    }
}

static void try_usual(const struct history *from, int who)
{
    for (int which = 0; which < from->model.parties + 3; which++) {
        uint32_t ready = ready_set(from, which);
        for (int endpoint = 0; endpoint < from->model.endpoints; endpoint++) {
            history = *from;
            tried(&search.met, step_meet(who, endpoint, ready));
        }
        for (int caller = 0; caller < from->model.parties; caller++) {
            history = *from;
            tried(&search.parted, step_part(who, from->party[caller].calls, ready));
        }
    }
}

/* A partner means nothing but while awaiting: so it may be left over from the answer that was awaited last. */
static void answer(int who, int caller, uint64_t token)
{
    if (history.model.party[caller].state != PARTY_AWAITING) {
        history.party[caller].partner = &history.party[who];
    }
    step_reply(who, caller, token);
}

static void try_answers(const struct history *from, int who)
{
    for (int caller = 0; caller < from->model.parties; caller++) {
        uint64_t token = from->party[caller].calls;
        for (uint64_t number = token - 1; number != token + 2; number++) {
            TRY(from, answer(who, caller, number));
        }
        for (size_t i = 0; i < OLD_TOKENS && from->old_token[caller][i] != 0; i++) {
            TRY(from, answer(who, caller, from->old_token[caller][i]));
        }
    }
}

/* Whoever is born has the priority of any of the others. */
static void try_ends(const struct history *from, int who)
{
    TRY(from, step_expire(who));
    for (int i = 0; i < from->model.parties; i++) {
        TRY(from, step_end(who, from->model.party[i].base));
    }
}

static void try_everything(const struct history *from)
{
    for (int who = 0; who < from->model.parties; who++) {
        if (from->model.party[who].state == PARTY_ACTIVE) {
            try_messages(from, who);
            try_answers(from, who);
            try_usual(from, who);
            TRY(from, step_disturb(who));
        } else {
            TRY(from, step_patient(who));
        }
        for (int endpoint = 0; endpoint < from->model.endpoints; endpoint++) {
            TRY(from, step_bind(who, endpoint));
        }
        try_ends(from, who);
    }
}

static void search_all(int parties, int endpoints, const int *priorities)
{
    search.count = 0;
    search.transitions = search.met = search.parted = 0;
    memset(search.slots, 0, SLOTS * sizeof *search.slots);
    history_begin(parties, endpoints, priorities);
    reached();
    for (size_t i = 0; i < search.count; i++) {
        try_everything(search.states[i].history);
        free(search.states[i].history);
    }
    printf("%d parties, %d endpoints, priorities", parties, endpoints);
    for (int i = 0; i < parties; i++) {
        printf(" %d", priorities[i]);
    }
    printf(": %zu states, %zu transitions, %zu usual calls, %zu usual answers\n", search.count, search.transitions,
           search.met, search.parted);
    assert_true(search.met != 0 && search.parted != 0);
}

static void every_state_of_small_worlds_agrees_with_the_model(void **state)
{
    (void)state;
    search_all(2, 1, (const int[]){0, 31});
    search_all(2, 2, (const int[]){0, 31});
    search_all(3, 1, (const int[]){4, 4, 9});
    search_all(3, 2, (const int[]){4, 4, 9});
    search_all(3, 2, (const int[]){0, 4, 31});
    search_all(3, 3, (const int[]){4, 4, 9});
    search_all(4, 1, (const int[]){4, 4, 9, 9});
    if (random_setting("TESSERA_ENDPOINT_WORLDS", 0) != 0) { /* all of them: 32 million transitions */
        search_all(4, 2, (const int[]){4, 4, 9, 9});
    }
}

static int allocate(void **state)
{
    (void)state;
    search.states = malloc(STATES_MAX * sizeof *search.states);
    search.slots = malloc(SLOTS * sizeof *search.slots);
    return search.states == NULL || search.slots == NULL;
}

static int release(void **state)
{
    (void)state;
    free(search.states);
    free(search.slots);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_of_small_worlds_agrees_with_the_model),
    };
    return cmocka_run_group_tests_name("endpoints, exhaustively", tests, allocate, release);
}
