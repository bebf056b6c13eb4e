/* Every documented firmware quirk, literally against the answer that is known to be right. One test a quirk, named
 * after it; what it is about stands in tests/maps/quirks.jsonl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/dry_boot.h"
#include "tests/maps.h"

enum { QUIRKS_MAX = 128 };

static struct dry_boot boot;
static struct range usable[MEMMAP_RANGES_MAX];
static size_t usable_count;

static void boot_on(const struct known_map *quirk, const struct machine *machine)
{
    static struct firmware_map map;
    firmware_map_copy(&map, quirk);
    const char *fault = dry_boot_judge(&boot, &map, machine);
    if (fault != NULL) {
        fail_msg("%s", fault);
    }
    usable_count = 0;
    for (size_t i = 0; i < boot.map.count; i++) {
        if (boot.map.ranges[i].type == MEMORY_USABLE) {
            usable[usable_count++] = boot.map.ranges[i].range;
        }
    }
}

/* Is every byte of `range` in the sorted, disjoint `ranges`, which may touch? */
static bool covered(struct range range, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].start <= range.start && range.start < ranges[i].end) {
            range.start = ranges[i].end;
        }
    }
    return range_empty(range);
}

static void check_exact(const struct known_map *quirk)
{
    for (size_t i = 0; i < usable_count && i < quirk->expected_count; i++) {
        assert_int_equal(usable[i].start, quirk->expected[i].start);
        assert_int_equal(usable[i].end, quirk->expected[i].end);
    }
    assert_int_equal(usable_count, quirk->expected_count);
}

static void check_bounds(const struct known_map *quirk)
{
    for (size_t i = 0; i < usable_count && quirk->upper_bound_count != 0; i++) {
        assert_true(covered(usable[i], quirk->upper_bound, quirk->upper_bound_count));
    }
    for (size_t i = 0; i < quirk->must_include_count; i++) {
        assert_true(covered(quirk->must_include[i], usable, usable_count));
    }
}

static void check_image(struct range image)
{
    for (size_t i = 0; i < boot.plan.region_count; i++) {
        assert_false(range_overlap(boot.plan.regions[i].table, image));
        assert_false(range_overlap(boot.plan.regions[i].blocks, image));
    }
    assert_false(range_overlap(boot.plan.page_tables, image) && boot.plan.verdict == PLAN_OK);
}

static void quirk_has_its_answer(void **state)
{
    const struct known_map *quirk = *state;
    struct machine machine = machine_usual();
    machine.phys_bits = PHYSICAL_BITS_MAX;
    if (quirk->image_count != 0) {
        machine.image = quirk->image[0];
    }
    boot_on(quirk, &machine);
    if (quirk->exact) {
        check_exact(quirk);
    }
    check_bounds(quirk);
    check_image(machine.image);
}

/* All attribute words are 0: obeying bit 0 would leave no memory at all. */
static void attributes_that_leave_no_memory_are_not_obeyed(void **state)
{
    (void)state;
    for (size_t q = 0; q < quirk_map_count; q++) {
        if (strcmp(quirk_maps[q].name, "attr-all-clear") == 0) {
            struct machine machine = machine_usual();
            boot_on(&quirk_maps[q], &machine);
            assert_true(boot.list.attributes_distrusted);
            assert_int_equal(usable_count, quirk_maps[q].upper_bound_count);
            assert_int_equal(boot.plan.verdict, PLAN_OK);
            return;
        }
    }
    fail_msg("the quirk is not in the list");
}

int main(void)
{
    static struct CMUnitTest tests[QUIRKS_MAX + 1];
    assert_true(quirk_map_count <= QUIRKS_MAX);
    size_t count = 0;
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(attributes_that_leave_no_memory_are_not_obeyed);
    for (size_t i = 0; i < quirk_map_count; i++) {
        tests[count++] = (struct CMUnitTest){.name = quirk_maps[i].name,
                                             .test_func = quirk_has_its_answer,
                                             .initial_state = (void *)(uintptr_t)&quirk_maps[i]};
    }
    return _cmocka_run_group_tests("quirks", tests, count, NULL, NULL);
}
