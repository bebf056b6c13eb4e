/* Every state that a small heap can reach, to closure: from each state every size, every live free and every bad free
 * is tried against a model of a few lines, over table memory that was hostile in several ways. A state is what decides
 * the future: which blocks are in which run, which entries were written, and the order of runs in the bins. */
#include "tests/heap_fixture.h"

#include "mm/heap_table.h"

#include <stdio.h>

enum { BLOCKS_MAX = 11, KEY_BYTES = 5 * BLOCKS_MAX, STATES_MAX = 1 << 17, SLOTS = 2 * STATES_MAX };

/* The model: blocks in the live run that starts there; 0 where none does. */
struct model {
    uint8_t run[BLOCKS_MAX];
};

struct state {
    uint8_t key[KEY_BYTES];
    struct model model;
    heap_t heap;
    HEAP_BLOCK_TABLE_ENTRY entries[BLOCKS_MAX];
};

static struct {
    size_t blocks;
    struct state *states;
    uint32_t *slots; /* number of a state plus one, by hash of its key */
    size_t count;
    size_t transitions;
    uint64_t keys; /* the sum of all keys' hashes: the set as a number */
} search;

static heap_t heap;
static HEAP_BLOCK_TABLE_ENTRY entries[BLOCKS_MAX];
static struct heap_refusal last_refusal;
static size_t refusals;

void heap_refused(const struct heap_refusal *refusal)
{
    last_refusal = *refusal;
    refusals++;
}

/* ---- the model ---- */

/* Whether a run of `length` blocks from `first` on would touch no live run. */
static bool model_is_free(const struct model *model, size_t first, size_t length)
{
    for (size_t start = 0; start < search.blocks; start++) {
        if (model->run[start] != 0 && start < first + length && first < start + model->run[start]) {
            return false;
        }
    }
    return true;
}

static bool model_has_room(const struct model *model, size_t length)
{
    for (size_t first = 0; first + length <= search.blocks; first++) {
        if (model_is_free(model, first, length)) {
            return true;
        }
    }
    return false;
}

static enum free_fault model_fault(const struct model *model, size_t block)
{
    if (block >= search.blocks) {
        return FREE_OUTSIDE;
    }
    if (model->run[block] != 0) {
        return FREE_OK;
    }
    return model_is_free(model, block, 1) ? FREE_ALREADY_FREE : FREE_INSIDE_RUN;
}

/* ---- the states found ---- */

static uint64_t hash_of(const uint8_t *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < KEY_BYTES; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ (hash >> 29);
}

/* Four bytes for each block: length and state of the run that starts there, its neighbours in the ring of its bin,
 * whether its pair of entries was written; then the first run of each bin. What is not so is 0xFF. */
static void make_key(uint8_t *key)
{
    memset(key, 0xFF, KEY_BYTES);
    for (size_t first = 0; first < search.blocks;) {
        struct heap_run run = heap_run_at(&heap, first);
        uint8_t *at = key + 4 * first;
        at[0] = (uint8_t)(2 * run.blocks + run.live);
        if (!run.live) {
            at[1] = (uint8_t)entries[first].next;
            bool head = heap.bins.first[bins_of(run.blocks - 1)] == heap_link(first);
            at[2] = head ? 0xFF : (uint8_t)entries[first].prev; /* of the first in a bin it means nothing */
        }
        first += run.blocks;
    }
    for (size_t bin = bins_find(&heap.bins, 0); bin != BINS_NONE; bin = bins_after(&heap.bins, bin)) {
        key[4 * BLOCKS_MAX + bin] = (uint8_t)heap.bins.first[bin];
    }
    for (size_t place = 0; place < heap.lines; place++) {
        size_t line = entries[place * HEAP_LINE_ENTRIES + 1].proof;
        key[4 * line * HEAP_LINE_ENTRIES + 3] = 1;
    }
}

/* Keeps the state that the heap is in, unless it is known. */
static void reached(const struct model *model)
{
    uint8_t key[KEY_BYTES];
    make_key(key);
    uint64_t hash = hash_of(key);
    size_t slot = hash % SLOTS;
    for (; search.slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        if (memcmp(search.states[search.slots[slot] - 1].key, key, KEY_BYTES) == 0) {
            return;
        }
    }
    const char *broken = heap_check(&heap);
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    assert_true(search.count < STATES_MAX);
    struct state *state = &search.states[search.count++];
    search.slots[slot] = (uint32_t)search.count;
    search.keys += hash;
    memcpy(state->key, key, KEY_BYTES);
    state->model = *model;
    state->heap = heap;
    memcpy(state->entries, entries, sizeof entries);
}

static void restore(const struct state *state)
{
    heap = state->heap;
    memcpy(entries, state->entries, sizeof entries);
    search.transitions++;
}

/* ---- the operations ---- */

static void try_size(const struct state *state, size_t bytes)
{
    restore(state);
    size_t length = bytes / BLOCK + (bytes % BLOCK != 0);
    uint64_t before = heap_digest(&heap);
    uintptr_t result = (uintptr_t)heap_malloc(&heap, bytes);
    if (bytes == 0 || !model_has_room(&state->model, length)) {
        assert_true(result == 0 && heap_digest(&heap) == before);
        return;
    }
    size_t first = (result - NOWHERE) / BLOCK;
    assert_true(result >= NOWHERE && result % BLOCK == 0 && first + length <= search.blocks);
    assert_true(model_is_free(&state->model, first, length));
    struct model model = state->model;
    model.run[first] = (uint8_t)length;
    reached(&model);
}

static void try_free(const struct state *state, size_t block)
{
    restore(state);
    refusals = 0;
    uint64_t before = heap_digest(&heap);
    enum free_fault fault = model_fault(&state->model, block);
    int status = heap_try_free(&heap, block_at(block));
    if (fault != FREE_OK) {
        assert_true(status == -EINVARG && refusals == 1 && last_refusal.fault == fault &&
                    heap_digest(&heap) == before);
        return;
    }
    assert_true(status == 0 && refusals == 0);
    struct model model = state->model;
    model.run[block] = 0;
    reached(&model);
}

static void try_unaligned_free(const struct state *state, size_t block, size_t offset)
{
    restore(state);
    uint64_t before = heap_digest(&heap);
    assert_int_equal(heap_try_free(&heap, block_at(block) + offset), -EINVARG);
    assert_true(last_refusal.fault == FREE_UNALIGNED && heap_digest(&heap) == before);
}

static void try_everything(const struct state *state)
{
    for (size_t length = 1; length <= search.blocks + 1; length++) {
        try_size(state, length * BLOCK);
        try_size(state, (length - 1) * BLOCK + 1);
    }
    try_size(state, 0);
    try_size(state, SIZE_MAX);
    for (size_t block = 0; block <= search.blocks; block++) {
        try_free(state, block);
    }
    for (size_t block = 0; block < search.blocks; block++) {
        try_unaligned_free(state, block, 1);
        try_unaligned_free(state, block, 16);
    }
}

/* `old`: the table holds what a heap that was used up has left. */
static void search_all(size_t blocks, uint8_t filler, bool old)
{
    search.blocks = blocks;
    search.count = 0;
    search.transitions = 0;
    search.keys = 0;
    memset(search.slots, 0, SLOTS * sizeof *search.slots);
    memset(&heap, filler, sizeof heap);
    memset(entries, filler, sizeof entries);
    heap_table_t table = {entries, blocks};
    assert_int_equal(create_heap(&heap, &table, (void *)NOWHERE, blocks * BLOCK), 0);
    while (old && heap_malloc(&heap, BLOCK) != NULL) {
    }
    assert_int_equal(create_heap(&heap, &table, (void *)NOWHERE, blocks * BLOCK), 0);
    reached(&(struct model){{0}});
    for (size_t i = 0; i < search.count; i++) {
        try_everything(&search.states[i]);
    }
}

static void every_state_of_small_heaps_agrees_with_the_model(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= BLOCKS_MAX; blocks++) {
        search_all(blocks, 0xA5, false);
        printf("%2zu blocks: %zu states, %zu transitions\n", blocks, search.count, search.transitions);
    }
}

/* The same states, whatever the table held before. */
static void hostile_tables_lead_to_the_same_states(void **state)
{
    (void)state;
    static const uint8_t fillers[] = {0xFF, 0x00, 0x01, 0x5A};
    for (size_t blocks = 1; blocks <= 7; blocks++) {
        search_all(blocks, 0xA5, false);
        size_t count = search.count;
        size_t transitions = search.transitions;
        uint64_t keys = search.keys;
        for (size_t i = 0; i < 2 * sizeof fillers; i++) {
            search_all(blocks, fillers[i / 2], i % 2 != 0);
            assert_true(search.count == count && search.transitions == transitions && search.keys == keys);
        }
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
        cmocka_unit_test(every_state_of_small_heaps_agrees_with_the_model),
        cmocka_unit_test(hostile_tables_lead_to_the_same_states),
    };
    return cmocka_run_group_tests_name("heap, exhaustively", tests, allocate, release);
}
