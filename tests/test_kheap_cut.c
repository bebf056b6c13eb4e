/* mm/kheap_cut.c: blocks out of live runs, against a drawing of who has which block and where runs start. */
#include "tests/kheap_one_region.h"

#include "mm/heap_table.h"
#include "mm/kheap_cut.h"
#include "tests/random.h"

enum { SMALL = 6, LARGE = 900, STATES = 3 };

static owner_t owners[STATES]; /* of a block's state: 0 is free */
static char drawing[LARGE];    /* a letter a block: the state, upper case where a run starts */
static size_t blocks_drawn;
static char *first_block;

static void begin(size_t blocks)
{
    memset(&plan, 0, sizeof plan); /* the memory is as it was: 0xA5, or full of old tables */
    add_region(0, blocks + 16);    /* what the owners' records take comes first, and a run of the kernel's */
    use_plan();
    owners[0] = OWNER_KERNEL;
    owners[1] = new_owner(OWNER_NO_QUOTA);
    owners[2] = new_owner(OWNER_NO_QUOTA);
    size_t rest = (kheap_totals().longest_free - blocks) * BLOCK;
    first_block = (char *)kmalloc(rest) + rest;
    blocks_drawn = blocks;
}

static char *block(size_t number)
{
    return first_block + number * BLOCK;
}

/* Takes the runs of the drawing, and gives the free ones back. */
static void build(void)
{
    for (size_t i = 0, next; i < blocks_drawn; i = next) {
        for (next = i + 1; next < blocks_drawn && drawing[next] >= 'a'; next++) {
        }
        assert_ptr_equal(take_as(owners[drawing[i] - 'A'], (next - i) * BLOCK - 8), block(i)); /* no power of two */
    }
    for (size_t i = 0; i < blocks_drawn; i++) {
        if (drawing[i] == 'A') {
            kfree(block(i));
        }
    }
}

/* What the heap looks like, free runs as one. */
static void read_heap(char *seen)
{
    const heap_t *heap = kheap_region(0);
    size_t drawn = heap->table.total - blocks_drawn;
    for (size_t first = drawn; first < heap->table.total;) {
        struct heap_run run = heap_run_at(heap, first);
        owner_t owner = tag_owner(heap_entry(heap, first)->tag);
        char state = (char)(!run.live ? 0 : owner == owners[1] ? 1 : 2);
        for (size_t i = 0; i < run.blocks; i++) {
            seen[first - drawn + i] = (char)((i == 0 && run.live ? 'A' : 'a') + state);
        }
        first += run.blocks;
    }
}

static void assert_drawn(void)
{
    static char seen[LARGE];
    read_heap(seen);
    for (size_t i = 0; i < blocks_drawn; i++) {
        char expected = drawing[i] == 'A' ? 'a' : drawing[i];
        assert_int_equal(seen[i], expected);
    }
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
}

/* Does it, and to the drawing too if all blocks are the owner's. */
static bool cut(unsigned state, size_t first, size_t blocks)
{
    bool good = true;
    for (size_t i = first; i < first + blocks; i++) {
        good = good && (drawing[i] | 32) == (char)('a' + state);
    }
    assert_int_equal(kheap_cut(owners[state], block(first), blocks), good ? 0 : -EINVARG);
    if (good) {
        size_t end = first + blocks;
        for (size_t i = first + 1; i < end; i++) {
            drawing[i] = (char)('a' + state);
        }
        drawing[first] = (char)('A' + state);
        if (end < blocks_drawn && drawing[end] == (char)('a' + state)) {
            drawing[end] = (char)('A' + state);
        }
    }
    return good;
}

/* The next drawing; false: that was the last. A block continues the run before it or starts one of some state. */
static bool choose(unsigned way)
{
    for (size_t i = 0; i < blocks_drawn; i++) {
        unsigned choice = way % (STATES + 1);
        way /= STATES + 1;
        if (choice == STATES && i == 0) {
            return false;
        }
        drawing[i] = (char)(choice == STATES ? drawing[i - 1] | 32 : 'A' + (int)choice);
    }
    return true;
}

/*   B b C c A b ...   every run of every part of every drawing, by each owner */
static void every_part_of_every_heap_is_cut_or_refused(void **state)
{
    (void)state;
    size_t done = 0, tried = 0;
    for (unsigned way = 0; way < 1u << (2 * SMALL); way++) {
        for (size_t part = 0; part < (size_t)SMALL * SMALL; part++) {
            size_t first = part / SMALL, blocks = part % SMALL + 1;
            begin(SMALL);
            if (first + blocks > SMALL || !choose(way)) {
                continue;
            }
            build();
            done += cut(1, first, blocks);
            tried++;
            assert_drawn();
        }
    }
    printf("%zu tried, %zu of them cut\n", tried, done);
    assert_true(done > 1000 && tried > 10 * done / 2);
}

/* Runs of hundreds of blocks, in a table that may hold anything where it was not written. */
static void long_runs_are_cut_too(void **state)
{
    (void)state;
    struct random random = random_seeded("kheap_cut");
    size_t done = 0;
    for (unsigned round = 0; round < 60; round++) {
        begin(LARGE);
        for (size_t i = 0; i < LARGE; i++) {
            bool starts = i == 0 || random_below(&random, 30) == 0;
            drawing[i] = (char)(starts ? 'A' + (int)random_below(&random, STATES) : drawing[i - 1] | 32);
        }
        build();
        for (unsigned i = 0; i < 40; i++) {
            size_t first = random_below(&random, LARGE);
            size_t blocks = 1 + random_below(&random, random_below(&random, 2) ? 3 : 60);
            if (first + blocks <= LARGE) {
                done += cut(1 + (unsigned)random_below(&random, 2), first, blocks);
                assert_drawn();
            }
        }
    }
    assert_true(done > 200);
}

static void what_is_cut_out_can_be_given_and_freed(void **state)
{
    (void)state;
    begin(LARGE);
    char *run = take_as(owners[1], 500 * BLOCK);
    assert_int_equal(kheap_cut(owners[1], run + 100 * BLOCK, 7), 0);
    assert_int_equal(kheap_act_as(owners[1]), 0);
    assert_int_equal(kheap_gift(run + 100 * BLOCK, owners[2]), 0);
    struct owner_totals totals;
    assert_int_equal(owner_totals(owners[1], &totals), 0);
    assert_int_equal(totals.held, 493);
    assert_int_equal(totals.runs, 2);
    assert_int_equal(kheap_free_of(owners[2], run + 100 * BLOCK), 0);
    assert_int_equal(kheap_cut(owners[1], run + 99 * BLOCK, 2), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], run + 100 * BLOCK, 1), -EINVARG);
    kfree(run);
    kfree(run + 107 * BLOCK);
    assert_int_equal(owner_totals(owners[1], &totals), 0);
    assert_int_equal(totals.held, 0);
}

/*   |run starts ... 512 blocks ... here|   further is not looked */
static void a_start_that_is_too_far_is_refused(void **state)
{
    (void)state;
    begin(LARGE);
    char *run = take_as(owners[1], 700 * BLOCK);
    assert_int_equal(kheap_cut(owners[1], run + KHEAP_CUT_MAX * BLOCK, 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], run + (KHEAP_CUT_MAX - 1) * BLOCK, 1), 0);
    assert_int_equal(kheap_cut(owners[1], run, KHEAP_CUT_MAX), 0);
}

static void what_is_no_part_of_a_run_is_refused(void **state)
{
    (void)state;
    begin(LARGE);
    char *run = take_as(owners[1], 600 * BLOCK);
    char *object = take_as(owners[1], 48);
    uint64_t before = kheap_digest();
    assert_int_equal(kheap_cut(owners[1], run, 0), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], run, KHEAP_CUT_MAX + 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], run + 8, 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], object, 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], NULL, 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], block(0) - 3 * BLOCK, 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], block(LARGE - 1), 2), -EINVARG);
    assert_int_equal(kheap_cut(owners[1], block(LARGE - 1), 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[2], run, 1), -EINVARG);
    assert_int_equal(kheap_cut(owners[2] + 1, run, 1), -EINVARG);
    assert_int_equal(kheap_digest(), before);
    assert_int_equal(refusals, 0);
    assert_int_equal(kheap_cut(owners[1], run, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(every_part_of_every_heap_is_cut_or_refused), FRESH(long_runs_are_cut_too),
        FRESH(what_is_cut_out_can_be_given_and_freed),     FRESH(a_start_that_is_too_far_is_refused),
        FRESH(what_is_no_part_of_a_run_is_refused),
    };
    return cmocka_run_group_tests_name("blocks cut out of runs", tests, NULL, NULL);
}
