/* What a digest of the kernel heap is for: it changes with everything that later calls depend on. */
#include "tests/kheap_broken.h"

/* Changes a field, expects another digest, and sets it right again. */
#define CHANGE(field, other)                                                                                         \
    do {                                                                                                             \
        uint64_t before = kheap_digest();                                                                            \
        __typeof__(field) right = (field);                                                                           \
        (field) = (other);                                                                                           \
        assert_true(kheap_digest() != before);                                                                       \
        (field) = right;                                                                                             \
        assert_true(kheap_digest() == before);                                                                       \
    } while (0)

static void digest_changes_with_regions_and_which_one_serves(void **state)
{
    (void)state;
    CHANGE(heap->current, 0);
    CHANGE(heap->peak, heap->peak + 1);
    CHANGE(heap->links[0].next, 0);
    CHANGE(heap->bins.first[heap->links[0].bin], heap->bins.first[heap->links[0].bin] ^ 2);
    CHANGE(heap->heap->reached, 0);
    CHANGE(entry[kernel_run].tag, entry[kernel_run].tag + 1);
}

static void digest_changes_with_each_part_of_an_owner(void **state)
{
    (void)state;
    CHANGE(owner->number, owner->number + 1);
    CHANGE(owner->quota, QUOTA + 1);
    CHANGE(owner->below, owner->below + 1);
    CHANGE(owner->peak, owner->peak + 1);
    CHANGE(owner->charged, owner->charged + 1);
    CHANGE(owner->runs[CURRENT], heap_link(second_run));
    CHANGE(owner->runs[CURRENT], OWNER_NO_RUNS);
    CHANGE(heap->kernel.below, heap->kernel.below + 1);
}

static void digest_changes_with_a_bin(void **state)
{
    (void)state;
    struct slab_bin *bin = &owner->bins[RING_CLASS];
    CHANGE(bin->active, bin->last);
    CHANGE(bin->word, bin->word + 1);
    CHANGE(bin->last, bin->active);
}

static void digest_changes_with_the_objects_of_a_slab(void **state)
{
    (void)state;
    struct slab *slab = owner->bins[RING_CLASS].active;
    CHANGE(slab->free[0], slab->free[0] & (slab->free[0] - 1));
    CHANGE(slab->next, slab);
    CHANGE(slab->reciprocal, 0);
    CHANGE(slab->class, OTHER_CLASS);
}

static void digest_changes_with_the_free_slots(void **state)
{
    (void)state;
    uint16_t *free_slot = &heap->free_slots[heap->first_free_slot];
    CHANGE(heap->numbers[*free_slot], heap->numbers[*free_slot] + (1u << OWNER_SLOT_BITS));
    CHANGE(heap->owners[*free_slot], &heap->kernel);
}

static void digest_changes_with_what_is_kept_and_spare(void **state)
{
    (void)state;
    struct descriptor_block *spare = heap->slabs.spare;
    struct descriptor_block other = {.free = spare->free};
    CHANGE(heap->slabs.kept[size_class_of(64)], NULL);
    CHANGE(heap->slabs.spare, NULL);
    CHANGE(heap->slabs.spare, &other);
    CHANGE(heap->slabs.idle, &other);
    CHANGE(spare->free, spare->free & (spare->free - 1));
    CHANGE(spare->next, &other);
}

/* Counts of refusals are for people: no later call depends on them. */
static void digest_does_not_change_with_a_refusal(void **state)
{
    (void)state;
    uint64_t before = kheap_digest();
    assert_int_equal(kheap_try_free(&fake), -EINVARG);
    assert_int_equal(kheap_try_free((void *)heap->start), -EINVARG);
    assert_true(kheap_digest() == before);
}

#define FRESH(test) cmocka_unit_test_setup(test, create)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(digest_changes_with_regions_and_which_one_serves),
        FRESH(digest_changes_with_each_part_of_an_owner),
        FRESH(digest_changes_with_a_bin),
        FRESH(digest_changes_with_the_objects_of_a_slab),
        FRESH(digest_changes_with_the_free_slots),
        FRESH(digest_changes_with_what_is_kept_and_spare),
        FRESH(digest_does_not_change_with_a_refusal),
    };
    return cmocka_run_group_tests_name("kernel heap digest", tests, NULL, NULL);
}
