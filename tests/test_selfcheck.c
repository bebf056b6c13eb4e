/* The self-check on real memory, for every place that the kernel image can have, and on heaps that are not sound. */
#include "tests/kheap_fixture.h"

#include "mm/heap_check.h"
#include "mm/kheap_state.h"
#include "mm/owner.h"
#include "mm/selfcheck.h"
#include "tests/random.h"

static char printed[1 << 16];
static size_t printed_bytes;
static unsigned unexpected;
static bool deaf;                  /* the refusal hook does not know of the self-check       */
static bool meddling;              /* the refusal hook allocates                             */
static unsigned char *overwritten; /* written to by somebody else at the next print or refusal */

/* A heap that lies once: what it says of one call is not so. Linked with --wrap, so that the calls come here first. */
enum lie {
    LIE_NONE,
    LIE_REFUSED,    /* a free, good or bad, is refused without a word */
    LIE_FREED,      /* a free is said to be done, and is not          */
    LIE_TAKEN_TWICE /* what was handed out last is handed out again   */
};
static enum lie lie;
static unsigned lying_call; /* from 1 on                        */
static unsigned calls;      /* of the function that lies, so far */
static void *taken_last;

int __real_kheap_try_free(void *ptr);
void *__real_kmalloc(size_t size);
int __wrap_kheap_try_free(void *ptr);
void *__wrap_kmalloc(size_t size);

int __wrap_kheap_try_free(void *ptr)
{
    bool lies = (lie == LIE_REFUSED || lie == LIE_FREED) && ++calls == lying_call;
    if (lies) {
        return lie == LIE_REFUSED ? -EINVARG : 0;
    }
    return __real_kheap_try_free(ptr);
}

void *__wrap_kmalloc(size_t size)
{
    bool lies = lie == LIE_TAKEN_TWICE && ++calls == lying_call;
    void *ptr = lies ? taken_last : __real_kmalloc(size);
    taken_last = ptr != NULL ? ptr : taken_last;
    return ptr;
}

static void overwrite(void)
{
    if (overwritten != NULL) {
        *overwritten ^= 1;
        overwritten = NULL;
    }
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(printed + printed_bytes, sizeof printed - printed_bytes, format, arguments);
    va_end(arguments);
    assert_true(bytes >= 0 && printed_bytes + (size_t)bytes < sizeof printed);
    printed_bytes += (size_t)bytes;
    overwrite();
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    assert_true(selfcheck_expects_quota(refusal));
}

void heap_refused(const struct heap_refusal *refusal)
{
    overwrite();
    if (meddling) {
        kmalloc(1);
    }
    if (deaf || !selfcheck_expects(refusal)) {
        unexpected++;
    }
}

/* Plans a machine with the given usable ranges, mirrored by ram[], and the image in `image`. */
static void boot(const struct range *usable, size_t count, struct range image)
{
    static struct memmap map;
    MemoryMapEntry entries[8];
    memset(ram, 0xA5, sizeof ram);
    memset(&map, 0xA5, sizeof map);
    memset(&plan, 0xA5, sizeof plan);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (MemoryMapEntry){usable[i].start, range_bytes(usable[i]), 1, 1};
    }
    memmap_build(&map, entries, count, 40);
    const struct reservation reserved = {"image", image};
    const struct plan_input input = {
        .map = &map,
        .reserved = &reserved,
        .reserved_count = 1,
        .image = image,
        .policy = plan_policy_default(),
        .page_bits = 21,
    };
    plan_make(&plan, &input);
    assert_int_equal(plan.verdict, PLAN_OK);
    use_plan();
    assert_null(kheap_matches_plan(&plan));
    printed_bytes = 0;
    unexpected = 0;
    deaf = false;
    meddling = false;
    overwritten = NULL;
    lie = LIE_NONE;
    taken_last = NULL;
}

#define MIB(n) ((uint64_t)((n) * (1 << 20)))

static const struct range two_ranges[] = {{MIB(1), MIB(4)}, {MIB(5), MIB(9)}};

static int two_regions(void **state)
{
    (void)state;
    boot(two_ranges, 2, (struct range){MIB(1), MIB(1.25)});
    return 0;
}

/* Memory that the plan gives to nobody is as it was. */
static void expect_rest_untouched(void)
{
    for (uint64_t at = RAM_START; at < RAM_START + RAM_BYTES; at++) {
        bool ours = false;
        for (size_t i = 0; i < plan.region_count; i++) {
            ours = ours || (at >= plan.regions[i].table.start && at < plan.regions[i].blocks.end);
        }
        if (!ours && *(unsigned char *)ram_at(at) != 0xA5) {
            fail_msg("byte 0x%llx was written", (unsigned long long)at);
        }
    }
}

static void short_check_passes_and_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(selfcheck_short(print), 0);
    assert_int_equal(unexpected, 0);
    assert_int_equal(kheap_totals().used, 0);
    unsigned bad_frees =
        8 + 3 * SIZE_CLASSES - 1 + 2; /* runs, small objects (16 bytes have no inside + 16), owners */
    char expected[120];
    (void)
        snprintf(expected, sizeof expected,
                 "check: 5 runs, objects of %d classes and an owner taken and given back, %u bad frees refused: ok\n",
                 SIZE_CLASSES, bad_frees);
    assert_int_equal(kheap_totals().refused, bad_frees);
    assert_string_equal(printed, expected);
}

static void full_check_passes_and_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(selfcheck_full(print), 0);
    assert_int_equal(unexpected, 0);
    struct kheap_totals totals = kheap_totals();
    assert_int_equal(totals.used, 0);
    assert_int_equal(totals.peak, totals.blocks);
    assert_int_equal(totals.free_runs, 2);
    assert_non_null(strstr(printed, "(regions: 2, runs: 2)"));
    assert_non_null(strstr(printed, "check: ok\n"));
    assert_null(kheap_check());
}

/*   0   1                  4   5                 9 MiB
 *       |       usable     |   |     usable      |     the image I goes through every position */
static void full_check_passes_wherever_the_image_lies(void **state)
{
    (void)state;
    static const struct range images[] = {
        {MIB(2), MIB(2.5)},      /* inside                       */
        {MIB(1), MIB(1.5)},      /* at the lower edge            */
        {MIB(3.5), MIB(4)},      /* at the upper edge            */
        {MIB(3.5), MIB(5.5)},    /* across two                   */
        {MIB(1), MIB(4)},        /* filling one                  */
        {MIB(4), MIB(5)},        /* in the hole                  */
        {MIB(10), MIB(11)},      /* above all                    */
        {MIB(1.03125), MIB(2)},  /* a piece too short below      */
        {MIB(2), MIB(2) + 4096}, /* one page                    */
    };
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        boot(two_ranges, 2, images[i]);
        if (selfcheck_short(print) != 0 || selfcheck_full(print) != 0) {
            fail_msg("image %zu: %s", i, printed);
        }
        assert_int_equal(unexpected, 0);
        expect_rest_untouched();
    }
}

/* What others hold stays as it is, to the byte. */
static void full_check_works_beside_live_allocations(void **state)
{
    (void)state;
    struct random random = random_seeded("full_check_works_beside_live_allocations");
    enum { HELD = 64 };
    unsigned char *held[HELD];
    size_t bytes[HELD];
    for (size_t i = 0; i < HELD; i++) {
        bytes[i] = 1 + (size_t)random_below(&random, 5 * BLOCK);
        held[i] = kmalloc(bytes[i]);
        assert_non_null(held[i]);
        memset(held[i], (int)i, bytes[i]);
    }
    for (size_t i = 0; i < HELD; i += 3) {
        kfree(held[i]);
    }
    kheap_trim();
    struct kheap_totals before = kheap_totals();
    if (selfcheck_short(print) != 0 || selfcheck_full(print) != 0) {
        fail_msg("%s", printed);
    }
    struct kheap_totals after = kheap_totals();
    assert_int_equal(after.used, before.used);
    assert_int_equal(after.free_runs, before.free_runs);
    for (size_t i = 0; i < HELD; i++) {
        for (size_t at = 0; i % 3 != 0 && at < bytes[i]; at++) {
            assert_int_equal(held[i][at], i);
        }
    }
}

/* A refusal that goes unreported is no refusal. */
static void unreported_refusals_fail_the_check(void **state)
{
    (void)state;
    deaf = true;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_non_null(strstr(printed, "check: FAILED: a bad free was not refused\n"));
    boot(two_ranges, 2, (struct range){MIB(1), MIB(1.25)});
    deaf = true;
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "FAILED"));
}

/* Whichever call it is that `which` is said of: the check fails, or a refusal that it does not expect is reported. */
static void expect_each_lie_noticed(int (*check)(print_fn *), enum lie which, unsigned calls_min)
{
    for (unsigned call = 1;; call++) {
        (void)two_regions(NULL);
        lie = which;
        lying_call = call;
        calls = 0;
        int status = check(print);
        lie = LIE_NONE;
        if (calls < call) {
            assert_int_equal(status, 0);
            assert_true(calls >= calls_min);
            return;
        }
        if (status == 0 && unexpected == 0) {
            fail_msg("lie %d about call %u", (int)which, call);
        }
    }
}

static void each_free_that_is_refused_silently_is_noticed(void **state)
{
    (void)state;
    expect_each_lie_noticed(selfcheck_short, LIE_REFUSED, 3 * SIZE_CLASSES);
    expect_each_lie_noticed(selfcheck_full, LIE_REFUSED, 10);
}

static void each_free_that_does_nothing_is_noticed(void **state)
{
    (void)state;
    expect_each_lie_noticed(selfcheck_short, LIE_FREED, 3 * SIZE_CLASSES);
    expect_each_lie_noticed(selfcheck_full, LIE_FREED, 10);
}

/* Of the short check alone: the full one would chain a run to itself. */
static void each_allocation_of_what_was_taken_already_is_noticed(void **state)
{
    (void)state;
    expect_each_lie_noticed(selfcheck_short, LIE_TAKEN_TWICE, 2 * SIZE_CLASSES);
}

static void where_no_owner_can_be_made_the_short_check_fails(void **state)
{
    (void)state;
    owner_t owner;
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        assert_int_equal(owner_create("server", 1, &owner), 0);
    }
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_non_null(strstr(printed, "check: FAILED: no owner could be made\n"));
}

/* Real misuse while the check does not provoke any is not its business. */
static void other_refusals_are_not_expected(void **state)
{
    (void)state;
    assert_int_equal(selfcheck_short(print), 0);
    kfree(ram);
    assert_int_equal(unexpected, 1);
}

/* A refused free with an effect: seen by comparing everything before and after. */
static void refusals_with_an_effect_fail_the_check(void **state)
{
    (void)state;
    meddling = true;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_non_null(strstr(printed, "check: FAILED: a bad free was not refused\n"));
}

static void damaged_counts_fail_the_check(void **state)
{
    (void)state;
    kheap_state()->used++;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "K3"));
}

/* Either word of a run's stamp, overwritten by somebody else. */
static void overwritten_runs_fail_the_full_check(void **state)
{
    (void)state;
    const struct range *blocks = &plan.regions[0].blocks;
    const uint64_t words[] = {blocks->start + 16, blocks->end - 8};
    for (size_t i = 0; i < 2; i++) {
        boot(two_ranges, 2, (struct range){MIB(1), MIB(1.25)});
        overwritten = ram_at(words[i]);
        assert_int_equal(selfcheck_full(print), -EINVARG);
        assert_non_null(strstr(printed, "check: FAILED: a run was overwritten by another\n"));
    }
}

/* Its first bad free is refused when all its runs are stamped; the first one of them stands where the heap starts. */
static void an_overwritten_run_fails_the_short_check(void **state)
{
    (void)state;
    overwritten = (unsigned char *)kheap_state()->start + 16;
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_non_null(strstr(printed, "check: FAILED: an allocation was overwritten by another\n"));
}

/* Nothing is inside such a run.
 *   |.L..........|   L: live */
static void full_check_passes_where_the_lowest_run_is_one_block(void **state)
{
    (void)state;
    boot(&(struct range){MIB(1), MIB(9)}, 1, (struct range){MIB(9), MIB(10)});
    void *lowest = kmalloc(BLOCK);
    assert_non_null(kmalloc(BLOCK));
    kfree(lowest);
    if (selfcheck_full(print) != 0) {
        fail_msg("%s", printed);
    }
    assert_int_equal(unexpected, 0);
}

/* The table says that the free run at 0 reaches into the next one, and one as long as the difference is in no bin: all
 * counts are right, no stamp is hit.
 *     |...x.......x......x|     0-2 is free, and says 0-8; so is 4-10; 12-17 is hidden */
static void overlapping_runs_fail_the_full_check(void **state)
{
    (void)state;
    static const size_t lengths[] = {3, 1, 7, 1, 6, 1}; /* no powers of two: those go to boundaries */
    void *runs[6];
    for (size_t i = 0; i < 6; i++) {
        runs[i] = kmalloc(lengths[i] * BLOCK);
    }
    kfree(runs[0]);
    kfree(runs[2]);
    kfree(runs[4]);
    heap_t *heap = (heap_t *)(uintptr_t)kheap_region_of(runs[0]);
    HEAP_BLOCK_TABLE_ENTRY *a = &heap->table.entries[((uintptr_t)runs[0] - heap->start) / BLOCK];
    a[1].more = 8;
    heap->bins.first[8] = heap->bins.first[2];
    bins_set_empty(&heap->bins, 2);
    bins_set_filled(&heap->bins, 8);
    bins_set_empty(&heap->bins, 5);
    assert_int_equal(selfcheck_full(print), -EINVARG);
    if (strstr(printed, "check: FAILED: two runs overlap\n") == NULL) {
        fail_msg("%s", printed);
    }
}

/* A run that hides behind others of about its length is taken a little shorter, and the rest after it.
 *   |100|x|100|x| ... |104|x| everything else taken */
static void runs_that_hide_in_their_bin_are_filled_too(void **state)
{
    (void)state;
    enum { SHORTS = HEAP_OWN_BIN_LOOKS };
    boot(&(struct range){MIB(1), MIB(9)}, 1, (struct range){MIB(9), MIB(10)});
    void *shorts[SHORTS];
    for (size_t i = 0; i < SHORTS; i++) {
        shorts[i] = kmalloc(100 * BLOCK);
        assert_non_null(shorts[i]);
        assert_ptr_equal(kheap_region_of(shorts[i]), kheap_region_of(shorts[0]));
        kmalloc(BLOCK);
    }
    char *hidden = kmalloc(104 * BLOCK);
    for (size_t rest = kheap_totals().longest_free; rest != 0; rest = kheap_totals().longest_free) {
        kmalloc(rest * BLOCK);
    }
    kfree(hidden);
    for (size_t i = 0; i < SHORTS; i++) {
        kfree(shorts[i]);
    }
    assert_int_equal(kheap_totals().longest_free, 104);
    assert_null(kmalloc(104 * BLOCK));
    if (selfcheck_full(print) != 0) {
        fail_msg("%s", printed);
    }
}

/* The region reaches past its plan over the next one: the runs that fill both overlap. */
static void overlapping_regions_fail_the_full_check(void **state)
{
    (void)state;
    boot(two_ranges, 2, (struct range){MIB(4), MIB(5)});
    heap_t *heap = (heap_t *)(uintptr_t)kheap_region(1);
    heap->start = kheap_region(0)->start + BLOCK;
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "FAILED"));
}

static void full_heap_cannot_be_checked(void **state)
{
    (void)state;
    while (kmalloc(BLOCK) != NULL) {
    }
    assert_int_equal(selfcheck_short(print), -EINVARG);
    assert_int_equal(selfcheck_full(print), -EINVARG);
    assert_non_null(strstr(printed, "nothing is free"));
}

#define BOOTED(test) cmocka_unit_test_setup(test, two_regions)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOTED(short_check_passes_and_leaves_nothing),
        BOOTED(full_check_passes_and_leaves_nothing),
        cmocka_unit_test(full_check_passes_wherever_the_image_lies),
        BOOTED(full_check_works_beside_live_allocations),
        BOOTED(unreported_refusals_fail_the_check),
        BOOTED(each_free_that_is_refused_silently_is_noticed),
        BOOTED(each_free_that_does_nothing_is_noticed),
        BOOTED(each_allocation_of_what_was_taken_already_is_noticed),
        BOOTED(where_no_owner_can_be_made_the_short_check_fails),
        BOOTED(other_refusals_are_not_expected),
        BOOTED(refusals_with_an_effect_fail_the_check),
        BOOTED(damaged_counts_fail_the_check),
        BOOTED(overwritten_runs_fail_the_full_check),
        BOOTED(an_overwritten_run_fails_the_short_check),
        BOOTED(full_check_passes_where_the_lowest_run_is_one_block),
        BOOTED(overlapping_runs_fail_the_full_check),
        BOOTED(runs_that_hide_in_their_bin_are_filled_too),
        BOOTED(overlapping_regions_fail_the_full_check),
        BOOTED(full_heap_cannot_be_checked),
    };
    return cmocka_run_group_tests_name("self-check", tests, NULL, NULL);
}
