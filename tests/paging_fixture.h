/* The kernel heap over one region, page tables in it, and a processor that only watches what is flushed. */
#pragma once

#include "tests/kheap_one_region.h"

#include "mm/kheap_state.h"
#include "mm/paging.h"

enum { ENTRIES = 512, HEAP_BLOCKS = RAM_BYTES / BLOCK * 9 / 10, FLUSHED_MAX = 1024 };

static uintptr_t flushed[FLUSHED_MAX];
static size_t flushed_count;
static void (*on_flush)(uintptr_t address); /* a look at the moment itself */

void paging_flush(uintptr_t address)
{
    assert_true(flushed_count < FLUSHED_MAX);
    flushed[flushed_count++] = address;
    if (on_flush != NULL) {
        on_flush(address);
    }
}

static void *hoard[HEAP_BLOCKS + 1];
static size_t hoarded;

static inline void begin_paging(void)
{
    begin_plan();
    add_region(0, HEAP_BLOCKS);
    use_plan();
    paging_use((uintptr_t)ram - RAM_START);
    refusals = 0;
    quota_refusals = 0;
    flushed_count = 0;
    on_flush = NULL;
    hoarded = 0;
}

static inline void forget_flushed(void)
{
    flushed_count = 0;
}

/* Takes all memory but `blocks` blocks, which are one free run. */
static inline void leave_free(size_t blocks)
{
    while ((hoard[hoarded] = kmalloc(BLOCK)) != NULL) {
        hoarded++;
    }
    assert_true(hoarded >= blocks);
    for (size_t i = 0; i < blocks; i++) {
        kfree(hoard[--hoarded]);
    }
    assert_int_equal(kheap_totals().longest_free, blocks);
}

static inline void leave_all_free(void)
{
    while (hoarded > 0) {
        kfree(hoard[--hoarded]);
    }
}

/* A page table that an entry names: a live run of the kernel's. */
static inline const uint64_t *table_of(uint64_t entry)
{
    struct heap_refusal explained;
    uint64_t physical = entry & UINT64_C(0xFFFFFFFFFF000);
    assert_in_range(physical, RAM_START, RAM_START + RAM_BYTES - BLOCK);
    const uint64_t *table = ram_at(physical);
    assert_int_equal(kheap_explain(kheap_state(), OWNER_KERNEL, table, &explained), FREE_OK);
    assert_int_equal(explained.object_bytes, 0);
    return table;
}
