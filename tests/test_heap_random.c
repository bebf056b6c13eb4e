/* Long random histories of larger heaps, against a map of every block. TESSERA_SEED replays one; TESSERA_OPERATIONS sets
 * how long they are. */
#include "tests/heap_fixture.h"

#include <stdio.h>

#include "tests/random.h"

enum { BLOCKS_MAX = 3000, CHECK_EVERY = 512 };

static heap_t heap;
static HEAP_BLOCK_TABLE_ENTRY entries[BLOCKS_MAX];
static uint32_t owner[BLOCKS_MAX];  /* number of the run that holds the block; 0: free */
static uint32_t length[BLOCKS_MAX]; /* of the live run that starts there, or 0         */
static uint32_t runs;
static struct heap_refusal last_refusal;

void heap_refused(const struct heap_refusal *refusal)
{
    last_refusal = *refusal;
}

static void create(struct random *random, size_t blocks)
{
    for (size_t i = 0; i < sizeof entries; i++) {
        ((uint8_t *)entries)[i] = (uint8_t)random_next(random);
    }
    memset(&heap, 0xA5, sizeof heap);
    memset(owner, 0, sizeof owner);
    memset(length, 0, sizeof length);
    heap_table_t table = {entries, blocks};
    assert_int_equal(create_heap(&heap, &table, (void *)NOWHERE, blocks * BLOCK), 0);
}

/* Mostly short, sometimes as long as the heap. */
static size_t pick_blocks(struct random *random)
{
    uint64_t kind = random_below(random, 20);
    uint64_t limit = kind < 14 ? 8 : kind < 19 ? 100 : heap.table.total;
    return 1 + (size_t)random_below(random, limit);
}

static void take(struct random *random)
{
    size_t blocks = pick_blocks(random);
    size_t longest = heap_longest_free(&heap);
    uintptr_t result = (uintptr_t)heap_malloc(&heap, (blocks - 1) * BLOCK + 1 + (size_t)random_below(random, BLOCK));
    if (result == 0) {
        /* short runs are in bins of their own: those are never overlooked */
        assert_true(blocks > longest || (blocks > BINS_EXACT && bins_of(blocks - 1) == bins_of(longest - 1)));
        return;
    }
    size_t first = (result - NOWHERE) / BLOCK;
    assert_true(blocks <= longest && result % BLOCK == 0 && first + blocks <= heap.table.total);
    length[first] = (uint32_t)blocks;
    runs++;
    for (size_t i = first; i < first + blocks; i++) {
        assert_int_equal(owner[i], 0);
        owner[i] = runs;
    }
}

/* Half of the blocks are the start of a live run if one is near, the others any. */
static size_t pick_block(struct random *random)
{
    size_t block = (size_t)random_below(random, heap.table.total);
    bool start = random_below(random, 2) != 0;
    while (start && block > 0 && owner[block] != 0 && length[block] == 0) {
        block--;
    }
    return block;
}

/* Good or bad. */
static void give(struct random *random)
{
    size_t block = pick_block(random);
    size_t offset = random_below(random, 16) == 0 ? (size_t)random_below(random, BLOCK) : 0;
    int status = heap_try_free(&heap, (char *)block_at(block) + offset);
    if (offset != 0 || length[block] == 0) {
        assert_int_equal(status, -EINVARG);
        enum free_fault exact = offset != 0         ? FREE_UNALIGNED
                                : owner[block] != 0 ? FREE_INSIDE_RUN
                                                    : FREE_ALREADY_FREE;
        assert_true(last_refusal.fault == exact || (offset == 0 && last_refusal.fault == FREE_NOT_A_START));
        assert_true(last_refusal.run.blocks == 0 || last_refusal.run.live == (owner[block] != 0));
        return;
    }
    assert_int_equal(status, 0);
    memset(&owner[block], 0, length[block] * sizeof *owner);
    length[block] = 0;
}

static size_t used_blocks(void)
{
    size_t used = 0;
    for (size_t i = 0; i < heap.table.total; i++) {
        used += owner[i] != 0;
    }
    return used;
}

static void expect_sound(void)
{
    const char *broken = heap_check(&heap);
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    assert_int_equal(heap_census(&heap).used, used_blocks());
}

/* Fills up and empties in waves, so that both a full and an empty heap are met. */
static void random_histories_agree_with_a_map_of_blocks(void **state)
{
    (void)state;
    struct random random = random_seeded("random_histories_agree_with_a_map_of_blocks");
    uint64_t operations = random_setting("TESSERA_OPERATIONS", 2000000);
    for (uint64_t i = 0; i < operations; i++) {
        if (i % 50000 == 0) {
            create(&random, 1 + (size_t)random_below(&random, BLOCKS_MAX));
        }
        bool filling = i / 5000 % 2 == 0;
        if (random_below(&random, 8) < (filling ? 5 : 1)) {
            take(&random);
        } else {
            give(&random);
        }
        if (i % CHECK_EVERY == 0) {
            expect_sound();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories_agree_with_a_map_of_blocks)};
    return cmocka_run_group_tests_name("heap, at random", tests, NULL, NULL);
}
