/* mm/bench.c on a heap in the test's memory, with a clock of the test's. */
#include "tests/kheap_fixture.h"

#include "core/status.h"
#include "mm/bench.h"
#include "mm/owner.h"
#include "tests/capture.h"

static uint64_t ticks;
static uint64_t late_reading; /* this reading of the clock, from 1, takes longer; 0: none does */
static uint64_t readings;

/* Each reading takes 7. */
static uint64_t now(void)
{
    ticks += 7;
    if (++readings == late_reading) {
        ticks += 100;
    }
    return ticks;
}

static struct bench bench = {.now = now, .kheap_init = 321, .boot_to_user = 54321, .boot_to_ready = 98765};

/* Only what is being measured may be refused. */
void heap_refused(const struct heap_refusal *refusal)
{
    if (!bench_expects(refusal)) {
        function_called();
    }
}

/* One region over the first `bytes` of the memory. */
static void boot_with(uint64_t bytes)
{
    const struct plan_policy policy = plan_policy_default();
    uint64_t entries = bytes / (BLOCK + policy.entry_bytes) * policy.entry_bytes;
    uint64_t split = RAM_START + round_up(policy.record_bytes + entries, BLOCK);
    memset(ram, 0xA5, sizeof ram);
    memset(&plan, 0, sizeof plan);
    plan.verdict = PLAN_OK;
    plan.region_count = 1;
    plan.regions[0] = (struct plan_region){{RAM_START, split}, {split, RAM_START + bytes}};
    use_plan();
    readings = 0;
    late_reading = 0;
    capture_clear();
}

static int boot(void **state)
{
    (void)state;
    boot_with(RAM_BYTES);
    return 0;
}

static int sound(void **state)
{
    (void)state;
    const char *broken = kheap_check();
    if (broken != NULL) {
        print_error("%s\n", broken);
    }
    return broken == NULL ? 0 : -1;
}

/* What reading the clock takes is taken off: operations that take no time count nothing. */
static void reading_the_clock_is_not_counted(void **state)
{
    (void)state;
    assert_int_equal(command_bench(&bench, "", capture), 0);
    assert_captured("bench: kmalloc_kfree_64 0 0 0\n");
    assert_captured("bench: kmalloc_kfree_4096 0 0 0\n");
    assert_captured("bench: kfree_refused 0 0 0\n");
}

static void least_median_and_most_are_told_apart(void **state)
{
    (void)state;
    late_reading = 2 * 31 + 2; /* behind those that only read it */
    assert_int_equal(command_bench(&bench, "", capture), 0);
    assert_captured("bench: kfree_refused 0 0 100\n");
    assert_captured("bench: kmalloc_kfree_64 0 0 0\n");
}

/* The slowest of all calls, and not the first. */
static void the_worst_call_is_told(void **state)
{
    (void)state;
    late_reading = 2 * 31 * 6 + 2 * 100; /* an allocation; the overhead and five figures come before */
    assert_int_equal(command_bench(&bench, "", capture), 0);
    assert_captured("bench: kfree_refused 0 0 0\n");
    assert_captured("bench: worst_kmalloc 100 100 100\n");
    assert_captured("bench: worst_kfree 0 0 0\n");
    assert_captured("bench: worst_kmalloc_owner 0 0 0\n");
}

static void without_room_for_an_owner_there_is_no_worst_of_his(void **state)
{
    (void)state;
    owner_t owners[OWNERS_MAX];
    size_t count = 0;
    while (count < OWNERS_MAX && owner_create("another", OWNER_NO_QUOTA, &owners[count]) == 0) {
        count++;
    }
    assert_int_equal(command_bench(&bench, "", capture), -ENOMEM);
    assert_captured("bench: kmalloc_kfree_64k 0 0 0\n");
    assert_captured("error: worst_kmalloc_owner: no free memory is long enough\n");
    struct reclaim_report report;
    while (count-- > 0) {
        assert_int_equal(kheap_reclaim(owners[count], &report), 0);
    }
}

static void what_was_measured_at_boot_is_printed_too(void **state)
{
    (void)state;
    assert_int_equal(command_bench(&bench, "", capture), 0);
    assert_captured("bench: kheap_init 321 321 321\n");
    assert_captured("bench: boot_to_user 54321 54321 54321\n");
    assert_captured("bench: boot_to_ready 98765 98765 98765\n");
}

static int count_down(uint64_t *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        samples[i] = count - i;
    }
    return 0;
}

static int refuse(uint64_t *samples, size_t count)
{
    memset(samples, 0, count * sizeof *samples);
    return -EPERM;
}

/* Those come sorted, and as they were measured. */
static void figures_of_others_are_printed_among_ours(void **state)
{
    (void)state;
    static const struct bench_figure others[] = {{"others", count_down}};
    const struct bench more = {.now = now, .others = others, .other_count = 1};
    assert_int_equal(command_bench((void *)(uintptr_t)&more, "", capture), 0);
    assert_captured("bench: others 1 16 31\n");
    assert_captured("bench: boot_calibration 0 0 0\n");
}

static void what_others_cannot_measure_is_an_error(void **state)
{
    (void)state;
    static const struct bench_figure others[] = {{"others", refuse}, {"never", count_down}};
    const struct bench more = {.now = now, .others = others, .other_count = 2};
    assert_int_equal(command_bench((void *)(uintptr_t)&more, "", capture), -EPERM);
    assert_captured("error: others: the handle does not allow it\n");
    assert_null(strstr(captured, "never"));
}

/* Everything that it took is given back, and what it is refused is not reported. */
static void nothing_stays_allocated(void **state)
{
    (void)state;
    void *held = kmalloc(64);
    kfree(held); /* where the double free that is measured will be */
    assert_int_equal(command_bench(&bench, "", capture), 0);
    size_t refused = kheap_totals().refused, live = kheap_totals().live_runs;
    assert_int_equal(command_bench(&bench, "", capture), 0);
    assert_int_equal(kheap_totals().live_runs, live);
    assert_true(kheap_totals().refused > refused);
    expect_function_call(heap_refused);
    assert_int_equal(kheap_try_free(held), -EINVARG);
}

/* A heap of 1 MiB cannot hold 31 times 64 KiB; it is given back what was taken on the way. */
static void a_heap_too_small_for_it_is_an_error(void **state)
{
    (void)state;
    boot_with(1 << 20);
    assert_int_equal(command_bench(&bench, "", capture), -ENOMEM);
    assert_captured("error: kmalloc_kfree_64k: no free memory is long enough\n");
    void *most = kmalloc(15 << 16);
    assert_non_null(most);
    kfree(most);
}

static void a_full_heap_is_an_error(void **state)
{
    (void)state;
    while (kmalloc(BLOCK) != NULL) {
    }
    assert_int_equal(command_bench(&bench, "", capture), -ENOMEM);
    assert_string_equal(captured, "error: kfree_refused: no free memory is long enough\n");
}

static size_t count_until_full(void **held, size_t most, size_t bytes)
{
    size_t count = 0;
    while (count < most && (held[count] = kmalloc(bytes)) != NULL) {
        count++;
    }
    return count;
}

/* Where the run that others are measured behind does not fit, or nothing fits behind it, too little is left to measure.
 *   |...##############....######|  10 blocks are free there, and then 16 on a boundary; 3 are for the small objects */
static void a_heap_with_little_left_is_an_error(void **state)
{
    (void)state;
    static const size_t left[] = {10, 16};
    for (size_t i = 0; i < 2; i++) {
        void *held[256];
        boot_with(1 << 20);
        void *few = kmalloc(3 * BLOCK);
        void *between = kmalloc(BLOCK);
        void *run = kmalloc_aligned(left[i] * BLOCK, 16 * BLOCK);
        assert_non_null(run);
        assert_true((char *)few < (char *)between && (char *)between < (char *)run);
        assert_true(count_until_full(held, 256, BLOCK) < 256);
        kfree(few);
        kfree(run);
        assert_int_equal(command_bench(&bench, "", capture), -ENOMEM);
        assert_captured("error: kmalloc_kfree_4096: no free memory is long enough\n");
        assert_int_equal(kheap_totals().longest_free, left[i]);
    }
}

/* Not all of many holes are filled before it goes on. */
static void a_heap_full_of_holes_is_measured_all_the_same(void **state)
{
    (void)state;
    static void *held[RAM_BYTES / BLOCK];
    void *room = kmalloc_aligned(36 << 16, 1 << 16);
    size_t count = count_until_full(held, RAM_BYTES / BLOCK, BLOCK);
    assert_true(count > 2 * 600);
    for (size_t i = 0; i < count; i += 2) {
        kfree(held[i]);
    }
    kfree(room);
    size_t free_runs = kheap_totals().free_runs;
    assert_int_equal(command_bench(&bench, "", capture), 0);
    kheap_trim();
    assert_true(kheap_totals().free_runs <= free_runs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, boot, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reading_the_clock_is_not_counted),
        TEST(least_median_and_most_are_told_apart),
        TEST(the_worst_call_is_told),
        TEST(without_room_for_an_owner_there_is_no_worst_of_his),
        TEST(what_was_measured_at_boot_is_printed_too),
        TEST(figures_of_others_are_printed_among_ours),
        TEST(what_others_cannot_measure_is_an_error),
        TEST(nothing_stays_allocated),
        TEST(a_heap_too_small_for_it_is_an_error),
        TEST(a_full_heap_is_an_error),
        TEST(a_heap_with_little_left_is_an_error),
        TEST(a_heap_full_of_holes_is_measured_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
