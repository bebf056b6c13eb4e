/* Creating heaps: what is refused, over which table memory, of which size. */
#include "tests/heap_fixture.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/random.h"

static unsigned refusals;

void heap_refused(const struct heap_refusal *refusal)
{
    (void)refusal;
    refusals++;
}

enum { BLOCKS = 16 };

static heap_t heap;
static HEAP_BLOCK_TABLE_ENTRY entries[BLOCKS];

/* Refused, and neither record nor table was written. */
static void refuse(heap_t *record, heap_table_t *table, uintptr_t start, size_t size)
{
    memset(&heap, 0xA5, sizeof heap);
    memset(entries, 0xA5, sizeof entries);
    assert_int_equal(create_heap(record, table, (void *)start, size), -EINVARG);
    for (size_t i = 0; i < sizeof heap; i++) {
        assert_int_equal(((unsigned char *)&heap)[i], 0xA5);
    }
    for (size_t i = 0; i < sizeof entries; i++) {
        assert_int_equal(((unsigned char *)entries)[i], 0xA5);
    }
}

static void bad_arguments_are_refused_and_nothing_is_written(void **state)
{
    (void)state;
    heap_table_t table = {entries, BLOCKS};
    size_t size = BLOCKS * BLOCK;
    refuse(NULL, &table, NOWHERE, size);
    refuse(&heap, NULL, NOWHERE, size);
    refuse(&heap, &table, 0, size);
    refuse(&heap, &table, NOWHERE, 0);
    refuse(&heap, &table, NOWHERE + 1, size);
    refuse(&heap, &table, NOWHERE + 2048, size);
    refuse(&heap, &table, NOWHERE, size - 1);
    refuse(&heap, &table, NOWHERE, size + 1);
    refuse(&heap, &table, NOWHERE, size - BLOCK);
    refuse(&heap, &table, NOWHERE, size + BLOCK);
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    size_t size = BLOCKS * BLOCK;
    heap_table_t none = {NULL, BLOCKS};
    heap_table_t empty = {entries, 0};
    heap_table_t askew = {(HEAP_BLOCK_TABLE_ENTRY *)((uintptr_t)entries + 2), BLOCKS};
    heap_table_t high = {(HEAP_BLOCK_TABLE_ENTRY *)(UINTPTR_MAX - 15), BLOCKS};
    refuse(&heap, &none, NOWHERE, size);
    refuse(&heap, &empty, NOWHERE, size);
    refuse(&heap, &empty, NOWHERE, 0);
    refuse(&heap, &askew, NOWHERE, size);
    refuse(&heap, &high, NOWHERE, size);
}

/*   0 ................................................ 2^64
 *                                          [ range      ]|..]  */
static void ranges_past_the_end_are_refused(void **state)
{
    (void)state;
    heap_table_t table = {entries, BLOCKS};
    refuse(&heap, &table, UINTPTR_MAX - 4095, BLOCKS * BLOCK);
    refuse(&heap, &table, 0 - (uintptr_t)BLOCKS * BLOCK, BLOCKS * BLOCK);
    heap_table_t huge = {entries, SIZE_MAX / BLOCK};
    refuse(&heap, &huge, NOWHERE, SIZE_MAX / BLOCK * BLOCK);
}

/* More blocks than 32 bits can number. */
static void more_than_the_most_blocks_are_refused(void **state)
{
    (void)state;
    heap_table_t table = {(HEAP_BLOCK_TABLE_ENTRY *)(NOWHERE / 2), HEAP_BLOCKS_MAX + 1};
    refuse(&heap, &table, NOWHERE, table.total * BLOCK);
}

/*   [ table ]          table and range share a byte: refused
 *         [ range ]    touching is good                        */
static void overlap_of_table_and_range_is_refused(void **state)
{
    (void)state;
    static _Alignas(4096) char memory[18 * 4096];
    uintptr_t start = (uintptr_t)memory + BLOCK;
    size_t bytes = BLOCKS * sizeof(HEAP_BLOCK_TABLE_ENTRY);
    heap_table_t table = {(HEAP_BLOCK_TABLE_ENTRY *)(start - bytes + 16), BLOCKS};
    refuse(&heap, &table, start, BLOCKS * BLOCK);
    table.entries = (HEAP_BLOCK_TABLE_ENTRY *)(start + BLOCKS * BLOCK - 16);
    refuse(&heap, &table, start, BLOCKS * BLOCK);
    table.entries = (HEAP_BLOCK_TABLE_ENTRY *)(start + BLOCK);
    refuse(&heap, &table, start, BLOCKS * BLOCK);
    table.entries = (HEAP_BLOCK_TABLE_ENTRY *)(start - bytes);
    assert_int_equal(create_heap(&heap, &table, (void *)start, BLOCKS * BLOCK), 0);
    table.entries = (HEAP_BLOCK_TABLE_ENTRY *)(start + BLOCKS * BLOCK);
    assert_int_equal(create_heap(&heap, &table, (void *)start, BLOCKS * BLOCK), 0);
}

static void overlap_with_the_record_is_refused(void **state)
{
    (void)state;
    static _Alignas(4096) char memory[4 * 4096];
    heap_table_t table = {entries, 2};
    memset(memory, 0xA5, sizeof memory);
    assert_int_equal(create_heap((heap_t *)(memory + 4096), &table, memory, 2 * BLOCK), -EINVARG);
    assert_int_equal((unsigned char)memory[4096], 0xA5);
    heap_table_t inside = {(HEAP_BLOCK_TABLE_ENTRY *)&heap, 2};
    refuse(&heap, &inside, NOWHERE, 2 * BLOCK);
}

/* ---- what stood in the table before makes no difference ---- */

static uint32_t pick(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*seed >> 33);
}

/* The same calls, good and bad frees among them; what came of them as one number. */
static uint64_t exercise(heap_t *h)
{
    uint64_t seed = 1;
    uint64_t results = 0;
    for (int i = 0; i < 2000; i++) {
        bool took = pick(&seed) % 2 == 0;
        uintptr_t result;
        if (took) {
            result = (uintptr_t)heap_malloc(h, (size_t)(pick(&seed) % 5) * BLOCK);
        } else {
            result = (uintptr_t)heap_try_free(h, (void *)(NOWHERE + (pick(&seed) % (h->table.total + 1)) * BLOCK));
        }
        results = (results ^ result) * UINT64_C(0x100000001b3);
        assert_null(heap_check(h));
    }
    return results ^ heap_digest(h);
}

/* A plausible old table: the very one that the same calls have left. */
static void what_the_table_held_makes_no_difference(void **state)
{
    (void)state;
    struct random random = random_seeded("what_the_table_held_makes_no_difference");
    for (size_t blocks = 1; blocks < 40; blocks++) {
        size_t words = blocks * sizeof(HEAP_BLOCK_TABLE_ENTRY) / sizeof(uint32_t);
        heap_table_t table = {calloc(blocks, sizeof(HEAP_BLOCK_TABLE_ENTRY)), blocks};
        uint64_t expected = 0;
        for (int filler = 0; filler < 6; filler++) {
            for (size_t i = 0; i < words && filler != 5; i++) {
                const uint32_t fillers[] = {0, 0xFFFFFFFF, 0xA5A5A5A5, (uint32_t)random_next(&random),
                                            (uint32_t)random_below(&random, 8)};
                ((uint32_t *)table.entries)[i] = fillers[filler];
            }
            memset(&heap, 0xA5, sizeof heap);
            assert_int_equal(create_heap(&heap, &table, (void *)NOWHERE, blocks * BLOCK), 0);
            uint64_t results = exercise(&heap);
            expected = filler == 0 ? results : expected;
            assert_true(results == expected);
        }
        free(table.entries);
    }
}

/* After a warm reset the table says that everything is taken. None of it is live.
 *   old  |AABBCCDD|   new  |........|   free A, B, C, D */
static void allocations_of_an_earlier_heap_are_not_live(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_create(&fixture, 8, 0xA5);
    for (int i = 0; i < 4; i++) {
        assert_non_null(heap_malloc(&fixture.heap, 2 * BLOCK));
    }
    assert_int_equal(create_heap(&fixture.heap, &fixture.table, (void *)NOWHERE, 8 * BLOCK), 0);
    refusals = 0;
    for (size_t block = 0; block < 8; block++) {
        assert_int_equal(heap_try_free(&fixture.heap, block_at(block)), -EINVARG);
    }
    assert_int_equal(refusals, 8);
    assert_ptr_equal(heap_malloc(&fixture.heap, 8 * BLOCK), block_at(0));
    fixture_destroy(&fixture);
}

/* ---- large heaps: addresses only ---- */

static HEAP_BLOCK_TABLE_ENTRY *map_table(size_t bytes)
{
    void *table = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(table, MAP_FAILED);
    return table;
}

static size_t pages_touched(void *memory, size_t bytes)
{
    size_t pages = bytes / 4096;
    unsigned char *resident = calloc(pages, 1);
    assert_int_equal(mincore(memory, bytes, resident), 0);
    size_t touched = 0;
    for (size_t i = 0; i < pages; i++) {
        touched += resident[i] & 1;
    }
    free(resident);
    return touched;
}

/* 1 TiB of blocks, 4 GiB of table: two pages of it are touched, and a few more when blocks come into use. */
static void creating_a_heap_over_1_tib_touches_next_to_nothing(void **state)
{
    (void)state;
    size_t size = (size_t)1 << 40;
    heap_table_t table = {NULL, size / BLOCK};
    size_t bytes = table.total * sizeof(HEAP_BLOCK_TABLE_ENTRY);
    table.entries = map_table(bytes);
    assert_int_equal(create_heap(&heap, &table, (void *)NOWHERE, size), 0);
    assert_int_equal(pages_touched(table.entries, bytes), 2);
    void *half = heap_malloc(&heap, size / 2);
    assert_ptr_equal(half, (void *)NOWHERE);
    assert_ptr_equal(heap_malloc(&heap, 1), (void *)(NOWHERE + size / 2));
    assert_int_equal(pages_touched(table.entries, bytes), 4);
    assert_null(heap_check(&heap));
    heap_free(&heap, half);
    assert_ptr_equal(heap_malloc(&heap, size / 2), half);
    munmap(table.entries, bytes);
}

/* The most blocks there can be: the last block's number and the longest run's length fit the table. */
static void heap_of_the_most_blocks_works(void **state)
{
    (void)state;
    size_t size = HEAP_BLOCKS_MAX * BLOCK;
    heap_table_t table = {NULL, HEAP_BLOCKS_MAX};
    size_t bytes = table.total * sizeof(HEAP_BLOCK_TABLE_ENTRY);
    table.entries = map_table(bytes);
    uintptr_t start = UINT64_C(0xFFFF800000000000);
    assert_int_equal(create_heap(&heap, &table, (void *)start, size), 0);
    assert_ptr_equal(heap_malloc(&heap, size), (void *)start);
    assert_null(heap_malloc(&heap, 1));
    assert_int_equal(heap_census(&heap).used, HEAP_BLOCKS_MAX);
    assert_null(heap_check(&heap));
    heap_free(&heap, (void *)start);
    assert_ptr_equal(heap_malloc(&heap, size - BLOCK), (void *)start);
    assert_ptr_equal(heap_malloc(&heap, 1), (void *)(start + size - BLOCK));
    heap_free(&heap, (void *)start);
    heap_free(&heap, (void *)(start + size - BLOCK));
    assert_int_equal(heap_longest_free(&heap), HEAP_BLOCKS_MAX);
    assert_null(heap_check(&heap));
    munmap(table.entries, bytes);
}

/* Sizes beyond 4 GiB where they can be had: nothing is cut to 32 bits on the way.
 *   |AAAAAAAAAAAAAAAAAA|B...|   A is 4 GiB and a byte */
static void allocations_beyond_4_gib_are_whole(void **state)
{
    (void)state;
    size_t blocks = (((size_t)1 << 32) / BLOCK) + 8;
    struct fixture fixture;
    fixture_create(&fixture, blocks, 0xA5);
    assert_ptr_equal(heap_malloc(&fixture.heap, ((size_t)1 << 32) + 1), block_at(0));
    assert_int_equal(heap_census(&fixture.heap).used, blocks - 7);
    assert_ptr_equal(heap_malloc(&fixture.heap, 1), block_at(blocks - 7));
    assert_null(heap_malloc(&fixture.heap, 0xFFFFF001));
    fixture_destroy(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_arguments_are_refused_and_nothing_is_written),
        cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(ranges_past_the_end_are_refused),
        cmocka_unit_test(more_than_the_most_blocks_are_refused),
        cmocka_unit_test(overlap_of_table_and_range_is_refused),
        cmocka_unit_test(overlap_with_the_record_is_refused),
        cmocka_unit_test(what_the_table_held_makes_no_difference),
        cmocka_unit_test(allocations_of_an_earlier_heap_are_not_live),
        cmocka_unit_test(creating_a_heap_over_1_tib_touches_next_to_nothing),
        cmocka_unit_test(heap_of_the_most_blocks_works),
        cmocka_unit_test(allocations_beyond_4_gib_are_whole),
    };
    return cmocka_run_group_tests_name("heap creation", tests, NULL, NULL);
}
