/* Every allocation fails once: of the self-check, and of an example that uses
 * the whole family. Each time all is as before afterwards. Linked with --wrap
 * for each function of the family, so that the calls come here first. */
#include "tests/kheap_fixture.h"
#include "tests/kmalloc_fails.h"

#include "mm/owner.h"
#include "mm/selfcheck.h"

enum { HEAP_BLOCKS = 64, RECORDS = 12, TRIES_MAX = 10000 };

static unsigned calls;   /* of the family, so far                 */
static unsigned failing; /* the number of the call that fails; 0: none */
static unsigned refusals;
static unsigned quota_refusals;

/* ---- the family, with a fault in it ---- */

static bool fails(void)
{
    return ++calls == failing;
}

void heap_refused(const struct heap_refusal *refusal)
{
    refusals += !selfcheck_expects(refusal);
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    assert_true(refusal->asked > refusal->quota - refusal->held);
    quota_refusals++;
}

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
    assert_non_null(format);
}

/* ---- the example: a directory of records, each with a name and pages of its
 * own ---- */

struct record {
    char *name;
    unsigned char *page;
};

struct directory {
    struct record **records;
    size_t count;
    size_t room;
};

static void record_end(struct record *record)
{
    kfree(record->page);
    kfree(record->name);
    kfree(record);
}

static struct record *record_make(size_t number)
{
    struct record *record = kzalloc(sizeof *record);
    if (record == NULL) {
        return NULL;
    }
    record->name = kmalloc(20 + 40 * number);
    record->page = kmalloc_aligned(BLOCK, BLOCK);
    if (record->name == NULL || record->page == NULL) {
        record_end(record);
        return NULL;
    }
    memset(record->name, 'n', 20 + 40 * number);
    return record;
}

static void directory_end(struct directory *directory)
{
    while (directory->count > 0) {
        record_end(directory->records[--directory->count]);
    }
    kfree(directory->records);
}

static bool directory_add(struct directory *directory, size_t number)
{
    if (directory->count == directory->room) {
        void *longer = krealloc(directory->records, 2 * directory->room * sizeof(void *));
        if (longer == NULL) {
            return false;
        }
        directory->records = longer;
        directory->room *= 2;
    }
    struct record *record = record_make(number);
    if (record == NULL) {
        return false;
    }
    directory->records[directory->count++] = record;
    return true;
}

/* Whether there was memory for all of it. */
static bool example(void)
{
    struct directory directory = {kcalloc(2, sizeof(void *)), 0, 2};
    bool enough = directory.records != NULL;
    for (size_t i = 0; enough && i < RECORDS; i++) {
        enough = directory_add(&directory, i);
    }
    directory_end(&directory);
    return enough;
}

static bool selfcheck(void)
{
    return selfcheck_short(print) == 0;
}

/* ---- what must be so after each failure ---- */

static void begin(size_t blocks)
{
    uint64_t start = RAM_START + 2 * BLOCK;
    memset(&plan, 0, sizeof plan);
    plan.regions[0] = (struct plan_region){{RAM_START, start}, {start, start + blocks * BLOCK}};
    plan.region_count = 1;
    use_plan();
    refusals = 0;
    quota_refusals = 0;
    calls = 0;
    failing = 0;
}

static void expect_all_free(size_t blocks)
{
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    kheap_trim();
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    struct kheap_totals totals = kheap_totals();
    assert_int_equal(totals.used, 0);
    assert_int_equal(totals.live_runs, 0);
    assert_int_equal(totals.free_runs, 1);
    assert_int_equal(totals.longest_free, blocks);
    assert_int_equal(refusals, 0);
}

/*   call     1 2 3 4 5 ...       the first time the 1st fails, then the 2nd,
 * ... result   . . x                all that came before it is given back */
static void fail_each_in_turn(bool (*scenario)(void), unsigned calls_min)
{
    for (unsigned k = 1;; k++) {
        assert_true(k < TRIES_MAX);
        begin(HEAP_BLOCKS);
        failing = k;
        bool done = scenario();
        bool failed = calls >= failing;
        failing = 0;
        expect_all_free(HEAP_BLOCKS);
        if (!failed) {
            assert_true(done);
            assert_true(calls >= calls_min);
            return;
        }
        assert_false(done);
    }
}

static void the_example_stands_every_failure(void **state)
{
    (void)state;
    fail_each_in_turn(example, 3 * RECORDS);
}

/* Requests that must fail are part of the self-check: one that fails for
 * another reason is no fault. */
static void the_self_check_gives_back_what_it_holds_when_an_allocation_fails(void **state)
{
    (void)state;
    for (unsigned k = 1; k < TRIES_MAX; k++) {
        begin(HEAP_BLOCKS);
        failing = k;
        (void)selfcheck();
        bool failed = calls >= failing;
        failing = 0;
        expect_all_free(HEAP_BLOCKS);
        if (!failed) {
            return;
        }
    }
    fail();
}

/*   |####....|  regions of 1, 2, 3 ... blocks, until the example fits */
static void in_every_small_region_the_example_fits_or_leaves_nothing(void **state)
{
    (void)state;
    bool done = false;
    for (size_t blocks = 1; !done; blocks++) {
        assert_true(blocks <= HEAP_BLOCKS);
        begin(blocks);
        done = example();
        assert_int_equal(quota_refusals, 0);
        expect_all_free(blocks);
    }
}

/* With every quota, from none up; what is refused is the quota's doing, and is
 * told. */
static void under_every_quota_the_example_fits_or_leaves_nothing(void **state)
{
    (void)state;
    bool done = false;
    for (size_t quota = 0; !done; quota++) {
        owner_t owner;
        struct owner_totals totals;
        struct reclaim_report report;
        assert_true(quota <= HEAP_BLOCKS);
        begin(HEAP_BLOCKS);
        assert_int_equal(owner_create("example", quota, &owner), 0);
        assert_int_equal(kheap_act_as(owner), 0);
        done = example();
        assert_int_equal(quota_refusals == 0, done);
        assert_int_equal(owner_totals(owner, &totals), 0);
        assert_int_equal(totals.runs, 0);
        assert_true(totals.peak <= quota);
        assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
        assert_int_equal(kheap_reclaim(owner, &report), 0);
        expect_all_free(HEAP_BLOCKS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_stands_every_failure),
        cmocka_unit_test(the_self_check_gives_back_what_it_holds_when_an_allocation_fails),
        cmocka_unit_test(in_every_small_region_the_example_fits_or_leaves_nothing),
        cmocka_unit_test(under_every_quota_the_example_fits_or_leaves_nothing),
    };
    return cmocka_run_group_tests_name("kernel heap, failing", tests, NULL, NULL);
}
