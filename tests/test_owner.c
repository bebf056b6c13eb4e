/* Owners: quotas, gifts, reclaim, and whose memory is whose. */
#include "tests/kheap_one_region.h"

static struct owner_totals totals_of(owner_t owner)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(owner, &totals), 0);
    return totals;
}

static void refuse(void *ptr, enum free_fault fault, owner_t holder)
{
    uint64_t before = kheap_digest();
    assert_int_equal(kheap_try_free(ptr), -EINVARG);
    assert_int_equal(last_refusal.fault, fault);
    assert_int_equal(last_refusal.caller, kheap_owner());
    assert_int_equal(last_refusal.owner, holder);
    assert_true(kheap_digest() == before);
}

static void end_owner(owner_t owner)
{
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(owner, &report), 0);
}

static void only_the_owner_frees(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    char *run = take_as(a, 3 * BLOCK);
    char *object = take_as(a, 100);
    refuse(run, FREE_FOREIGN, a);
    refuse(object, FREE_FOREIGN, a);
    refuse(run + BLOCK, FREE_INSIDE_RUN, a);
    refuse(object + 16, FREE_NOT_AN_OBJECT, a);
    assert_int_equal(kheap_act_as(a), 0);
    assert_int_equal(kheap_try_free(run), 0);
    assert_int_equal(kheap_try_free(object), 0);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
}

static void named_function_frees_for_another(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    char *run = take_as(a, BLOCK);
    char *object = take_as(a, 100);
    void *mine = kmalloc(100);
    assert_int_equal(kheap_free_of(a, mine), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_FOREIGN);
    assert_int_equal(kheap_free_of(a, run), 0);
    assert_int_equal(kheap_free_of(a, object), 0);
    assert_int_equal(kheap_free_of(a, object), -EINVARG);
    assert_int_equal(kheap_free_of(a, NULL), 0);
    kfree(mine);
}

/*   quota 6: a slab of 1 block and a run of 3 leave 2 */
static void quota_counts_blocks_and_names_who_asked(void **state)
{
    (void)state;
    owner_t a = new_owner(6);
    void *object = take_as(a, 64);
    void *run = take_as(a, 3 * BLOCK);
    assert_non_null(object);
    assert_int_equal(totals_of(a).held, 4);
    assert_null(take_as(a, 3 * BLOCK));
    assert_int_equal(quota_refusals, 1);
    assert_int_equal(last_quota.owner, a);
    assert_int_equal(last_quota.asked, 3);
    assert_int_equal(last_quota.held, 4);
    assert_int_equal(last_quota.quota, 6);
    assert_non_null(take_as(a, 2 * BLOCK));
    assert_int_equal(kheap_free_of(a, run), 0);
    assert_int_equal(totals_of(a).held, 3);
    assert_int_equal(totals_of(a).peak, 6);
}

/* The slab stays, empty, for the next small object; a request that needs its block gets it all the same. */
static void no_request_is_refused_for_a_slab_that_is_kept(void **state)
{
    (void)state;
    owner_t a = new_owner(1);
    void *object = take_as(a, 64);
    assert_int_equal(kheap_free_of(a, object), 0);
    assert_int_equal(totals_of(a).held, 1);
    assert_non_null(take_as(a, BLOCK));
    assert_int_equal(quota_refusals, 0);
}

static void gift_moves_a_run_with_its_charge(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    owner_t b = new_owner(4);
    char *run = kmalloc(3 * BLOCK);
    assert_int_equal(kheap_gift(run, a), 0);
    refuse(run, FREE_FOREIGN, a);
    assert_int_equal(kheap_gift(run, b), -EINVARG); /* not ours any more */
    assert_int_equal(last_refusal.fault, FREE_FOREIGN);
    assert_int_equal(kheap_act_as(a), 0);
    assert_int_equal(kheap_gift(run, b), 0);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    assert_int_equal(totals_of(a).held, 0);
    assert_int_equal(totals_of(b).held, 3);
    assert_int_equal(kheap_gift(kmalloc(2 * BLOCK), b), -EQUOTA);
    assert_int_equal(last_quota.owner, b);
}

static void gifts_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    char *run = kmalloc(3 * BLOCK);
    void *object = kmalloc(64);
    uint64_t before = kheap_digest();
    assert_int_equal(kheap_gift(object, a), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_SMALL);
    assert_int_equal(kheap_gift(run + BLOCK, a), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_INSIDE_RUN);
    assert_int_equal(kheap_gift(run, (owner_t)(a + 1)), -EINVARG);
    assert_int_equal(kheap_gift(run, OWNER_HEAP), -EINVARG);
    assert_int_equal(kheap_gift_of((owner_t)(a + 1), run, a), -EINVARG);
    assert_true(kheap_digest() == before);
}

/* 20 objects of 100 bytes, one of 2000, two runs. */
static void reclaim_frees_all_and_lists_it(void **state)
{
    (void)state;
    kheap_trim();
    size_t before = kheap_totals().used;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    for (size_t i = 0; i < 20; i++) {
        take_as(a, 100);
    }
    take_as(a, 2000);
    take_as(a, 5 * BLOCK);
    take_as(a, 7 * BLOCK);
    struct reclaim_report report;
    unsigned takes = lock_takes;
    assert_int_equal(kheap_reclaim(a, &report), 0);
    assert_true(lock_takes >= takes + 4); /* given back in between: two slabs, two runs */
    assert_int_equal(report.runs, 2);
    assert_int_equal(report.objects[size_class_of(100)], 20);
    assert_int_equal(report.objects[size_class_of(2000)], 1);
    assert_int_equal(report.blocks,
                     12 + size_classes[size_class_of(100)].blocks + size_classes[size_class_of(2000)].blocks);
    kheap_trim();
    assert_int_equal(kheap_totals().used, before);
    assert_int_equal(kheap_totals().free_runs, 1);
    assert_int_equal(kheap_act_as(a), -EINVARG);
    assert_int_equal(kheap_reclaim(a, &report), -EINVARG);
    assert_int_equal(owner_totals(a, &(struct owner_totals){.held = 0}), -EINVARG);
}

/* An empty slab that is kept ends with its owner: it is not there for the next request. */
static void what_an_owner_kept_ends_with_it(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    assert_int_equal(kheap_free_of(a, take_as(a, 64)), 0);
    assert_int_equal(totals_of(a).slabs, 1);
    end_owner(a);
    void *run = kmalloc(BLOCK); /* where the slab was */
    void *object = kmalloc(64);
    assert_ptr_not_equal((char *)object - (uintptr_t)object % BLOCK, run);
    sound(NULL);
}

static void kernel_and_current_owner_are_not_reclaimed(void **state)
{
    (void)state;
    struct reclaim_report report;
    owner_t a = new_owner(1);
    assert_int_equal(kheap_reclaim(OWNER_KERNEL, &report), -EINVARG);
    assert_int_equal(kheap_reclaim(OWNER_HEAP, &report), -EINVARG);
    assert_int_equal(kheap_reclaim(a, NULL), -EINVARG);
    assert_int_equal(kheap_act_as(a), 0);
    assert_int_equal(kheap_reclaim(a, &report), -EINVARG);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
}

/* All at once, and one too many. */
static void as_many_owners_live_as_config_says(void **state)
{
    (void)state;
    static owner_t owners[OWNERS_MAX];
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        owners[i] = new_owner(1);
        assert_non_null(take_as(owners[i], BLOCK));
    }
    owner_t more;
    assert_int_equal(owner_create("one too many", 1, &more), -ENOMEM);
    sound(NULL);
    end_owner(owners[0]);
    owners[0] = new_owner(1); /* its record lies where the last one's lay: no other has room */
    sound(NULL);
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        end_owner(owners[i]);
    }
    kheap_trim();
    assert_int_equal(kheap_totals().used, 0);
    assert_int_equal(kheap_totals().free_runs, 1);
}

/* The number of an owner that has ended comes again only after all slots have gone through all generations. */
static void numbers_come_again_late(void **state)
{
    (void)state;
    owner_t first = new_owner(1);
    end_owner(first);
    size_t uses = (size_t)OWNERS_MAX * OWNER_GENERATIONS;
    for (size_t i = 1; i < uses; i++) {
        owner_t owner = new_owner(1);
        assert_int_not_equal(owner, first);
        assert_int_not_equal(owner, OWNER_KERNEL);
        assert_int_not_equal(owner, OWNER_HEAP);
        end_owner(owner);
    }
    assert_int_equal(new_owner(1), first);
}

/* Neither descriptor blocks nor owners' records can be freed by anybody. */
static void what_the_heap_notes_for_itself_is_nobodys(void **state)
{
    (void)state;
    kfree(kmalloc(64));
    new_owner(1);
    const heap_t *heap = kheap_region(0);
    for (size_t block = 0; block < heap->table.total; block++) {
        for (size_t offset = 0; offset < BLOCK; offset += 2048) {
            assert_int_equal(kheap_try_free((void *)(heap_block_address(heap, block) + offset)), -EINVARG);
            assert_int_equal(kheap_free_of(OWNER_HEAP, (void *)(heap_block_address(heap, block) + offset)), -EINVARG);
        }
    }
}

static void a_slot_tells_who_lives_in_it(void **state)
{
    (void)state;
    owner_t found, a = new_owner(1), b = new_owner(1);
    assert_true(owner_in_slot(OWNER_KERNEL, &found));
    assert_int_equal(found, OWNER_KERNEL);
    assert_true(owner_in_slot(owner_slot(b), &found));
    assert_int_equal(found, b);
    assert_true(owner_in_slot(owner_slot(a), &found));
    assert_int_equal(found, a);
    end_owner(a);
    assert_true(owner_in_slot(owner_slot(b), &found));
    assert_int_equal(found, b);
}

/* One that nobody has had yet, one that its owner has left, and no slot at all. */
static void a_slot_in_which_nobody_lives_tells_nothing(void **state)
{
    (void)state;
    owner_t none = 0xA5A5, found = none, owner = new_owner(1);
    assert_false(owner_in_slot(owner_slot(owner) + 1, &found));
    end_owner(owner);
    assert_false(owner_in_slot(owner_slot(owner), &found));
    assert_false(owner_in_slot(OWNER_SLOTS - 1, &found));
    assert_false(owner_in_slot(OWNER_SLOTS, &found));
    assert_false(owner_in_slot(SIZE_MAX, &found));
    assert_int_equal(found, none);
}

/* The generation is part of the number. */
static void a_slot_that_is_used_again_tells_the_new_owner(void **state)
{
    (void)state;
    owner_t found, first = new_owner(1), next;
    end_owner(first);
    while (owner_slot(next = new_owner(1)) != owner_slot(first)) {
        end_owner(next);
    }
    assert_int_not_equal(next, first);
    assert_true(owner_in_slot(owner_slot(first), &found));
    assert_int_equal(found, next);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    owner_t owner;
    assert_int_equal(owner_create(NULL, 1, &owner), -EINVARG);
    assert_int_equal(owner_create("x", 1, NULL), -EINVARG);
    assert_int_equal(owner_create("a name that is longer than a record has room for", 1, &owner), 0);
    assert_string_equal(totals_of(owner).name, "a name that is longer t");
    assert_int_equal(kheap_act_as((owner_t)(owner + 1)), -EINVARG);
    assert_int_equal(kheap_act_as(OWNER_SLOTS), -EINVARG); /* no such slot */
    assert_int_equal(owner_totals(owner, NULL), -EINVARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(only_the_owner_frees),
        FRESH(named_function_frees_for_another),
        FRESH(quota_counts_blocks_and_names_who_asked),
        FRESH(no_request_is_refused_for_a_slab_that_is_kept),
        FRESH(gift_moves_a_run_with_its_charge),
        FRESH(gifts_that_make_no_sense_are_refused),
        FRESH(reclaim_frees_all_and_lists_it),
        FRESH(what_an_owner_kept_ends_with_it),
        FRESH(kernel_and_current_owner_are_not_reclaimed),
        FRESH(as_many_owners_live_as_config_says),
        FRESH(numbers_come_again_late),
        FRESH(what_the_heap_notes_for_itself_is_nobodys),
        FRESH(a_slot_tells_who_lives_in_it),
        FRESH(a_slot_in_which_nobody_lives_tells_nothing),
        FRESH(a_slot_that_is_used_again_tells_the_new_owner),
        FRESH(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
