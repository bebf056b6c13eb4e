/* What the heap keeps for the next request, and what may happen while it unlocks: between two steps of a reclaim, and between
 * two things that a failing request gives back. */
#define KHEAP_RAM_BYTES (20 << 20)
#include "tests/kheap_one_region.h"

#include "mm/kheap_state.h"

/* Instead of the one region: regions of so many blocks, one behind the other. */
static void use_regions(const size_t *blocks, size_t count)
{
    begin_plan();
    for (size_t i = 0; i < count; i++) {
        add_region(1, blocks[i]);
    }
    use_plan();
}

/* Objects of two thousand slabs are freed: of the blocks with their descriptors one is kept. */
static void one_idle_descriptor_block_is_kept(void **state)
{
    (void)state;
    static void *objects[2000];
    size_t count = 0;
    for (void *object = kmalloc(2048); object != NULL; object = kmalloc(2048)) {
        objects[count++] = object;
    }
    assert_true(count > 1900);
    for (size_t i = 0; i < count; i++) {
        kfree(objects[i]);
    }
    struct kheap_totals totals = kheap_totals();
    assert_int_equal(totals.kept, 1);
    assert_int_equal(totals.used, 2); /* the idle one, and the kept slab's */
    assert_true(totals.longest_free >= 900);
}

/* 63 slabs have all descriptors of a block, the one behind has the next block's first: that goes, and its descriptor block is kept.
 * In a heap that is full then, a slab takes a descriptor before it finds no block, and puts it back. */
static void a_slab_without_blocks_leaves_its_descriptor(void **state)
{
    (void)state;
    void *objects[2 * SLAB_DESCRIPTORS];
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        objects[i] = kmalloc(2048);
    }
    kfree(objects[0]);
    kfree(objects[1]);
    kfree(objects[2 * SLAB_DESCRIPTORS - 2]);
    kfree(objects[2 * SLAB_DESCRIPTORS - 1]);
    assert_ptr_equal(kmalloc(2048), objects[0]);
    assert_ptr_equal(kmalloc(2048), objects[1]);
    assert_int_equal(kheap_totals().used, SLAB_DESCRIPTORS - 1 + 2);
    while (kheap_totals().used < kheap_totals().blocks) {
        assert_non_null(kmalloc(BLOCK));
    }
    assert_null(kmalloc(2048));
    assert_int_equal(kheap_totals().used, kheap_totals().blocks - 1); /* the idle block went, and did not do alone */
    assert_non_null(kmalloc(BLOCK));
}

/* Every second block is free: there is no room for a descriptor block and a slab in one run, but there is room. */
static void slabs_are_made_of_single_blocks_where_there_is_nothing_else(void **state)
{
    (void)state;
    void *runs[1000];
    size_t count = 0;
    for (void *run = kmalloc(BLOCK); run != NULL; run = kmalloc(BLOCK)) {
        runs[count++] = run;
    }
    assert_int_equal(count, 1000);
    for (size_t i = 0; i < count; i += 2) {
        kfree(runs[i]);
    }
    assert_non_null(kmalloc(64));
    size_t objects = 0;
    while (kmalloc(1280) != NULL) {
        objects++;
    }
    assert_true(objects > 1400); /* three in a block */
}

/* A slab that holds more than the quota leaves is made smaller. */
static void the_last_block_of_a_quota_can_be_used(void **state)
{
    (void)state;
    owner_t owner = new_owner(9);
    for (size_t i = 0; i < 27; i++) {
        assert_non_null(take_as(owner, 1280));
    }
    assert_int_equal(quota_refusals, 0);
    assert_int_equal(kheap_act_as(owner), 0);
    assert_null(kmalloc(1280));
    assert_int_equal(quota_refusals, 1);
    assert_int_equal(last_quota.asked, 1);
    assert_int_equal(last_quota.held, 9);
}

/* A quota is not full because of what is only kept; and a full quota takes nothing from others. */
static void a_full_quota_gives_back_what_its_owner_keeps_and_nothing_else(void **state)
{
    (void)state;
    owner_t owner = new_owner(4);
    void *object = take_as(owner, 64);
    kfree(kmalloc(2048));
    size_t kept = kheap_totals().kept;
    assert_int_equal(kheap_free_of(owner, object), 0);
    assert_int_equal(kheap_totals().kept, kept + 1);
    assert_int_equal(kheap_act_as(owner), 0);
    void *all = kmalloc(4 * BLOCK);
    assert_non_null(all);
    assert_int_equal(quota_refusals, 0);
    assert_int_equal(kheap_totals().kept, kept);
    assert_null(kmalloc(BLOCK));
    assert_int_equal(kheap_totals().kept, kept);
}

static void a_refused_gift_takes_nothing_from_others(void **state)
{
    (void)state;
    owner_t owner = new_owner(2);
    kfree(kmalloc(64));
    void *run = kmalloc(3 * BLOCK);
    uint64_t before = kheap_digest();
    assert_int_equal(kheap_gift(run, owner), -EQUOTA);
    assert_true(kheap_digest() == before);
}

/* Everything is taken but for two slabs that are kept: room for a record. */
static void owners_are_made_of_what_is_kept(void **state)
{
    (void)state;
    use_regions((size_t[]){64}, 1);
    void *first = kmalloc(64);
    void *second = kmalloc(1024);
    while (kmalloc(BLOCK) != NULL) {
    }
    kfree(first);
    kfree(second);
    assert_int_equal(kheap_totals().kept, 2);
    (void)new_owner(5);
}

/* With 160 regions a record and its lists have no class of their own. */
static void records_of_many_regions_are_small_objects(void **state)
{
    (void)state;
    static size_t blocks[160];
    for (size_t i = 0; i < 160; i++) {
        blocks[i] = 9;
    }
    use_regions(blocks, 160);
    owner_t owner = new_owner(100);
    assert_null(kheap_check());
    assert_non_null(take_as(owner, 3 * BLOCK));
    assert_null(kheap_check());
}

static void every_refusal_is_counted(void **state)
{
    (void)state;
    char *object = kmalloc(100);
    size_t before = kheap_totals().refused;
    assert_null(krealloc(object + 1, 50));
    assert_int_equal(kheap_gift(object + 1, OWNER_KERNEL), -EINVARG);
    assert_int_equal(kheap_gift(object, OWNER_KERNEL), -EINVARG);
    assert_int_equal(kheap_free_of(1000, object), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_FOREIGN);
    assert_int_equal(kheap_free_of(1000, &before), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_OUTSIDE);
    assert_int_equal(refusals, 5);
    assert_int_equal(kheap_totals().refused, before + 5);
}

/* What gets shorter stays where it is when its owner may hold no other slab: nobody is told of a full quota. */
static void getting_shorter_reports_no_full_quota(void **state)
{
    (void)state;
    owner_t owner = new_owner(2);
    assert_int_equal(kheap_act_as(owner), 0);
    char *run = kmalloc(2 * BLOCK);
    assert_ptr_equal(krealloc(run, 100), run);
    assert_int_equal(quota_refusals, 0);
}

/* ---- while it unlocks ---- */

static owner_t victim;
static void *given;
static int meanwhile;

static void give_to_victim(void)
{
    meanwhile = kheap_gift(given, victim);
}

/*   region 0 |..given..|   region 1 |..victim's..|   the gift comes when region 0 was looked at already */
static void nothing_can_be_given_to_an_owner_that_is_ending(void **state)
{
    (void)state;
    use_regions((size_t[]){100, 300}, 2);
    victim = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(victim, 3 * BLOCK));
    do {
        given = kmalloc(5 * BLOCK);
    } while (kheap_region_of(given) != kheap_region(0));
    on_unlock = give_to_victim;
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
    assert_int_equal(meanwhile, -EINVARG);
    assert_int_equal(kheap_try_free(given), 0);
}

static void reclaim_victim(void)
{
    struct reclaim_report report;
    meanwhile = kheap_reclaim(victim, &report);
}

static void an_owner_that_is_ending_is_not_ended_again(void **state)
{
    (void)state;
    victim = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(victim, 3 * BLOCK));
    assert_non_null(take_as(victim, 3 * BLOCK));
    on_unlock = reclaim_victim;
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
    assert_int_equal(meanwhile, -EINVARG);
    assert_int_equal(report.runs, 2);
}

/* An empty slab of each class is kept, each the last one with a descriptor in its block: all that goes before a request fails. */
static void all_that_is_kept_goes_before_a_request_fails(void **state)
{
    (void)state;
    static void *others[SIZE_CLASSES * 2 * SLAB_DESCRIPTORS];
    void *one[SIZE_CLASSES];
    size_t count = 0;
    use_regions((const size_t[]){4000}, 1);
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        one[class] = kmalloc(size_classes[class].size);
        assert_non_null(one[class]);
        while (kheap_state()->slabs.spare != NULL) { /* until its block has no descriptor left */
            others[count++] = kmalloc(2048);
        }
    }
    for (size_t i = 0; i < count; i++) {
        kfree(others[i]);
    }
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        kfree(one[class]);
    }
    assert_in_range(kheap_totals().used, SIZE_CLASSES - 2, SIZE_CLASSES);
    assert_non_null(kmalloc(4000 * BLOCK));
}

static unsigned unlocks;

static void keep_another(void)
{
    unlocks++;
    kfree(kmalloc(64));
    on_unlock = keep_another;
}

/* Others keep something again as often as it is given back: the request fails all the same, and in bounded time. */
static void a_failing_request_gives_back_so_many_things_and_no_more(void **state)
{
    (void)state;
    kfree(kmalloc(64));
    unlocks = 0;
    on_unlock = keep_another;
    assert_null(kmalloc(1001 * BLOCK));
    on_unlock = NULL;
    assert_int_equal(unlocks, KHEAP_RELIEF_MAX + 1); /* the last one is its own end */
}

static void act_as_victim(void)
{
    meanwhile = kheap_act_as(victim);
}

static void nobody_acts_as_an_owner_that_is_ending(void **state)
{
    (void)state;
    victim = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(victim, BLOCK));
    on_unlock = act_as_victim;
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(victim, &report), 0);
    assert_int_equal(meanwhile, -EINVARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(one_idle_descriptor_block_is_kept),
        FRESH(a_slab_without_blocks_leaves_its_descriptor),
        FRESH(slabs_are_made_of_single_blocks_where_there_is_nothing_else),
        FRESH(the_last_block_of_a_quota_can_be_used),
        FRESH(a_full_quota_gives_back_what_its_owner_keeps_and_nothing_else),
        FRESH(a_refused_gift_takes_nothing_from_others),
        FRESH(owners_are_made_of_what_is_kept),
        FRESH(records_of_many_regions_are_small_objects),
        FRESH(every_refusal_is_counted),
        FRESH(getting_shorter_reports_no_full_quota),
        FRESH(nothing_can_be_given_to_an_owner_that_is_ending),
        FRESH(an_owner_that_is_ending_is_not_ended_again),
        FRESH(all_that_is_kept_goes_before_a_request_fails),
        FRESH(a_failing_request_gives_back_so_many_things_and_no_more),
        FRESH(nobody_acts_as_an_owner_that_is_ending),
    };
    return cmocka_run_group_tests_name("kernel heap: what is kept", tests, NULL, NULL);
}
