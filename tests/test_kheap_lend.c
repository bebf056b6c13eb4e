/* Owners of few objects: a class without an object that is ready borrows one of a longer class rather than take a block. */
#include "mm/slab.h"
#include "tests/kheap_one_region.h"

static size_t slabs_of(owner_t owner)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(owner, &totals), 0);
    return totals.slabs;
}

static size_t usable_to(owner_t owner, const void *object)
{
    assert_int_equal(kheap_act_as(owner), 0);
    size_t bytes = kmalloc_usable_size(object);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    return bytes;
}

/*   112: |1#......|   ask for 76: its own class, 80, has no slab
 *        |1#2#....|   exact about misuse as ever; freed as any other */
static void a_class_without_objects_borrows_a_longer_one(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    char *lender = take_as(a, 112);
    char *borrowed = take_as(a, 76);
    assert_ptr_equal(borrowed, lender + 112);
    assert_int_equal(slabs_of(a), 1);
    assert_int_equal(usable_to(a, borrowed), 112);
    assert_int_equal(kheap_free_of(a, borrowed + 80), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_NOT_AN_OBJECT);
    assert_int_equal(kheap_free_of(a, borrowed), 0);
    assert_int_equal(kheap_free_of(a, borrowed), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_ALREADY_FREE);
    assert_int_equal(kheap_free_of(a, lender), 0);
}

/* A full quota is no obstacle. */
static void what_is_borrowed_costs_no_block(void **state)
{
    (void)state;
    owner_t a = new_owner(1);
    assert_non_null(take_as(a, 112));
    assert_non_null(take_as(a, 76));
    assert_null(take_as(a, 300));
    assert_int_equal(quota_refusals, 1);
}

static void an_object_more_than_half_as_long_again_is_not_lent(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA), b = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(a, 112));
    assert_non_null(take_as(b, 112));
    assert_int_equal(usable_to(a, take_as(a, 74)), 80);
    assert_int_equal(slabs_of(a), 2);
    assert_int_equal(usable_to(b, take_as(b, 75)), 112);
    assert_int_equal(slabs_of(b), 1);
}

/*   144 is half as long again as 96 */
static void an_object_just_half_as_long_again_is_lent(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(a, 144));
    assert_int_equal(usable_to(a, take_as(a, 96)), 144);
    assert_int_equal(slabs_of(a), 1);
}

/*   112: |####..#| full, |#.##..#| the one before: what is ready there is behind the active slab */
static void a_slab_behind_the_active_one_lends_too(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    void *second = NULL;
    for (size_t i = 0; i < 2 * (BLOCK / 112); i++) {
        void *object = take_as(a, 112);
        second = i == 1 ? object : second;
    }
    assert_int_equal(kheap_free_of(a, second), 0);
    assert_ptr_equal(take_as(a, 76), second);
}

/* It is one that kmalloc might give: to shrink it within that, or ask for the same again, moves nothing and takes nothing. */
static void what_is_borrowed_is_resized_in_place(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(a, 144));
    char *borrowed = take_as(a, 100);
    assert_int_equal(kheap_act_as(a), 0);
    assert_ptr_equal(krealloc(borrowed, 100), borrowed);
    assert_ptr_equal(krealloc(borrowed, 96), borrowed);
    assert_ptr_equal(krealloc(borrowed, 144), borrowed);
    assert_ptr_not_equal(krealloc(borrowed, 64), borrowed);
    char *own = kmalloc(300);
    assert_ptr_equal(krealloc(own, 304), own);
    assert_ptr_not_equal(krealloc(own, 200), own);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
}

/*   classes above 144: 160, 176, 192; 208 is the fourth, and of 160 the third */
static void only_so_many_bins_are_looked_at(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(a, 208));
    assert_int_equal(usable_to(a, take_as(a, 140)), 144);
    assert_int_equal(usable_to(a, take_as(a, 150)), 208);
}

/* It would not be aligned to its own size. */
static void powers_of_two_borrow_nothing(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    assert_non_null(take_as(a, 80));
    assert_int_equal((uintptr_t)take_as(a, 64) % 64, 0);
    assert_int_equal(slabs_of(a), 2);
}

static void the_kernel_borrows_nothing(void **state)
{
    (void)state;
    assert_non_null(kmalloc(112));
    assert_int_equal(kmalloc_usable_size(kmalloc(76)), 80);
    assert_int_equal(kmalloc_usable_size(krealloc(kmalloc(300), 90)), 96);
}

/*   classes of 112: 72 objects in two blocks, then whatever a class of 128 has ready is not asked for any more */
static void who_has_more_than_a_block_borrows_no_more(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    for (size_t i = 0; i < 2 * (BLOCK / 112); i++) {
        assert_int_equal(usable_to(a, take_as(a, 112)), 112);
    }
    assert_int_equal(slabs_of(a), 2);
    assert_non_null(take_as(a, 128));
    assert_int_equal(usable_to(a, take_as(a, 112)), 112);
    assert_int_equal(slabs_of(a), 4);
}

/* Then it has many objects, and the class below soon has, too. */
static void who_has_many_blocks_lends_none(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    struct owner_totals totals;
    while (owner_totals(a, &totals) == 0 && totals.held <= SLAB_LENDER_BLOCKS) {
        assert_non_null(take_as(a, 112));
    }
    assert_int_equal(usable_to(a, take_as(a, 112)), 112); /* some are ready */
    assert_int_equal(usable_to(a, take_as(a, 76)), 80);
}

/* The ends of the classes: above the last one there is none. What it keeps empty it lends, too. */
static void the_last_class_lends_and_has_nobody_to_borrow_from(void **state)
{
    (void)state;
    owner_t a = new_owner(OWNER_NO_QUOTA);
    void *object = take_as(a, SIZE_CLASS_LONGEST - 1);
    assert_int_equal(usable_to(a, object), SIZE_CLASS_LONGEST);
    assert_int_equal(kheap_free_of(a, object), 0);
    assert_ptr_equal(take_as(a, 9600), object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_class_without_objects_borrows_a_longer_one),
        FRESH(what_is_borrowed_costs_no_block),
        FRESH(an_object_more_than_half_as_long_again_is_not_lent),
        FRESH(an_object_just_half_as_long_again_is_lent),
        FRESH(a_slab_behind_the_active_one_lends_too),
        FRESH(what_is_borrowed_is_resized_in_place),
        FRESH(only_so_many_bins_are_looked_at),
        FRESH(powers_of_two_borrow_nothing),
        FRESH(the_kernel_borrows_nothing),
        FRESH(who_has_more_than_a_block_borrows_no_more),
        FRESH(who_has_many_blocks_lends_none),
        FRESH(the_last_class_lends_and_has_nobody_to_borrow_from),
    };
    return cmocka_run_group_tests_name("kernel heap: what classes lend", tests, NULL, NULL);
}
