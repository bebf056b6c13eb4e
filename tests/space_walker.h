/* Reads an address space back, every entry of every table, and knows nothing of who wrote them. Included by one test program
 * at a time. */
#pragma once

#include "tests/paging_fixture.h"

#include "mm/address_space.h"
#include "mm/charge.h"

enum { KERNEL_HALF = 256, SEEN_MAX = 4096 };

#define NO_EXECUTE (UINT64_C(1) << 63)

/* A kernel's top-level table: two pieces of the direct map, and what holds the windows. The lower half must not be copied. */
static uint64_t kernel_top[ENTRIES];

static struct user_page seen[SEEN_MAX]; /* what is mapped, in the order of virtual addresses */
static size_t seen_count;
static size_t tables_seen;

static inline void assert_same_page(const struct user_page *page, const struct user_page *expected)
{
    assert_int_equal(page->virtual, expected->virtual);
    assert_int_equal(page->physical, expected->physical);
    assert_int_equal(page->rights, expected->rights);
}

static inline int spaces(void **state)
{
    (void)state;
    begin_paging();
    memset(kernel_top, 0, sizeof kernel_top);
    kernel_top[0] = 0xBAD007;
    kernel_top[KERNEL_HALF] = 0x5023;
    kernel_top[KERNEL_HALF + 2] = 0x6023;
    kernel_top[ENTRIES - 1] = 0x7023;
    address_spaces_init(kernel_top);
    return 0;
}

/* Present, user, accessed; writable is dirty beforehand; uncached is both bits; never writable and executable. */
static inline void see_page(uint64_t entry, uintptr_t virtual)
{
    uint64_t flags = entry & ~UINT64_C(0xFFFFFFFFFF000);
    unsigned rights = 0;
    switch (flags) {
    case 0x25 | NO_EXECUTE: break;
    case 0x67 | NO_EXECUTE: rights = USER_WRITE; break;
    case 0x25: rights = USER_EXECUTE; break;
    case 0x3D | NO_EXECUTE: rights = USER_DEVICE; break;
    case 0x7F | NO_EXECUTE: rights = USER_DEVICE | USER_WRITE; break;
    default: fail_msg("an entry with flags 0x%llx", (unsigned long long)flags);
    }
    assert_true(virtual >= 4096 && virtual < UINT64_C(0x00007FFFFFFFF000));
    assert_true(seen_count < SEEN_MAX);
    seen[seen_count++] = (struct user_page){virtual, entry & UINT64_C(0xFFFFFFFFFF000), rights};
}

static inline void walk(const uint64_t *entries, unsigned shift, uintptr_t virtual)
{
    tables_seen++;
    for (size_t i = 0; i < (shift == 39 ? KERNEL_HALF : ENTRIES); i++) {
        uintptr_t at = virtual + (i << shift);
        if (entries[i] == 0) {
            continue;
        }
        if (shift == 12) {
            see_page(entries[i], at);
            continue;
        }
        assert_int_equal(entries[i] & ~UINT64_C(0xFFFFFFFFFF000), 0x27); /* present, write, user, accessed */
        walk(table_of(entries[i]), shift - 9, at);
    }
}

static inline void read_back(const struct address_space *space);

/* read_back, but what a heap knows of its window (grant_tables) goes to `entries_seen`. */
static void *entries_seen[64];
static size_t entries_count;
static inline void read_window(const struct address_space *space)
{
    size_t kept = 0;
    read_back(space);
    entries_count = 0;
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].virtual >= USER_WINDOW_TABLE && seen[i].virtual < USER_WINDOW) {
            entries_seen[entries_count++] = paging_block(seen[i].physical);
        } else {
            seen[kept++] = seen[i];
        }
    }
    seen_count = kept;
}

static inline void read_back(const struct address_space *space)
{
    seen_count = 0;
    tables_seen = 0;
    assert_ptr_equal(table_of(address_space_cr3(space)), space->top);
    assert_memory_equal(space->top + KERNEL_HALF, kernel_top + KERNEL_HALF, sizeof kernel_top / 2);
    walk(space->top, 39, 0);
    assert_int_equal(tables_seen, space->tables);
}
