/* A kernel heap to be broken, of four regions:
 *
 *     |t........|tKKAAABB.. ...|t........|t....|
 *
 * The second one is the longest, and so the current one. The kernel has a run of 2 blocks and keeps an empty slab. One
 * owner, who can end, has two runs and, of 2048-byte objects, two to a slab, this ring:
 *
 *     active (one object live) -> partial (one live) -> full -> full -> back to active
 */
#pragma once

#include "tests/kheap_fixture.h"

#include "mm/heap_table.h"
#include "mm/kheap_state.h"

enum {
    QUOTA = 100,
    CURRENT = 1,      /* region                */
    RING_CLASS = 32,  /* 2048 bytes            */
    OTHER_CLASS = 31, /* slabs as long         */
    WORDS_CLASS = 0,  /* 256 objects to a slab */
};

static struct kheap *heap;
static struct owner *owner;
static HEAP_BLOCK_TABLE_ENTRY *entry; /* of the current region */
static size_t first_run;              /* of the owner: blocks  */
static size_t second_run;
static size_t kernel_run;
static struct slab fake; /* in no region */

void heap_refused(const struct heap_refusal *refusal)
{
    (void)refusal;
}

static size_t block_of(const void *ptr)
{
    return ((uintptr_t)ptr - heap->start) / BLOCK;
}

static void make_ring(void)
{
    void *objects[8];
    for (size_t i = 0; i < 7; i++) {
        objects[i] = kmalloc(2048);
        assert_non_null(objects[i]);
    }
    assert_int_equal(kheap_try_free(objects[0]), 0);
    const struct slab_bin *bin = &owner->bins[RING_CLASS];
    assert_int_equal(bin->active->free[0], ~UINT64_C(1));
    assert_ptr_equal(bin->active->next, bin->last);
    assert_int_equal(bin->last->next->reciprocal, 0);
    assert_int_equal(bin->last->next->next->reciprocal, 0);
    assert_ptr_equal(bin->last->next->next->next, bin->active);
}

static int create(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 8);
    add_region(0, 100);
    add_region(0, 8);
    add_region(0, 4);
    use_plan();
    heap = kheap_state();
    entry = heap->entries;
    assert_int_equal(heap->current, CURRENT);
    owner_t number;
    assert_int_equal(owner_create("server", QUOTA, &number), 0);
    owner = heap->owners[owner_slot(number)];
    kernel_run = block_of(kmalloc(2 * BLOCK));
    kfree(kmalloc(64));
    assert_int_equal(kheap_act_as(number), 0);
    first_run = block_of(kmalloc(3 * BLOCK));
    second_run = block_of(kmalloc(2 * BLOCK));
    assert_non_null(kmalloc(16));
    make_ring();
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    assert_null(kheap_check());
    return 0;
}
