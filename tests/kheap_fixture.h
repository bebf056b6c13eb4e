/* What the tests of the kernel heap share: some memory that plays the machine's RAM, plans over it, and the lock. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "mm/kheap.h"
#include "tests/kheap_hooks.h"

#ifndef KHEAP_RAM_BYTES /* a test that needs more says so */
#define KHEAP_RAM_BYTES (8 << 20)
#endif
enum { BLOCK = HEAP_BLOCK_SIZE, RAM_BYTES = KHEAP_RAM_BYTES };
#define RAM_START UINT64_C(0x100000) /* physical address of ram[0] */

static _Alignas(4096) unsigned char ram[RAM_BYTES];
static struct plan plan;
static unsigned lock_depth;
static unsigned lock_takes;
static void (*on_unlock)(void); /* what happens at the next unlock, as an interrupt might */

uintptr_t kheap_lock(void)
{
    assert_int_equal(lock_depth, 0);
    lock_depth = 1;
    return 0x10CC + lock_takes++;
}

void kheap_unlock(uintptr_t state)
{
    assert_int_equal(lock_depth, 1);
    assert_int_equal(state, 0x10CC + lock_takes - 1);
    lock_depth = 0;
    void (*happens)(void) = on_unlock;
    on_unlock = NULL;
    if (happens != NULL) {
        happens();
    }
}

/* Address at which the kernel heap sees the physical address. */
static inline void *ram_at(uint64_t physical)
{
    return ram + (physical - RAM_START);
}

/* Forgets all regions, and what stood in the memory. */
static inline void begin_plan(void)
{
    memset(ram, 0xA5, sizeof ram);
    memset(&plan, 0, sizeof plan);
}

/* Appends a region of `blocks` blocks whose table starts `gap` blocks after the region before. */
static inline void add_region(size_t gap, size_t blocks)
{
    uint64_t at = plan.region_count == 0 ? RAM_START : plan.regions[plan.region_count - 1].blocks.end;
    uint64_t table = at + gap * BLOCK;
    uint64_t start = round_up(table + KHEAP_NOTES_BYTES + blocks * sizeof(HEAP_BLOCK_TABLE_ENTRY), BLOCK);
    assert_true(start + blocks * BLOCK <= RAM_START + RAM_BYTES);
    assert_true(plan.region_count < PLAN_REGIONS_MAX);
    plan.regions[plan.region_count++] = (struct plan_region){{table, start}, {start, start + blocks * BLOCK}};
}

static inline void use_plan(void)
{
    kheap_use(&plan, (uintptr_t)ram - RAM_START);
    kheap_init();
}
