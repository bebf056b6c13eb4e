/* A physical memory of page tables, seen through a window of one page as in the kernel, and a walker that knows nothing
 * of the builder: it reads back what is mapped. Included by one test program at a time, after cmocka.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mm/directmap.h"

enum { ENTRIES = 512, TABLES_MAX = 512, LEAVES_MAX = 1 << 16 };

#define TOP_TABLE   UINT64_C(0x40000000) /* the top-level table; the others follow it */
#define FIRST_TABLE (TOP_TABLE + 4096)

static uint64_t memory[1 + TABLES_MAX][ENTRIES];
static uint64_t window[ENTRIES];
static size_t window_shows;

/* The window really moves: what is written through a pointer from before goes to the wrong table and is found. */
uint64_t *directmap_table(uint64_t table)
{
    assert_int_equal(table % 4096, 0);
    assert_in_range(table, TOP_TABLE, TOP_TABLE + TABLES_MAX * 4096);
    memcpy(memory[window_shows], window, sizeof window);
    window_shows = (table - TOP_TABLE) / 4096;
    memcpy(window, memory[window_shows], sizeof window);
    return window;
}

static inline void hostile_tables(void)
{
    memset(memory, 0xA5, sizeof memory);
    memset(memory[0], 0, sizeof memory[0]); /* the caller's top-level table */
    memset(window, 0, sizeof window);
    window_shows = 0;
}

/* One entry that maps memory. */
struct leaf {
    uint64_t start;
    uint64_t bytes;
};

static struct leaf leaves[LEAVES_MAX];
static size_t leaf_count;
static uint64_t tables_seen;

static inline void see_leaf(uint64_t entry, uint64_t physical, uint64_t bytes)
{
    const uint64_t no_execute = UINT64_C(1) << 63;
    const uint64_t present_write_accessed_dirty_global = 0x163;
    const uint64_t large = bytes > 4096 ? 0x80 : 0;
    assert_int_equal(entry, physical | no_execute | present_write_accessed_dirty_global | large);
    assert_int_equal(physical % bytes, 0);
    assert_true(leaf_count < LEAVES_MAX);
    leaves[leaf_count++] = (struct leaf){physical, bytes};
}

/* Reads a table whose entries cover 2^shift bytes each, from the physical address that its first entry stands for. */
static inline void walk(uint64_t table, unsigned shift, uint64_t physical, unsigned first, unsigned page_bits)
{
    const uint64_t *entries = memory[(table - TOP_TABLE) / 4096];
    for (unsigned i = first; i < ENTRIES; i++) {
        uint64_t entry = entries[i];
        uint64_t at = physical + ((uint64_t)(i - first) << shift);
        if (entry == 0) {
            continue;
        }
        assert_true((entry & 1) != 0);
        bool leaf = shift == 12 || (shift < 39 && (entry & 0x80) != 0);
        if (leaf) {
            assert_true(shift <= page_bits);
            see_leaf(entry, at, UINT64_C(1) << shift);
            continue;
        }
        assert_int_equal(entry & 0xFFF, 0x23); /* present, write, accessed; no user, nothing else */
        assert_int_equal(entry >> 52, 0);
        tables_seen++;
        walk(entry & UINT64_C(0xFFFFFFFFFF000), shift - 9, at, 0, page_bits);
    }
}

static inline void read_back(unsigned page_bits)
{
    directmap_table(TOP_TABLE); /* puts the page in the window back */
    memcpy(memory[0], window, sizeof window);
    leaf_count = 0;
    tables_seen = 0;
    for (unsigned i = 0; i < 256; i++) {
        assert_int_equal(memory[0][i], 0); /* the user half is not ours */
    }
    walk(TOP_TABLE, 39, 0, 256, page_bits); /* DIRECT_MAP_BASE is the first address of entry 256 */
}

/* Counts, gives exactly that many tables, builds, reads back; the count is what was taken and what is hooked in. */
static inline uint64_t build(const struct range *ranges, size_t count, unsigned page_bits)
{
    uint64_t tables = directmap_tables(ranges, count, page_bits);
    assert_true(tables <= TABLES_MAX);
    struct range room = {FIRST_TABLE, FIRST_TABLE + tables * 4096};
    assert_int_equal(directmap_build(TOP_TABLE, room, ranges, count, page_bits), tables);
    read_back(page_bits);
    assert_int_equal(tables_seen, tables);
    return tables;
}

/* The leaves, joined where they touch, are exactly `expected`. */
static inline void assert_mapped(const struct range *expected, size_t count)
{
    size_t leaf = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = expected[i].start;
        for (; at < expected[i].end; leaf++) {
            assert_true(leaf < leaf_count);
            assert_int_equal(leaves[leaf].start, at);
            at += leaves[leaf].bytes;
        }
        assert_int_equal(at, expected[i].end);
    }
    assert_int_equal(leaf, leaf_count);
}
