/* mm/memmap.c on random lists, against marking each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mm/memmap.h"
#include "tests/random.h"

#define ENTRY(start, end, type) ((MemoryMapEntry){(start), (end) - (start), (type), 1})

static struct memmap map;

enum { SMALL_PAGES = 6, SMALL_BYTES = SMALL_PAGES * BLOCK_BYTES, NOTHING = 0xFF };

/* An address near a page's edge more often than not: that is where the rules differ. */
static uint64_t random_address(struct random *random)
{
    uint64_t page = random_below(random, SMALL_PAGES) * BLOCK_BYTES;
    uint64_t offset = random_below(random, 2) == 0 ? random_below(random, 3) : random_below(random, BLOCK_BYTES);
    return random_below(random, 2) == 0 || page < offset ? page + offset : page - offset;
}

static void random_entry(struct random *random, MemoryMapEntry *entry)
{
    uint64_t a = random_address(random);
    uint64_t b = random_address(random);
    *entry = ENTRY(a < b ? a : b, a < b ? b : a, (uint32_t)random_below(random, 7));
    if (random_below(random, 2) == 0) {
        entry->type = E820_USABLE;
    }
}

/* The worst type of each byte, by writing every entry's bytes one by one. */
static void type_bytes(uint8_t *bytes, const MemoryMapEntry *entries, size_t count)
{
    static const uint8_t rank[] = {MEMORY_RESERVED, MEMORY_USABLE, MEMORY_RESERVED, MEMORY_ACPI_DATA,
                                   MEMORY_ACPI_NVS, MEMORY_BAD,    MEMORY_RESERVED};
    memset(bytes, NOTHING, SMALL_BYTES);
    for (size_t i = 0; i < count; i++) {
        for (uint64_t at = entries[i].base; at < entries[i].base + entries[i].length; at++) {
            if (bytes[at] == NOTHING || bytes[at] < rank[entries[i].type]) {
                bytes[at] = rank[entries[i].type];
            }
        }
    }
}

static uint8_t page_type(const uint8_t *bytes)
{
    size_t usable = 0;
    uint8_t worst = NOTHING;
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        usable += bytes[i] == MEMORY_USABLE;
        if (bytes[i] != NOTHING && bytes[i] != MEMORY_USABLE && (worst == NOTHING || bytes[i] > worst)) {
            worst = bytes[i];
        }
    }
    return worst == NOTHING && usable == BLOCK_BYTES ? MEMORY_USABLE : worst;
}

static uint8_t mapped_type(uint64_t at)
{
    uint8_t type = NOTHING;
    for (size_t i = 0; i < map.count; i++) {
        if (map.ranges[i].range.start <= at && at < map.ranges[i].range.end) {
            assert_int_equal(type, NOTHING); /* in one range only */
            type = (uint8_t)map.ranges[i].type;
        }
    }
    return type;
}

static void assert_canonical(void)
{
    for (size_t i = 0; i < map.count; i++) {
        const struct memory_range *r = &map.ranges[i];
        assert_true(r->range.start < r->range.end);
        assert_int_equal((r->range.start | r->range.end) % BLOCK_BYTES, 0);
        if (i > 0) {
            assert_true(r[-1].range.end <= r->range.start);
            assert_false(r[-1].range.end == r->range.start && r[-1].type == r->type);
        }
    }
}

static void random_lists_give_what_marking_each_byte_gives(void **state)
{
    (void)state;
    static uint8_t bytes[SMALL_BYTES];
    struct random random = random_seeded("memmap");
    for (unsigned round = 0; round < 1000; round++) {
        MemoryMapEntry entries[10];
        size_t count = 1 + random_below(&random, 10);
        for (size_t i = 0; i < count; i++) {
            random_entry(&random, &entries[i]);
        }
        memset(&map, 0xA5, sizeof map);
        memmap_build(&map, entries, count, 36);
        assert_canonical();
        type_bytes(bytes, entries, count);
        for (size_t page = 0; page < SMALL_PAGES; page++) {
            assert_int_equal(mapped_type(page * BLOCK_BYTES), page_type(bytes + page * BLOCK_BYTES));
        }
    }
}

static void assert_same_map(const struct memmap *other)
{
    assert_int_equal(map.count, other->count);
    for (size_t i = 0; i < map.count; i++) {
        assert_int_equal(map.ranges[i].range.start, other->ranges[i].range.start);
        assert_int_equal(map.ranges[i].range.end, other->ranges[i].range.end);
        assert_int_equal(map.ranges[i].type, other->ranges[i].type);
    }
}

static void the_order_of_the_list_does_not_matter(void **state)
{
    (void)state;
    static MemoryMapEntry entries[MEMMAP_ENTRIES_MAX];
    static struct memmap first;
    struct random random = random_seeded("memmap order");
    for (size_t i = 0; i < MEMMAP_ENTRIES_MAX; i++) {
        uint64_t start = random_below(&random, 1 << 24);
        entries[i] = ENTRY(start, start + random_below(&random, 1 << 17), (uint32_t)random_below(&random, 6));
    }
    memmap_build(&first, entries, MEMMAP_ENTRIES_MAX, 36);
    for (size_t i = MEMMAP_ENTRIES_MAX - 1; i > 0; i--) {
        size_t other = random_below(&random, i + 1);
        MemoryMapEntry entry = entries[i];
        entries[i] = entries[other];
        entries[other] = entry;
    }
    memmap_build(&map, entries, MEMMAP_ENTRIES_MAX, 36);
    assert_same_map(&first);
    assert_canonical();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lists_give_what_marking_each_byte_gives),
        cmocka_unit_test(the_order_of_the_list_does_not_matter),
    };
    return cmocka_run_group_tests_name("memmap random", tests, NULL, NULL);
}
