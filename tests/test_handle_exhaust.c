/* Every state that the handles of a few small tables to one endpoint can reach, to closure: from each state a handle given, one
 * derived from each for each table, each taken back, what was derived from each taken back; against a model that knows of
 * each handle only from which it was derived. What counts of a state is who is in the ring, in which order and how deep, and
 * which slots are free in which order: how often a slot was used does not, but no number of before may name anything. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/handle.h"

enum {
    TABLES = 3,
    SLOTS = 2,
    HANDLES = TABLES * SLOTS,
    FREE = 0xFE,
    ROOT = 0xFF,
    STATES_MAX = 1 << 18,
    HASHES = 4 * STATES_MAX
};

struct world {
    union {
        struct handle_table table;
        unsigned char bytes[sizeof(struct handle_table) + SLOTS * sizeof(struct handle)];
    } tables[TABLES];
    struct handle *ring;
    uint8_t parent[HANDLES]; /* the model: from which it was derived, FREE or ROOT */
    handle_t last[HANDLES];  /* the name that each slot had last                   */
};

struct key {
    uint8_t order[HANDLES]; /* of the ring; FREE: no more */
    uint8_t depth[HANDLES];
    uint8_t first_free[TABLES];
    uint8_t next_free[HANDLES];
};

struct state {
    struct key key;
    struct world *world; /* until everything has been tried from there */
};

static struct world now;
static struct state *states;
static uint32_t *hashes; /* number of a state plus one, by hash of its key */
static size_t count, transitions;

static char somewhere;
#define ENDPOINT ((struct ipc_endpoint *)(void *)&somewhere)

static struct handle_table *table_of(int handle)
{
    return &now.tables[handle / SLOTS].table;
}

static struct handle *handle_at(int handle)
{
    return &table_of(handle)->slots[handle % SLOTS];
}

static int number_in_world(const struct handle *handle)
{
    for (int i = 0; i < HANDLES; i++) {
        if (handle_at(i) == handle) {
            return i;
        }
    }
    fail_msg("the ring leads out of the tables");
    return -1;
}

static handle_t name_of(int handle)
{
    return handle_at(handle)->use << HANDLE_SLOT_BITS | (unsigned)(handle % SLOTS);
}

static bool is_below(int handle, int above)
{
    while (now.parent[handle] != ROOT && now.parent[handle] != above) {
        handle = now.parent[handle];
    }
    return now.parent[handle] == above;
}

/* ---- all is as the model has it ---- */

/* In the ring each follows what it was derived from, before anything that is no deeper than that. */
static void expect_ring(void)
{
    int path[HANDLES + 1], live = 0, seen = 0;
    for (int i = 0; i < HANDLES; i++) {
        live += now.parent[i] != FREE;
    }
    for (const struct handle *at = now.ring; at != NULL && (seen == 0 || at != now.ring); at = at->next, seen++) {
        int handle = number_in_world(at);
        assert_ptr_equal(at->next->prev, at);
        assert_int_not_equal(now.parent[handle], FREE);
        assert_true(at->depth <= seen);
        assert_int_equal(now.parent[handle], at->depth == 0 ? ROOT : path[at->depth - 1]);
        path[at->depth] = handle;
        assert_true(seen < live);
    }
    assert_int_equal(seen, live);
}

static void expect_names(void)
{
    for (int i = 0; i < HANDLES; i++) {
        bool live = now.parent[i] != FREE;
        assert_ptr_equal(handle_named(table_of(i), name_of(i)), live ? handle_at(i) : NULL);
        assert_ptr_equal(handle_to_call(table_of(i), name_of(i)), live ? handle_at(i) : NULL);
        assert_null(handle_named(table_of(i), name_of(i) - (UINT64_C(1) << HANDLE_SLOT_BITS)));
        assert_null(handle_to_call(table_of(i), name_of(i) - (UINT64_C(1) << HANDLE_SLOT_BITS)));
    }
}

/* ---- the states found ---- */

static void make_key(struct key *key)
{
    memset(key, FREE, sizeof *key);
    int at = 0;
    for (const struct handle *handle = now.ring; handle != NULL && (at == 0 || handle != now.ring);
         handle = handle->next, at++) {
        key->order[at] = (uint8_t)number_in_world(handle);
        key->depth[at] = (uint8_t)handle->depth;
    }
    for (int i = 0; i < TABLES; i++) {
        key->first_free[i] = (uint8_t)now.tables[i].table.first_free;
    }
    for (int i = 0; i < HANDLES; i++) {
        key->next_free[i] = now.parent[i] == FREE ? (uint8_t)handle_at(i)->slot : FREE;
    }
}

static size_t hash_of(const struct key *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof *key; i++) {
        hash = (hash ^ ((const uint8_t *)key)[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)((hash ^ hash >> 29) % HASHES);
}

/* Keeps the state that the world is in, unless it is known. */
static void reached(void)
{
    struct key key;
    expect_ring();
    expect_names();
    make_key(&key);
    transitions++;
    size_t at = hash_of(&key);
    for (; hashes[at] != 0; at = (at + 1) % HASHES) {
        if (memcmp(&states[hashes[at] - 1].key, &key, sizeof key) == 0) {
            return;
        }
    }
    assert_true(count < STATES_MAX);
    states[count] = (struct state){key, malloc(sizeof now)};
    assert_non_null(states[count].world);
    *states[count].world = now;
    hashes[at] = (uint32_t)++count;
}

/* ---- the operations ---- */

static int free_slot(int table)
{
    uint32_t slot = now.tables[table].table.first_free;
    return slot == SLOTS ? -1 : table * SLOTS + (int)slot;
}

static void expect_given(handle_t name, int slot, int parent)
{
    assert_int_equal(name != 0, slot >= 0);
    if (slot >= 0) {
        assert_int_equal(name, name_of(slot));
        assert_true(name > now.last[slot]); /* never one of before */
        now.last[slot] = name;
        now.parent[slot] = (uint8_t)parent;
    }
    reached();
}

static void give(int table)
{
    int slot = free_slot(table);
    const struct handle what = {.badge = 1, .rights = HANDLE_RIGHTS};
    expect_given(handle_give(&now.tables[table].table, ENDPOINT, &now.ring, &what), slot, ROOT);
}

static void derive(int from, int table)
{
    int slot = free_slot(table);
    expect_given(handle_derive(&now.tables[table].table, handle_at(from), HANDLE_RIGHTS), slot, from);
}

static void revoke(int handle, bool all)
{
    handle_t old[HANDLES];
    uint8_t gone[HANDLES];
    for (int i = 0; i < HANDLES; i++) {
        old[i] = name_of(i);
        gone[i] = now.parent[i] != FREE && ((all && i == handle) || is_below(i, handle));
    }
    while (handle_revoke_one(handle_at(handle), &now.ring)) {
    }
    if (all) {
        handle_take(handle_at(handle), &now.ring);
    }
    for (int i = 0; i < HANDLES; i++) {
        now.parent[i] = gone[i] ? FREE : now.parent[i];
        assert_true(!gone[i] || handle_named(table_of(i), old[i]) == NULL);
    }
    reached();
}

static void try_everything(const struct world *from)
{
    for (int table = 0; table < TABLES; table++) {
        now = *from;
        give(table);
        for (int handle = 0; handle < HANDLES; handle++) {
            now = *from;
            if (now.parent[handle] != FREE) {
                derive(handle, table);
            }
        }
    }
    for (int handle = 0; handle < HANDLES; handle++) {
        for (int all = 0; all < 2; all++) {
            now = *from;
            if (now.parent[handle] != FREE) {
                revoke(handle, all);
            }
        }
    }
}

static void every_state_of_small_tables_agrees_with_the_model(void **state)
{
    (void)state;
    for (int i = 0; i < TABLES; i++) {
        memset(&now.tables[i], 0xA5, sizeof now.tables[i]);
        handle_table_init(&now.tables[i].table, SLOTS);
    }
    memset(now.parent, FREE, sizeof now.parent);
    reached();
    for (size_t i = 0; i < count; i++) {
        try_everything(states[i].world);
        free(states[i].world);
    }
    printf("%d tables of %d handles: %zu states, %zu transitions\n", TABLES, SLOTS, count, transitions);
}

static int allocate(void **state)
{
    *state = NULL;
    states = malloc(STATES_MAX * sizeof *states);
    hashes = calloc(HASHES, sizeof *hashes);
    return states != NULL && hashes != NULL ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    free(states);
    free(hashes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_state_of_small_tables_agrees_with_the_model, allocate, release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
