/* mm/charge.c: what the kernel holds for an owner counts against that owner's quota, and is not its own. */
#include "tests/kheap_one_region.h"

#include "mm/charge.h"
#include "mm/kheap_cut.h"

static struct owner_totals totals_of(owner_t owner)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(owner, &totals), 0);
    return totals;
}

/*   quota 6   |CCCC..|   4 charged: 2 are left, and not 3 */
static void a_charge_counts_against_the_quota(void **state)
{
    (void)state;
    owner_t a = new_owner(6);
    assert_int_equal(kheap_charge(a, 4), 0);
    assert_int_equal(totals_of(a).held, 4);
    assert_int_equal(totals_of(a).charged, 4);
    assert_int_equal(totals_of(a).peak, 4);
    assert_int_equal(totals_of(a).quota, 6);
    assert_int_equal(totals_of(a).runs, 0);
    assert_null(take_as(a, 3 * BLOCK));
    assert_int_equal(last_quota.held, 4);
    assert_int_equal(last_quota.quota, 6);
    assert_non_null(take_as(a, 2 * BLOCK));
}

static void a_discharge_gives_the_quota_back(void **state)
{
    (void)state;
    owner_t a = new_owner(6);
    assert_int_equal(kheap_charge(a, 4), 0);
    assert_int_equal(kheap_discharge(a, 1), 0);
    assert_int_equal(totals_of(a).held, 3);
    assert_int_equal(totals_of(a).charged, 3);
    assert_int_equal(kheap_discharge(a, 3), 0);
    assert_int_equal(totals_of(a).held, 0);
    assert_int_equal(totals_of(a).peak, 4);
    assert_non_null(take_as(a, 6 * BLOCK));
}

static void a_charge_beyond_the_quota_is_refused_and_reported(void **state)
{
    (void)state;
    owner_t a = new_owner(6);
    assert_non_null(take_as(a, 3 * BLOCK));
    assert_int_equal(kheap_charge(a, 1), 0);
    uint64_t before = kheap_digest();
    assert_int_equal(kheap_charge(a, 3), -EQUOTA);
    assert_int_equal(quota_refusals, 1);
    assert_int_equal(last_quota.owner, a);
    assert_int_equal(last_quota.asked, 3);
    assert_int_equal(last_quota.held, 4);
    assert_int_equal(last_quota.quota, 6);
    assert_true(kheap_digest() == before);
    assert_int_equal(kheap_charge(a, 2), 0);
    assert_int_equal(kheap_charge(a, SIZE_MAX), -EQUOTA);
}

/* The slab stays, empty, for the next small object; a charge that needs its block gets it all the same. */
static void no_charge_is_refused_for_a_slab_that_is_kept(void **state)
{
    (void)state;
    owner_t a = new_owner(1);
    void *object = take_as(a, 64);
    assert_int_equal(kheap_charge(a, 1), -EQUOTA);
    assert_int_equal(kheap_free_of(a, object), 0);
    assert_int_equal(totals_of(a).held, 1);
    assert_int_equal(kheap_charge(a, 1), 0);
    assert_int_equal(quota_refusals, 1);
}

/* Between the two attempts, while the heap is unlocked, the owner is ended. */
static owner_t victim;
static void *victims;

static void end_victim(void)
{
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
}

static void an_owner_that_ends_meanwhile_is_not_charged(void **state)
{
    (void)state;
    victim = new_owner(1);
    assert_int_equal(kheap_free_of(victim, take_as(victim, 64)), 0);
    on_unlock = end_victim;
    assert_int_equal(kheap_charge(victim, 1), -EINVARG);
    assert_int_equal(quota_refusals, 0);
}

static void the_kernel_is_charged_for_nothing_twice(void **state)
{
    (void)state;
    size_t held = totals_of(OWNER_KERNEL).held;
    assert_int_equal(kheap_charge(OWNER_KERNEL, 5), 0);
    assert_int_equal(totals_of(OWNER_KERNEL).held, held);
    assert_int_equal(totals_of(OWNER_KERNEL).charged, 0);
    assert_int_equal(kheap_discharge(OWNER_KERNEL, 5), 0);
    assert_int_equal(totals_of(OWNER_KERNEL).held, held);
}

static void nobody_who_is_not_live_is_charged(void **state)
{
    (void)state;
    owner_t a = new_owner(6);
    victim = a;
    end_victim();
    assert_int_equal(kheap_charge(a, 1), -EINVARG);
    assert_int_equal(kheap_discharge(a, 1), -EINVARG);
    assert_int_equal(kheap_charge(OWNER_HEAP, 1), -EINVARG);
    assert_int_equal(kheap_discharge(OWNER_HEAP, 1), -EINVARG);
    assert_int_equal(kheap_charge(0xFFFF, 1), -EINVARG);
}

static void discharging_more_than_was_charged_is_our_mistake(void **state)
{
    (void)state;
    owner_t a = new_owner(6);
    assert_non_null(take_as(a, 3 * BLOCK));
    assert_int_equal(kheap_charge(a, 2), 0);
    uint64_t before = kheap_digest();
    expect_assert_failure((void)kheap_discharge(a, 3));
    assert_true(kheap_digest() == before);
}

/* The kernel's blocks are not the server's to free, nor do they go with it. */
static void reclaim_tells_of_charges_that_are_left(void **state)
{
    (void)state;
    struct reclaim_report report;
    owner_t a = new_owner(9);
    size_t live = kheap_totals().live_runs;
    assert_int_equal(kheap_charge(a, 2), 0);
    char *stack = kmalloc_kernel(2 * BLOCK);
    assert_non_null(take_as(a, 3 * BLOCK));
    assert_int_equal(kheap_act_as(a), 0);
    assert_int_equal(kheap_try_free(stack), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_FOREIGN);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    assert_int_equal(kheap_reclaim(a, &report), 0);
    assert_int_equal(report.charged, 2);
    assert_int_equal(report.blocks, 3);
    assert_int_equal(kheap_totals().live_runs, live + 1);
    assert_int_equal(kheap_free_of(OWNER_KERNEL, stack), 0);
}

/* While an owner is being ended, what the kernel held for it may still go, but nothing is added. */
static void discharge_meanwhile(void)
{
    assert_int_equal(kheap_charge(victim, 1), -EINVARG);
    assert_int_equal(kheap_discharge(victim, 2), 0);
}

static void an_owner_that_is_being_ended_is_only_discharged(void **state)
{
    (void)state;
    struct reclaim_report report;
    victim = new_owner(9);
    assert_non_null(take_as(victim, 3 * BLOCK));
    assert_int_equal(kheap_charge(victim, 5), 0);
    on_unlock = discharge_meanwhile;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
    assert_int_equal(report.charged, 3);
}

static void what_is_taken_for_the_kernel_is_the_kernels_whoever_acts(void **state)
{
    (void)state;
    owner_t a = new_owner(1);
    assert_int_equal(kheap_act_as(a), 0);
    void *run = kmalloc_kernel(5 * BLOCK);
    void *object = kmalloc_kernel(64);
    assert_non_null(run);
    assert_non_null(object);
    assert_int_equal(totals_of(a).held, 0);
    assert_int_equal(kheap_owner(), a);
    assert_int_equal(kheap_free_of(a, run), -EINVARG);
    assert_int_equal(kheap_free_of(OWNER_KERNEL, run), 0);
    assert_int_equal(kheap_free_of(OWNER_KERNEL, object), 0);
}

/* A slab is kept empty, all else is in use: its block serves. */
static void what_is_kept_is_given_back_when_the_kernel_needs_it(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    void *object = take_as(a, 64);
    while (take_as(a, BLOCK) != NULL) {
    }
    assert_null(kmalloc_kernel(BLOCK));
    assert_int_equal(kheap_free_of(a, object), 0);
    assert_non_null(kmalloc_kernel(BLOCK));
    assert_null(kmalloc_kernel(SIZE_MAX));
    assert_null(kmalloc_kernel(0));
}

static void what_is_taken_for_an_owner_is_its_own_at_once(void **state)
{
    (void)state;
    int status = 1;
    owner_t a = new_owner(3);
    void *run = kmalloc_for(a, 2 * BLOCK, &status);
    assert_non_null(run);
    assert_int_equal(totals_of(a).held, 2);
    assert_int_equal(kheap_owner(), OWNER_KERNEL);
    assert_null(kmalloc_for(a, 2 * BLOCK, &status));
    assert_int_equal(status, -EQUOTA);
    assert_int_equal(quota_refusals, 1);
    assert_int_equal(last_quota.owner, a);
    assert_int_equal(last_quota.asked, 2);
    assert_int_equal(last_quota.held, 2);
    assert_int_equal(last_quota.quota, 3);
    assert_null(kmalloc_for(OWNER_KERNEL, RAM_BYTES, &status));
    assert_int_equal(status, -ENOMEM);
    assert_int_equal(quota_refusals, 1);
    assert_int_equal(kheap_free_of(a, run), 0);
}

/* Its one block is a slab that is empty but kept. */
static void what_an_owner_keeps_is_no_reason_to_refuse_it(void **state)
{
    (void)state;
    int status;
    owner_t a = new_owner(1);
    assert_int_equal(kheap_free_of(a, take_as(a, 64)), 0);
    assert_int_equal(totals_of(a).held, 1);
    assert_non_null(kmalloc_for(a, BLOCK, &status));
    assert_int_equal(quota_refusals, 0);
}

static void take_meanwhile(void)
{
    int status = 0;
    assert_null(kmalloc_for(victim, BLOCK, &status));
    assert_int_equal(status, -EINVARG);
    assert_int_equal(kheap_cut(victim, victims, 1), -EINVARG);
}

static void nothing_is_taken_for_who_is_being_ended_or_has_ended(void **state)
{
    (void)state;
    int status = 0;
    struct reclaim_report report;
    victim = new_owner(9);
    assert_non_null(take_as(victim, BLOCK));
    victims = take_as(victim, 3 * BLOCK);
    on_unlock = take_meanwhile;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
    assert_int_equal(report.blocks, 4);
    assert_null(kmalloc_for(victim, BLOCK, &status));
    assert_int_equal(status, -EINVARG);
    assert_int_equal(quota_refusals + refusals, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_charge_counts_against_the_quota),
        FRESH(a_discharge_gives_the_quota_back),
        FRESH(a_charge_beyond_the_quota_is_refused_and_reported),
        FRESH(no_charge_is_refused_for_a_slab_that_is_kept),
        FRESH(an_owner_that_ends_meanwhile_is_not_charged),
        FRESH(the_kernel_is_charged_for_nothing_twice),
        FRESH(nobody_who_is_not_live_is_charged),
        FRESH(discharging_more_than_was_charged_is_our_mistake),
        FRESH(reclaim_tells_of_charges_that_are_left),
        FRESH(an_owner_that_is_being_ended_is_only_discharged),
        FRESH(what_is_taken_for_the_kernel_is_the_kernels_whoever_acts),
        FRESH(what_is_kept_is_given_back_when_the_kernel_needs_it),
        FRESH(what_is_taken_for_an_owner_is_its_own_at_once),
        FRESH(what_an_owner_keeps_is_no_reason_to_refuse_it),
        FRESH(nothing_is_taken_for_who_is_being_ended_or_has_ended),
    };
    return cmocka_run_group_tests_name("charges", tests, NULL, NULL);
}
