/* Runs of 1 to 64 blocks that come and go at random, at every fullness: what the paths of mm/kheap_runs.h do with short free
 * runs and long ones, beside each other and beside what is live. TESSERA_SEED replays one. */
#include "tests/kheap_one_region.h"

#include "mm/heap_table.h"
#include "mm/owner.h"
#include "tests/random.h"

enum { BLOCKS = 2000, RUNS_MAX = 512, LONGEST = 64, STEPS = 40000, STEPS_A_WAVE = 2500, CHECK_EVERY = 32 };

struct run {
    char *start; /* NULL: none */
    size_t blocks;
};

static struct random dice;
static struct run runs[RUNS_MAX];
static uint8_t taken[BLOCKS]; /* each block: a run has it */
static size_t in_use;

static int one_long_region(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, BLOCKS);
    use_plan();
    memset(runs, 0, sizeof runs);
    memset(taken, 0, sizeof taken);
    in_use = 0;
    return 0;
}

static void mark(const struct run *run, uint8_t was)
{
    size_t first = ((uintptr_t)run->start - kheap_region(0)->start) / BLOCK;
    assert_true(first + run->blocks <= BLOCKS);
    for (size_t block = first; block < first + run->blocks; block++) {
        assert_int_equal(taken[block], was);
        taken[block] = !was;
    }
    in_use += was ? -run->blocks : run->blocks;
}

static void give(struct run *run)
{
    mark(run, true);
    assert_int_equal(kheap_try_free(run->start), 0);
    assert_int_equal(kheap_try_free(run->start), -EINVARG);
    run->start = NULL;
}

/* Whether there was room. */
static bool take(struct run *run)
{
    run->blocks = 1 + random_below(&dice, LONGEST);
    run->start = kmalloc(run->blocks * BLOCK - random_below(&dice, 2));
    if (run->start == NULL) {
        assert_true(kheap_totals().longest_free < run->blocks);
        return false;
    }
    mark(run, false);
    return true;
}

/* Until the wave's part of the heap is taken one comes at each step, and from then on one goes for one that comes. */
static void live_through(size_t steps)
{
    for (size_t step = 0; step < steps; step++) {
        size_t share = (step / STEPS_A_WAVE * 3) % 8 + 1; /* eighths, in no order */
        struct run *run = &runs[random_below(&dice, RUNS_MAX)];
        if (run->start != NULL) {
            give(run);
        }
        if (in_use < BLOCKS * share / 8) {
            (void)take(run);
        }
        if (step % CHECK_EVERY == 0) {
            const char *broken = kheap_check();
            assert_string_equal(broken != NULL ? broken : "sound", "sound");
            assert_int_equal(kheap_totals().used, in_use + (kheap_owner() == OWNER_KERNEL ? 0 : 2));
        }
    }
    for (size_t i = 0; i < RUNS_MAX; i++) {
        if (runs[i].start != NULL) {
            give(&runs[i]);
        }
    }
    assert_int_equal(in_use, 0);
}

/*   0         63 64                127
 *   |.........|#:##|#########|#######|...   64 blocks on their natural boundary, which is one before a line of the table ends:
 *                                           of the line from 64 on nothing was written */
static char *take_at_the_end_of_a_line(void)
{
    size_t gap = 0;
    do {
        begin_plan();
        add_region(gap++, BLOCKS - 64);
        use_plan();
    } while (kheap_region(0)->start / BLOCK % 64 != 1);
    char *run = kmalloc(64 * BLOCK);
    assert_int_equal(((uintptr_t)run - kheap_region(0)->start) / BLOCK, 63);
    assert_false(heap_written(kheap_region(0), 64));
    return run;
}

/* A long free run says in its second entry how long it is. */
static void a_long_free_run_begins_where_a_short_run_did(void **state)
{
    (void)state;
    char *run = take_at_the_end_of_a_line();
    assert_ptr_equal(kmalloc(63 * BLOCK), run - 63 * BLOCK);
    kfree(run);
    assert_true(heap_written(kheap_region(0), 64));
    assert_null(kheap_check());
}

/* The same, where two short ones become a long one. */
static void two_short_free_runs_become_a_long_one(void **state)
{
    (void)state;
    char *run = take_at_the_end_of_a_line();
    assert_ptr_equal(kmalloc(63 * BLOCK), run - 63 * BLOCK);
    void *behind = kmalloc(60 * BLOCK);
    assert_ptr_equal(behind, run + 64 * BLOCK);
    assert_non_null(kmalloc(BLOCK));
    kfree(run);
    assert_false(heap_written(kheap_region(0), 64));
    kfree(behind);
    assert_true(heap_written(kheap_region(0), 64));
    assert_null(kheap_check());
}

/*   0          100                       251
 *   |..........|1|.......................|...   all before 251 was used once, and of that at most 151 blocks at a time
 *   |server    |1|kernel|................|...   of which the kernel had 150 */
static void a_long_free_run_that_was_used_can_make_a_new_peak(void **state)
{
    (void)state;
    char *front = kmalloc(100 * BLOCK), *pin = kmalloc(BLOCK);
    assert_ptr_equal(pin, front + 100 * BLOCK);
    kfree(front);
    for (size_t i = 0; i < BLOCKS / HEAP_LINE_ENTRIES; i++) {
        char *long_one = kmalloc(150 * BLOCK);
        assert_ptr_equal(long_one, pin + BLOCK);
        kfree(long_one);
    }
    owner_t server = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(server, 100 * BLOCK));
    struct kheap_totals before = kheap_totals();
    size_t below = before.peak - before.used;
    assert_in_range(below, 1, LONGEST - 2);
    assert_non_null(kmalloc((below + 1) * BLOCK));
    assert_int_equal(kheap_totals().peak, before.peak + 1);
    assert_int_equal(kheap_totals().used, before.peak + 1);
}

static void random_runs_of_the_kernel_leave_a_sound_heap(void **state)
{
    (void)state;
    dice = random_seeded("random runs");
    live_through(STEPS);
    assert_int_equal(kheap_totals().longest_free, BLOCKS);
}

/* Who can end has lists of runs, and other paths. */
static void random_runs_of_another_owner_leave_a_sound_heap(void **state)
{
    (void)state;
    dice = random_seeded("random runs of another owner");
    assert_int_equal(kheap_act_as(new_owner(OWNER_NO_QUOTA)), 0);
    live_through(STEPS);
    assert_int_equal(kheap_totals().live_runs, 2); /* his record's slab, and its descriptor */
}

#define RUNS(test) cmocka_unit_test_setup_teardown(test, one_long_region, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNS(a_long_free_run_begins_where_a_short_run_did),      RUNS(two_short_free_runs_become_a_long_one),
        RUNS(a_long_free_run_that_was_used_can_make_a_new_peak), RUNS(random_runs_of_the_kernel_leave_a_sound_heap),
        RUNS(random_runs_of_another_owner_leave_a_sound_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
