/* Owners' numbers: how many there can be, and when a number comes again. */
#include "tests/kheap_fixture.h"

#include "mm/owner.h"

enum { SLOTS = 1 << OWNER_SLOT_BITS, HEAP_BLOCKS = 1000 };

static unsigned refusals;

void heap_refused(const struct heap_refusal *refusal)
{
    assert_int_not_equal(refusal->fault, FREE_OK);
    refusals++;
}

/* One region of so many blocks. */
static void begin(size_t blocks)
{
    uint64_t start = RAM_START + 8 * BLOCK;
    memset(ram, 0xA5, sizeof ram);
    memset(&plan, 0, sizeof plan);
    plan.regions[0] = (struct plan_region){{RAM_START, start}, {start, start + blocks * BLOCK}};
    plan.region_count = 1;
    use_plan();
    refusals = 0;
}

static int one_region(void **state)
{
    (void)state;
    begin(HEAP_BLOCKS);
    return 0;
}

static int sound(void **state)
{
    (void)state;
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    return 0;
}

static size_t slot_of(owner_t owner)
{
    return owner % SLOTS;
}

static owner_t make(void)
{
    owner_t owner = OWNER_KERNEL;
    assert_int_equal(owner_create("a name that is longer than the record has room for", 10, &owner), 0);
    assert_true(slot_of(owner) >= OWNER_FIRST);
    return owner;
}

static void end(owner_t owner)
{
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(owner, &report), 0);
}

static void expect_ended(owner_t owner, void *ptr)
{
    struct reclaim_report report;
    struct owner_totals totals;
    assert_int_equal(kheap_act_as(owner), -EINVARG);
    assert_int_equal(owner_totals(owner, &totals), -EINVARG);
    assert_int_equal(kheap_reclaim(owner, &report), -EINVARG);
    assert_int_equal(kheap_gift(ptr, owner), -EINVARG);
    assert_int_equal(kheap_free_of(owner, ptr), -EINVARG);
}

/*   use of a slot   1  2  3 ... 128  129
 *   generation      0  1  2 ... 127    0    the first number again, and not
 * before */
static void the_number_of_an_ended_owner_is_refused_until_its_generation_wraps(void **state)
{
    (void)state;
    void *kernels = kmalloc(2 * BLOCK);
    owner_t first = make();
    end(first);
    size_t uses = 1;
    for (size_t makes = 0;; makes++) {
        assert_true(makes <= (size_t)OWNER_GENERATIONS * SLOTS);
        expect_ended(first, kernels);
        owner_t owner = make();
        uses += slot_of(owner) == slot_of(first);
        if (owner == first) {
            break;
        }
        end(owner);
    }
    assert_int_equal(uses, OWNER_GENERATIONS + 1);
    assert_int_equal(kheap_gift(kernels, first), 0);
    assert_int_equal(kheap_free_of(first, kernels), 0);
}

/* One slot is used again last of all: what is stale stays so for long. */
static void free_slots_are_used_in_turn(void **state)
{
    (void)state;
    bool seen[SLOTS] = {false};
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        owner_t owner = make();
        assert_false(seen[slot_of(owner)]);
        seen[slot_of(owner)] = true;
        end(owner);
    }
}

static void as_many_owners_live_at_once_as_config_says(void **state)
{
    (void)state;
    static bool seen[1 << 16];
    static owner_t owners[OWNERS_MAX];
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        owners[i] = make();
        assert_false(seen[owners[i]]);
        seen[owners[i]] = true;
    }
    owner_t more;
    uint64_t before = kheap_digest();
    assert_int_equal(owner_create("one more", 1, &more), -ENOMEM);
    assert_true(kheap_digest() == before);
    end(owners[100]);
    more = make();
    assert_int_equal(slot_of(more), slot_of(owners[100]));
    assert_int_not_equal(more, owners[100]);
    expect_ended(owners[100], ram);
    for (size_t i = 0; i < OWNERS_MAX; i++) {
        end(i == 100 ? more : owners[i]);
    }
    kheap_trim();
    assert_int_equal(kheap_totals().free_runs, 1);
}

/*   |KKKKKKKK|   no memory for the record: refused, and as before */
static void an_owner_without_memory_for_its_record_is_refused(void **state)
{
    (void)state;
    begin(4);
    void *all = kmalloc(4 * BLOCK);
    assert_non_null(all);
    owner_t owner = 0x5A5A;
    uint64_t before = kheap_digest();
    assert_int_equal(owner_create("nobody", 1, &owner), -ENOMEM);
    assert_int_equal(owner, 0x5A5A);
    assert_true(kheap_digest() == before);
    kfree(all);
    assert_int_equal(refusals, 0);
    end(make());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_number_of_an_ended_owner_is_refused_until_its_generation_wraps,
                                        one_region, sound),
        cmocka_unit_test_setup_teardown(free_slots_are_used_in_turn, one_region, sound),
        cmocka_unit_test_setup_teardown(as_many_owners_live_at_once_as_config_says, one_region, sound),
        cmocka_unit_test_setup_teardown(an_owner_without_memory_for_its_record_is_refused, one_region, sound),
    };
    return cmocka_run_group_tests_name("owners' numbers", tests, NULL, NULL);
}
