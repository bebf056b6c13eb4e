/* The self-check on real memory, for every place that the kernel image can have, and on a heap that lies. */
#include "tests/random.h"
#include "tests/selfcheck_fixture.h"

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
    };
    return cmocka_run_group_tests_name("self-check", tests, NULL, NULL);
}
