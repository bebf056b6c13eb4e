/* mm/pretend.c: a pretended list never makes memory usable that the machine does not have.
 *
 * Drawings: U usable, r reserved or anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"
#include "mm/pretend.h"
#include "tests/random.h"

#define MIB                UINT64_C(0x100000)
#define USABLE(start, end) ((MemoryMapEntry){(start), (end) - (start), 1, 1})
#define HOLE(start, end)   ((MemoryMapEntry){(start), (end) - (start), 2, 1})

enum { PHYS_BITS = 40 };
static const uint64_t top = UINT64_C(1) << PHYS_BITS;

static struct memmap real, pretended;
static MemoryMapEntry list[E820_ANSWERS_MAX];

static void make_real(const MemoryMapEntry *entries, size_t count)
{
    memset(&real, 0xA5, sizeof real);
    memmap_build(&real, entries, count, PHYS_BITS);
}

static void assert_entry(const MemoryMapEntry *entry, uint64_t start, uint64_t end)
{
    assert_int_equal(entry->base, start);
    assert_int_equal(entry->base + entry->length, end);
    assert_int_equal(entry->type, 2);
    assert_int_equal(entry->attributes, 1);
}

/*   real       |UUUU|rr|UU|....|
 *   pretended  |UUUUUUUUUUUUUUU|
 *   added            |rr|  |rrr|  */
static void what_is_not_usable_here_is_reserved(void **state)
{
    (void)state;
    make_real((MemoryMapEntry[]){USABLE(0, 4 * MIB), HOLE(4 * MIB, 6 * MIB), USABLE(6 * MIB, 8 * MIB)}, 3);
    memset(list, 0xA5, sizeof list);
    list[0] = USABLE(0, 16 * MIB);
    uint32_t count = 1;
    assert_int_equal(pretend_limit(list, &count, E820_ANSWERS_MAX, &real), 0);
    assert_int_equal(count, 3);
    assert_entry(&list[1], 4 * MIB, 6 * MIB);
    assert_entry(&list[2], 8 * MIB, top);
}

/*   real   |..|UU|     the gap before the first usable range counts, too
 *   added  |rr|        and there is none after one that reaches the top   */
static void the_gaps_at_both_ends_are_found(void **state)
{
    (void)state;
    make_real((MemoryMapEntry[]){USABLE(2 * MIB, top)}, 1);
    uint32_t count = 0;
    assert_int_equal(pretend_limit(list, &count, E820_ANSWERS_MAX, &real), 0);
    assert_int_equal(count, 1);
    assert_entry(&list[0], 0, 2 * MIB);
}

static void a_machine_without_memory_leaves_nothing_usable(void **state)
{
    (void)state;
    make_real((MemoryMapEntry[]){HOLE(0, MIB)}, 1);
    uint32_t count = 0;
    assert_int_equal(pretend_limit(list, &count, E820_ANSWERS_MAX, &real), 0);
    assert_int_equal(count, 1);
    assert_entry(&list[0], 0, top);
}

static void a_list_without_room_for_the_gaps_is_refused_unchanged(void **state)
{
    (void)state;
    make_real((MemoryMapEntry[]){USABLE(MIB, 2 * MIB)}, 1);
    memset(list, 0xA5, sizeof list);
    for (uint32_t count = 3; count <= 5; count++) {
        uint32_t after = count;
        assert_int_equal(pretend_limit(list, &after, 4, &real), -ENOMEM);
        assert_int_equal(after, count);
        assert_int_equal(list[count].base, UINT64_C(0xA5A5A5A5A5A5A5A5));
    }
    uint32_t count = 2;
    assert_int_equal(pretend_limit(list, &count, 4, &real), 0);
    assert_int_equal(count, 4);
}

static bool usable_in(const struct memmap *map, struct range range)
{
    for (size_t i = 0; i < map->count; i++) {
        struct range there = map->ranges[i].range;
        if (map->ranges[i].type == MEMORY_USABLE && there.start <= range.start && range.end <= there.end) {
            return true;
        }
    }
    return false;
}

static uint32_t random_list(struct random *random, uint32_t most)
{
    uint32_t count = (uint32_t)random_below(random, most);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t start = random_below(random, 64) * 0x800;
        list[i] = (MemoryMapEntry){start, random_below(random, 32) * 0x800, 1 + (uint32_t)random_below(random, 3), 1};
    }
    return count;
}

static void random_lists_are_usable_only_where_the_machine_is(void **state)
{
    (void)state;
    struct random random = random_seeded("test_pretend");
    for (int round = 0; round < 5000; round++) {
        uint32_t count = random_list(&random, 12);
        make_real(list, count);
        count = random_list(&random, 12);
        memmap_build(&pretended, list, count, PHYS_BITS);
        uint64_t before = memmap_usable_bytes(&pretended, 0);
        assert_int_equal(pretend_limit(list, &count, E820_ANSWERS_MAX, &real), 0);
        memmap_build(&pretended, list, count, PHYS_BITS);
        assert_true(memmap_usable_bytes(&pretended, 0) <= before);
        for (size_t i = 0; i < pretended.count; i++) {
            assert_true(pretended.ranges[i].type != MEMORY_USABLE || usable_in(&real, pretended.ranges[i].range));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_usable_here_is_reserved),
        cmocka_unit_test(the_gaps_at_both_ends_are_found),
        cmocka_unit_test(a_machine_without_memory_leaves_nothing_usable),
        cmocka_unit_test(a_list_without_room_for_the_gaps_is_refused_unchanged),
        cmocka_unit_test(random_lists_are_usable_only_where_the_machine_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
