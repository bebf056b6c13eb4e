/* What the tests of core/e820.c share: a mocked machine, and what its list must say. */
#pragma once

#include <string.h>

#include "tests/mock_e820.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static struct mock machine;

static inline int start(void **state)
{
    (void)state;
    mock_start(&machine);
    return 0;
}

/* Reads the answers once more, into fresh garbage. */
static inline void read_list(void)
{
    memset(&machine.list, 0xA5, sizeof machine.list);
    e820_read(&machine.handoff, &machine.list);
}

static inline void assert_entry(uint32_t index, uint64_t base, uint64_t length, uint32_t type)
{
    assert_true(index < machine.list.count);
    const MemoryMapEntry *entry = &machine.list.entries[index];
    assert_int_equal(entry->base, base);
    assert_int_equal(entry->length, length);
    assert_int_equal(entry->type, type);
}

static inline void assert_verdict(enum memory_source source, uint32_t count)
{
    assert_int_equal(machine.list.source, source);
    assert_int_equal(machine.list.count, count);
}

static inline void add_usable(uint64_t base, uint64_t length)
{
    MOCK_ANSWER(&machine, .base = base, .length = length, .type = 1);
}

#define TEST(name) cmocka_unit_test_setup(name, start)
