/* Every state that a small kernel heap can reach, to closure: two regions,
 * several owners, small objects and runs. From each state every request, every
 * free, gift and reclaim, and every bad one, against sets (tests/kheap_sets.h).
 *
 * A state is kept as the way to it. Going back to one is going that way again,
 * over the tables that the last way left: that it leads to the same state shows
 * that nothing depends on what memory held before. */
#include "tests/kheap_world.h"

#include <stdlib.h>

enum { STATES_MAX = 1 << 19, SLOTS = 4 * STATES_MAX, WAY_MAX = 256 };

struct state {
    uint64_t digest;
    uint32_t before; /* number of the state that it was reached from */
    struct step step;
    struct sets sets;
};

static struct {
    struct state *states;
    uint32_t *slots; /* number of a state plus one, by hash of its digest */
    size_t count;
    size_t transitions;
    size_t longest;   /* way to a state */
    uint64_t digests; /* the sum of all: the set as a number */
} search;

/* ---- the states found ---- */

/* Steps to a state, last one first; returns how many. */
static size_t way_to(size_t number, struct step *way)
{
    size_t length = 0;
    for (; number != 0; number = search.states[number].before) {
        assert_true(length < WAY_MAX);
        way[length++] = search.states[number].step;
    }
    return length;
}

static void expect_sound(size_t before, struct step step)
{
    static const char *const names[] = {"take", "give", "give for", "gift", "reclaim", "trim"};
    const char *broken = kheap_check();
    if (broken == NULL) {
        return;
    }
    struct step way[WAY_MAX + 1] = {step};
    for (size_t left = 1 + way_to(before, way + 1); left-- > 0;) {
        printf("  %s: actor %u, which %u, to %u\n", names[way[left].deed], way[left].actor, way[left].which,
               way[left].to);
    }
    fail_msg("%s", broken);
}

/* Keeps the state that the heap is in, unless it is known. */
static void reached(size_t before, struct step step)
{
    uint64_t digest = kheap_digest();
    size_t slot = digest % SLOTS;
    for (; search.slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        const struct state *known = &search.states[search.slots[slot] - 1];
        if (known->digest == digest) {
            assert_memory_equal(&known->sets, &now, sizeof now);
            return;
        }
    }
    expect_sound(before, step);
    expect_charges();
    assert_true(search.count < STATES_MAX);
    struct state *state = &search.states[search.count++];
    search.slots[slot] = (uint32_t)search.count;
    search.digests += digest;
    *state = (struct state){digest, (uint32_t)before, step, now};
}

static void go_to(size_t number)
{
    struct step way[WAY_MAX];
    size_t length = way_to(number, way);
    search.longest = length > search.longest ? length : search.longest;
    begin_way();
    while (length > 0) {
        (void)do_step(way[--length]);
    }
    assert_true(kheap_digest() == search.states[number].digest);
    assert_memory_equal(&now, &search.states[number].sets, sizeof now);
}

/* ---- the search ---- */

static void try_step(size_t number, struct step step)
{
    go_to(number);
    search.transitions++;
    uint64_t before = search.states[number].digest;
    if (do_step(step)) {
        reached(number, step);
        return;
    }
    /* For a request or gift that fails, what is kept empty may have been given back. */
    if (kheap_digest() != before) {
        assert_true(step.deed == TAKE || step.deed == GIFT);
        reached(number, step);
    }
}

static void try_pieces(size_t number)
{
    struct sets sets = search.states[number].sets;
    for (uint8_t i = 0; i < sets.count; i++) {
        uint8_t owner = sets.live[i].owner;
        try_step(number, (struct step){GIVE, owner, i, 0});
        if (owner != 0) {
            try_step(number, (struct step){GIVE_FOR, 0, i, 0});
        }
        for (uint8_t to = 0; to < world->actors && !is_small(sets.live[i].bytes); to++) {
            if (!sets.ended[to]) {
                try_step(number, (struct step){GIFT, owner, i, to});
            }
        }
    }
}

static void try_everything(size_t number)
{
    go_to(number);
    try_bad();
    for (uint8_t actor = 0; actor < world->actors; actor++) {
        if (search.states[number].sets.ended[actor]) {
            continue;
        }
        for (uint8_t i = 0; i < SIZES_MAX && world->sizes[i] != 0; i++) {
            try_step(number, (struct step){TAKE, actor, i, 0});
        }
        if (actor != 0) {
            try_step(number, (struct step){RECLAIM, 0, actor, 0});
        }
    }
    try_pieces(number);
    try_step(number, (struct step){TRIM, 0, 0, 0});
}

static void search_all(const struct world *chosen)
{
    search.count = 0;
    search.transitions = 0;
    refusals_tried = 0;
    search.longest = 0;
    search.digests = 0;
    memset(search.slots, 0, SLOTS * sizeof *search.slots);
    begin_world(chosen);
    begin_way();
    reached(0, (struct step){0, 0, 0, 0});
    for (size_t i = 0; i < search.count; i++) {
        try_everything(i);
    }
    printf("%s: %zu states, %zu transitions, %zu refusals; at most %zu steps away\n", world->name, search.count,
           search.transitions, refusals_tried, search.longest);
}

static const struct world worlds[] = {
    {"blocks, two regions, gifts", {3, 2}, 3, {OWNER_NO_QUOTA, 3, 2}, {4096, 8192}},
    {"objects of two sizes", {3, 0}, 2, {OWNER_NO_QUOTA, 2}, {2048, 1024}},
    {"objects, three owners", {3, 1}, 3, {OWNER_NO_QUOTA, 1, 1}, {2048}},
    {"objects and runs", {4, 0}, 2, {OWNER_NO_QUOTA, 3}, {2048, 4096, 8192}},
    {"objects and runs, two regions", {2, 1}, 2, {OWNER_NO_QUOTA, 2}, {2048, 4096}},
    {"objects longer than a block", {5, 0}, 2, {OWNER_NO_QUOTA, 2}, {5120, 8192}},
    {"objects that are borrowed", {3, 0}, 2, {OWNER_NO_QUOTA, 2}, {2048, 1400}},
    {"objects and runs, a quota of one block", {4, 0}, 2, {OWNER_NO_QUOTA, 1}, {2048, 4096}},
};

static void every_state_of_small_kernel_heaps_agrees_with_the_sets(void **state)
{
    (void)state;
    memset(ram, 0xA5, sizeof ram);
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        search_all(&worlds[i]);
    }
}

/* The same states, whatever memory held before. The table has whole lines, which are proven or not. */
static void hostile_memory_leads_to_the_same_states(void **state)
{
    (void)state;
    static const uint8_t fillers[] = {0x00, 0x01, 0x5A, 0xFF};
    static const struct world lines = {"over other memory", {17, 0}, 2, {OWNER_NO_QUOTA, 14}, {5 * BLOCK, 7 * BLOCK}};
    memset(ram, 0xA5, sizeof ram);
    search_all(&lines);
    size_t count = search.count;
    size_t transitions = search.transitions;
    uint64_t digests = search.digests;
    for (size_t i = 0; i < sizeof fillers; i++) {
        memset(ram, fillers[i], sizeof ram);
        search_all(&lines);
        assert_true(search.count == count && search.transitions == transitions && search.digests == digests);
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
        cmocka_unit_test(every_state_of_small_kernel_heaps_agrees_with_the_sets),
        cmocka_unit_test(hostile_memory_leads_to_the_same_states),
    };
    return cmocka_run_group_tests_name("kernel heap, exhaustively", tests, allocate, release);
}
