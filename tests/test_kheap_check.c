/* Each invariant of mm/kheap.h is broken here once in every way that its checker distinguishes, and named. Those of a
 * region alone: tests/test_heap_check.c. */
#include "tests/kheap_broken.h"

static void expect_broken(const char *number)
{
    const char *broken = kheap_check();
    assert_non_null(broken);
    if (strncmp(broken, number, strlen(number)) != 0) {
        fail_msg("expected %s, the checker says %s", number, broken);
    }
}

/* Sets a field to a wrong value, expects the checker to say what is wrong, and sets it right again. */
#define BREAK(field, wrong, sentence)                                                                                \
    do {                                                                                                             \
        __typeof__(field) right = (field);                                                                           \
        (field) = (wrong);                                                                                           \
        expect_broken(sentence);                                                                                     \
        (field) = right;                                                                                             \
        assert_null(kheap_check());                                                                                  \
    } while (0)

static void a_broken_region_is_named_first(void **state)
{
    (void)state;
    BREAK(heap->heap->start, heap->start + 1, "H1");
}

static void k1_regions_are_listed_by_where_they_start(void **state)
{
    (void)state;
    BREAK(heap->regions[2].start, heap->regions[2].start + BLOCK, "K1: a region is listed by where it starts");
    struct region lowest = heap->regions[0]; /* as long as the third one */
    heap->regions[0] = heap->regions[2];
    heap->regions[2] = lowest;
    expect_broken("K1: regions are sorted and do not overlap");
}

/* The first and the third region are in one bin, the fourth in another. */
static void k2_each_region_is_listed_in_its_bin(void **state)
{
    (void)state;
    size_t bin = heap->links[0].bin;
    size_t other = heap->links[3].bin;
    assert_int_equal(heap->links[0].next, 2);
    BREAK(heap->links[0].bin, BINS_NONE, "K2: a region is listed in the bin of its longest free run");
    BREAK(heap->links[3].bin, (uint16_t)bin, "K2: a region is listed in the bin of its longest free run");
    BREAK(heap->links[CURRENT].bin, 99, "K2: a region is listed in the bin of its longest free run");
    BREAK(heap->bins.first[bin], 4, "K2: a filled bin lists");
    BREAK(heap->bins.first[bin], CURRENT, "K2: a filled bin lists");
    BREAK(heap->bins.first[bin], 3, "K2: a filled bin lists");
    BREAK(heap->links[0].next, 4, "K2: a filled bin lists");
    BREAK(heap->links[0].next, 0, "K2: the links");
    BREAK(heap->links[0].prev, 0, "K2: the links");
    BREAK(heap->bins.filled[other / 64], heap->bins.filled[other / 64] & ~(UINT64_C(1) << other),
          "K2: every region that has a bin is listed there");
}

/* Two rings of one bin: only one of them is ever looked at. */
static void k2_a_bin_is_one_ring(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i += 2) {
        heap->links[i].next = (uint16_t)i;
        heap->links[i].prev = (uint16_t)i;
    }
    expect_broken("K2: every region that has a bin is listed there");
}

static void k2_what_is_kept_of_the_current_region_is_what_it_says(void **state)
{
    (void)state;
    BREAK(heap->current, 4, "K2: what is kept");
    BREAK(heap->current, 0, "K2: what is kept");
    BREAK(heap->start, heap->start + BLOCK, "K2: what is kept");
    BREAK(heap->entries, heap->entries + 1, "K2: what is kept");
    BREAK(heap->cleared, heap->heap->cleared + 1, "K2: what is kept");
    BREAK(heap->proven, heap->proven + 2, "K2: what is kept");
    heap->cleared = 0; /* it may lag behind */
    heap->proven = 0;
    assert_null(kheap_check());
}

static void k3_used_blocks_are_the_sum_of_the_regions(void **state)
{
    (void)state;
    BREAK(heap->below, heap->below + 1, "K3");
    BREAK(heap->peak, heap->peak - 1, "K3");
}

static void k4_guards_stand_before_the_first_entry_and_after_the_last(void **state)
{
    (void)state;
    BREAK(entry[-1].tag, TAG_FREE, "K4");
    BREAK(heap->regions[0].heap->table.entries[-1].tag, 0, "K4");
    BREAK(entry[heap->heap->table.total].tag, TAG_FREE, "K4");
}

static void s1_a_slab_is_in_the_ring_of_its_owner_and_class(void **state)
{
    (void)state;
    struct slab *active = owner->bins[RING_CLASS].active;
    BREAK(active->class, OTHER_CLASS, "S1: a slab is in the ring");
    entry[block_of((void *)active->start)].tag = OWNER_KERNEL;
    active->owner = OWNER_KERNEL;
    expect_broken("S1: a slab is in the ring");
}

/* The same bin with another active slab. */
static struct slab_bin bin_with(struct slab *slab)
{
    struct slab_bin bin = owner->bins[slab->class];
    bin.active = slab;
    bin.word = &slab->free[0];
    bin.base = slab->start;
    return bin;
}

/* A descriptor that no block names, for a slab here and there. */
static void s1_blocks_name_their_slab(void **state)
{
    (void)state;
    struct slab_bin *bin = &owner->bins[RING_CLASS];
    fake = *bin->active;
    BREAK(*bin, bin_with(&fake), "S1: a slab's blocks name it");
    fake.start = heap_block_address(heap->heap, first_run);
    BREAK(*bin, bin_with(&fake), "S1: a slab's blocks name it");
    fake.start = (uintptr_t)ram + RAM_BYTES - BLOCK;
    BREAK(*bin, bin_with(&fake), "S1: a slab is in the ring");
}

/* What stood in the table before the heap was made proves nothing. */
static void s1_only_written_entries_name_a_slab(void **state)
{
    (void)state;
    size_t unwritten = 90;
    assert_false(heap_written(heap->heap, unwritten));
    struct slab_bin *bin = &owner->bins[RING_CLASS];
    fake = *bin->active;
    fake.start = heap_block_address(heap->heap, unwritten);
    entry[unwritten].tag = owner->number;
    entry[unwritten].slab = &fake;
    BREAK(*bin, bin_with(&fake), "S1: a slab's blocks name it");
}

static void s1_the_links_of_a_ring_agree(void **state)
{
    (void)state;
    struct slab *active = owner->bins[RING_CLASS].active;
    BREAK(active->next->prev, active->next, "S1: the links");
    BREAK(active->prev, active, "S1: the links");
}

static void s2_partial_slabs_come_before_full_ones(void **state)
{
    (void)state;
    struct slab_bin *bin = &owner->bins[RING_CLASS];
    struct slab *full = bin->last->next;
    BREAK(bin->active->reciprocal, bin->active->reciprocal + 1, "S2: a slab that is not full divides");
    BREAK(bin->active->reciprocal, 0, "S2: full slabs come after");
    BREAK(bin->last->reciprocal, 0, "S2: full slabs come after");
    BREAK(full->reciprocal, bin->active->reciprocal, "S2: full slabs come after");
    BREAK(bin->last, bin->active, "S2: full slabs come after");
    BREAK(bin->last, full, "S2: full slabs come after");
    BREAK(bin->last->free[0], slab_taken(bin->last, 0), "S2: a slab is full when");
    BREAK(full->free[0], full->free[0] | 1, "S2: a slab is full when");
    BREAK(owner->bins[WORDS_CLASS].last, &fake, "S2: the last partial slab is in the ring");
}

static void s3_a_word_of_a_bin_is_its_active_slabs(void **state)
{
    (void)state;
    struct slab_bin *bin = &owner->bins[WORDS_CLASS];
    assert_int_equal(bin->active->last_object, 255);
    BREAK(bin->size, 32, "S3: a bin knows");
    BREAK(bin->word, bin->word + 1, "S3: a bin's word");
    BREAK(bin->word, &fake.free[0], "S3: a bin's word");
    BREAK(bin->taken, 1, "S3: a bin's word");
    BREAK(bin->base, bin->base + 16, "S3: a bin's word");
    struct slab_bin *bare = &owner->bins[OTHER_CLASS];
    BREAK(bare->taken, 1, "S3: a bin without slabs");
    BREAK(bare->last, &fake, "S3: a bin without slabs");
    BREAK(bare->active, &fake, "S3: a bin's word");
}

static void s3_no_object_past_the_last_one_is_live(void **state)
{
    (void)state;
    struct slab *active = owner->bins[RING_CLASS].active;
    BREAK(active->free[0], active->free[0] & ~UINT64_C(4), "S3: no object past");
    BREAK(active->free[3], active->free[3] >> 1, "S3: no object past");
}

static void s4_an_empty_slab_is_the_one_that_is_kept(void **state)
{
    (void)state;
    BREAK(heap->slabs.kept[size_class_of(64)], NULL, "S4");
    BREAK(heap->slabs.kept[size_class_of(64)], owner->bins[RING_CLASS].active, "S4");
}

static void s5_each_descriptor_is_a_slabs_or_listed(void **state)
{
    (void)state;
    struct descriptor_block *spare = heap->slabs.spare;
    uint64_t all = ~UINT64_C(1);
    struct descriptor_block other = {.free = all};
    BREAK(heap->slabs.idle, &other, "S5: each slab has a descriptor");
    BREAK(spare->free, spare->free & (spare->free - 1), "S5: each slab has a descriptor");
    BREAK(heap->slabs.spare, NULL, "S5: each slab has a descriptor");
    BREAK(spare->free, spare->free | 1, "S5: spare descriptor blocks");
    BREAK(spare->free, 0, "S5: spare descriptor blocks");
    BREAK(spare->free, all, "S5: spare descriptor blocks");
    BREAK(spare->prev, spare, "S5: spare descriptor blocks");
    BREAK(spare->next, spare, "S5: spare descriptor blocks");
    other.free = all & ~UINT64_C(2);
    BREAK(heap->slabs.idle, &other, "S5: spare descriptor blocks");
}

/* Both are as they should be; it is one too many. */
static void s5_one_idle_descriptor_block_is_kept(void **state)
{
    (void)state;
    struct descriptor_block second = {.free = ~UINT64_C(1)};
    struct descriptor_block first = {.free = ~UINT64_C(1), .next = &second};
    second.prev = &first;
    BREAK(heap->slabs.idle, &first, "S5: one idle descriptor block is kept");
}

static void s6_an_owner_knows_the_blocks_of_its_slabs(void **state)
{
    (void)state;
    assert_int_equal(owner->slab_blocks[RING_CLASS], 4);
    BREAK(owner->slab_blocks[RING_CLASS], 3, "S6: an owner knows");
    BREAK(owner->slab_blocks[OTHER_CLASS], 1, "S6: an owner without slabs");
}

static void o1_a_slot_is_free_or_has_a_record(void **state)
{
    (void)state;
    size_t slot = owner_slot(owner->number);
    size_t free_slot = heap->free_slots[heap->first_free_slot];
    owner_t next_generation = (owner_t)(owner->number + (1u << OWNER_SLOT_BITS));
    BREAK(owner->number, (owner_t)free_slot, "O1: an owner's record");
    BREAK(owner->number, next_generation, "O1: an owner's record");
    BREAK(heap->numbers[free_slot], (owner_t)(free_slot + 1), "O1: an owner's number");
    uint16_t *listed = &heap->free_slots[(heap->first_free_slot + 3) % OWNERS_MAX];
    BREAK(*listed, (uint16_t)slot, "O1: a slot that is listed as free");
    BREAK(*listed, OWNER_SLOTS, "O1: a slot that is listed as free");
    BREAK(*listed, (uint16_t)free_slot, "O1: a slot that is listed as free");
    BREAK(heap->free_slot_count, heap->free_slot_count - 1, "O1: a slot is free");
    BREAK(heap->free_slot_count, heap->free_slot_count + 1, "O1: a slot that is listed as free");
}

static void o2_an_owner_holds_its_runs_and_slabs(void **state)
{
    (void)state;
    BREAK(owner->below, owner->below + 1, "O2");
    BREAK(owner->peak, owner->peak - 1, "O2");
    BREAK(owner->quota, owner->peak - 1, "O2");
    BREAK(owner->charged, owner->charged + 1, "O2");
    BREAK(heap->kernel.below, heap->kernel.below - 1, "O2");
    BREAK(heap->own.below, heap->own.below + 1, "O2");
}

static void o3_a_list_lists_its_owners_live_runs(void **state)
{
    (void)state;
    uint64_t *head = &owner->runs[CURRENT];
    size_t slab = block_of((void *)owner->bins[RING_CLASS].active->start);
    BREAK(*head, heap_link(heap->heap->table.total), "O3: an owner's list");
    BREAK(*head, heap_link(90), "O3: an owner's list"); /* never written */
    BREAK(*head, heap_link(slab), "O3: an owner's list");
    BREAK(*head, heap_link(kernel_run), "O3: an owner's list");
    BREAK(*head, *head + 1, "O3: an owner's list");  /* to the middle of an entry */
    BREAK(owner->runs[0], 0, "O3: an owner's list"); /* free there */
    BREAK(entry[first_run].next, (uint32_t)heap_link(heap->heap->table.total), "O3: an owner's list");
}

static void o3_the_links_of_a_list_agree(void **state)
{
    (void)state;
    BREAK(entry[first_run].next, (uint32_t)heap_link(first_run), "O3: the links");
    BREAK(entry[second_run].prev, (uint32_t)heap_link(second_run), "O3: the links");
}

/* Where what it holds is wrong too, nothing else would tell. */
static void o3_each_live_run_is_in_its_owners_list(void **state)
{
    (void)state;
    BREAK(owner->runs[CURRENT], OWNER_NO_RUNS, "O2");
    owner->below += 5;
    owner->runs[CURRENT] = OWNER_NO_RUNS;
    expect_broken("O3: each live run");
}

static void o3_no_live_run_is_nobodys(void **state)
{
    (void)state;
    heap->kernel.below += 2;
    entry[kernel_run].tag = (entry[kernel_run].tag & ~TAG_OWNER) | heap->free_slots[heap->first_free_slot];
    expect_broken("O3: each live run");
}

#define BROKEN(test) cmocka_unit_test_setup(test, create)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKEN(a_broken_region_is_named_first),
        BROKEN(k1_regions_are_listed_by_where_they_start),
        BROKEN(k2_each_region_is_listed_in_its_bin),
        BROKEN(k2_a_bin_is_one_ring),
        BROKEN(k2_what_is_kept_of_the_current_region_is_what_it_says),
        BROKEN(k3_used_blocks_are_the_sum_of_the_regions),
        BROKEN(k4_guards_stand_before_the_first_entry_and_after_the_last),
        BROKEN(s1_a_slab_is_in_the_ring_of_its_owner_and_class),
        BROKEN(s1_blocks_name_their_slab),
        BROKEN(s1_only_written_entries_name_a_slab),
        BROKEN(s1_the_links_of_a_ring_agree),
        BROKEN(s2_partial_slabs_come_before_full_ones),
        BROKEN(s3_a_word_of_a_bin_is_its_active_slabs),
        BROKEN(s3_no_object_past_the_last_one_is_live),
        BROKEN(s4_an_empty_slab_is_the_one_that_is_kept),
        BROKEN(s5_each_descriptor_is_a_slabs_or_listed),
        BROKEN(s5_one_idle_descriptor_block_is_kept),
        BROKEN(s6_an_owner_knows_the_blocks_of_its_slabs),
        BROKEN(o1_a_slot_is_free_or_has_a_record),
        BROKEN(o2_an_owner_holds_its_runs_and_slabs),
        BROKEN(o3_a_list_lists_its_owners_live_runs),
        BROKEN(o3_the_links_of_a_list_agree),
        BROKEN(o3_each_live_run_is_in_its_owners_list),
        BROKEN(o3_no_live_run_is_nobodys),
    };
    return cmocka_run_group_tests_name("kernel heap checker", tests, NULL, NULL);
}
