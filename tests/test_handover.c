/* Runs that change hands, whoever acts: mm/handover.c. Between owners with lists a single block of the current region goes a
 * shorter way, so what is tried here with one block is tried with three, too, and with the kernel, who keeps no list. */
#include "tests/kheap_one_region.h"

#include "core/status.h"
#include "mm/charge.h"
#include "mm/handover.h"

enum { LENGTHS = 2 };

static const size_t lengths[LENGTHS] = {1, 3};

static size_t held_by(owner_t owner)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(owner, &totals), 0);
    return totals.held;
}

static int hand(owner_t from, void *run, size_t blocks, owner_t to)
{
    const struct handover what = {from, to, run, blocks};
    return kheap_hand_over(&what);
}

static void refused(owner_t from, void *run, size_t blocks, owner_t to)
{
    uint64_t before = kheap_digest();
    assert_int_equal(hand(from, run, blocks, to), -EINVARG);
    assert_true(kheap_digest() == before);
    assert_int_equal(quota_refusals + refusals, 0);
}

static void a_run_goes_with_its_charge(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        owner_t a = new_owner(4), b = new_owner(3);
        char *run = take_as(a, lengths[i] * BLOCK);
        assert_int_equal(hand(a, run, lengths[i], b), 0);
        assert_int_equal(held_by(a), 0);
        assert_int_equal(held_by(b), lengths[i]);
        assert_null(kheap_check());
        refused(a, run, lengths[i], b);
        assert_int_equal(kheap_free_of(b, run), 0);
    }
}

static void the_kernel_gives_and_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        owner_t a = new_owner(4);
        char *run = kmalloc(lengths[i] * BLOCK);
        assert_int_equal(hand(OWNER_KERNEL, run, lengths[i], a), 0);
        assert_int_equal(held_by(a), lengths[i]);
        assert_int_equal(hand(a, run, lengths[i], OWNER_KERNEL), 0);
        assert_int_equal(held_by(a), 0);
        assert_null(kheap_check());
        kfree(run);
    }
}

/* Also where its quota is full. */
static void who_gives_to_itself_keeps_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        owner_t a = new_owner(lengths[i]), b = new_owner(9);
        char *full = take_as(a, lengths[i] * BLOCK), *run = take_as(b, lengths[i] * BLOCK);
        assert_int_equal(hand(a, full, lengths[i], a), 0);
        assert_int_equal(hand(b, run, lengths[i], b), 0);
        assert_int_equal(held_by(a), lengths[i]);
        assert_int_equal(held_by(b), lengths[i]);
    }
    assert_int_equal(quota_refusals, 0);
}

static void what_is_no_run_of_the_giver_is_refused(void **state)
{
    (void)state;
    owner_t a = new_owner(20), b = new_owner(20);
    char *block = take_as(a, BLOCK), *run = take_as(a, 3 * BLOCK), *object = take_as(a, 64);
    char *of_b = take_as(b, BLOCK), *freed = take_as(a, BLOCK);
    char *slab = object - (uintptr_t)object % BLOCK;
    assert_int_equal(kheap_free_of(a, freed), 0);
    for (size_t blocks = 0; blocks <= 4; blocks++) {
        void *const none[] = {NULL, block + 1, run + BLOCK,         run + 16, object,          slab,
                              of_b, freed,     block + 500 * BLOCK, ram,      ram + RAM_BYTES, (void *)UINTPTR_MAX};
        for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
            refused(a, none[i], blocks, b);
        }
    }
    refused(a, block, 0, b);
    refused(a, block, 2, b);
    refused(a, run, 1, b);
    refused(a, run, 2, b);
    refused(a, run, 4, b);
    refused(a, run, SIZE_MAX, b);
}

static void nobody_gives_or_takes_who_is_not_live(void **state)
{
    (void)state;
    struct reclaim_report report;
    owner_t a = new_owner(20), gone = new_owner(20);
    assert_int_equal(kheap_reclaim(gone, &report), 0);
    for (size_t i = 0; i < LENGTHS; i++) {
        char *run = take_as(a, lengths[i] * BLOCK);
        const owner_t nobody[] = {gone, OWNER_HEAP, (owner_t)(a + 1), UINT16_MAX};
        for (size_t k = 0; k < sizeof nobody / sizeof *nobody; k++) {
            refused(a, run, lengths[i], nobody[k]);
            refused(nobody[k], run, lengths[i], a);
        }
    }
}

static void what_the_taker_may_not_hold_stays_and_is_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        owner_t a = new_owner(9), b = new_owner(lengths[i]);
        char *run = take_as(a, lengths[i] * BLOCK);
        assert_int_equal(kheap_charge(b, 1), 0);
        quota_refusals = 0;
        uint64_t before = kheap_digest();
        assert_int_equal(hand(a, run, lengths[i], b), -EQUOTA);
        assert_true(kheap_digest() == before);
        assert_int_equal(quota_refusals, 1);
        assert_int_equal(last_quota.owner, b);
        assert_int_equal(last_quota.asked, lengths[i]);
        assert_int_equal(last_quota.held, 1);
        assert_int_equal(last_quota.quota, lengths[i]);
        assert_int_equal(kheap_discharge(b, 1), 0);
        assert_int_equal(hand(a, run, lengths[i], b), 0);
    }
}

/* An empty slab that the taker only keeps is given back for it. */
static void what_is_kept_stands_in_nobodys_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        owner_t a = new_owner(9), b = new_owner(lengths[i]);
        assert_int_equal(kheap_free_of(b, take_as(b, 64)), 0);
        assert_int_equal(held_by(b), 1);
        char *run = take_as(a, lengths[i] * BLOCK);
        assert_int_equal(hand(a, run, lengths[i], b), 0);
        assert_int_equal(held_by(b), lengths[i]);
    }
    assert_int_equal(quota_refusals, 0);
}

static owner_t victim;

static void end_victim(void)
{
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
}

/* While the kept slab is given back, the heap is unlocked. */
static void a_taker_that_ends_meanwhile_gets_nothing(void **state)
{
    (void)state;
    owner_t a = new_owner(9);
    victim = new_owner(1);
    assert_int_equal(kheap_free_of(victim, take_as(victim, 64)), 0);
    char *run = take_as(a, BLOCK);
    on_unlock = end_victim;
    assert_int_equal(hand(a, run, 1, victim), -EINVARG);
    assert_int_equal(quota_refusals, 0);
    assert_int_equal(kheap_free_of(a, run), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_run_goes_with_its_charge),
        FRESH(the_kernel_gives_and_takes),
        FRESH(who_gives_to_itself_keeps_it),
        FRESH(what_is_no_run_of_the_giver_is_refused),
        FRESH(nobody_gives_or_takes_who_is_not_live),
        FRESH(what_the_taker_may_not_hold_stays_and_is_reported),
        FRESH(what_is_kept_stands_in_nobodys_way),
        FRESH(a_taker_that_ends_meanwhile_gets_nothing),
    };
    return cmocka_run_group_tests_name("runs that change hands", tests, NULL, NULL);
}
