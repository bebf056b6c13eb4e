/* Every real machine's map, on CPUs of four widths with both page sizes: map as the oracle's, plan sound, and a heap
 * as large as promised. One test a machine, named after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/dry_boot.h"
#include "tests/maps.h"
#include "tests/plan_check.h"

enum { MACHINES_MAX = 512 };

static void has_a_sound_plan_and_a_full_heap(const struct known_map *known, const struct machine *machine)
{
    static struct dry_boot boot;
    static struct firmware_map map;
    firmware_map_copy(&map, known);
    const char *fault = dry_boot_judge(&boot, &map, machine);
    if (fault == NULL && boot.plan.verdict != PLAN_OK) {
        fault = plan_verdict_sentence(boot.plan.verdict);
    }
    if (fault == NULL) {
        fault = plan_check_yield(&boot.plan);
    }
    if (fault != NULL) {
        firmware_map_print(&map);
        fail_msg("%u address bits, %u page bits: %s", machine->phys_bits, machine->page_bits, fault);
    }
}

static void machine_has_a_sound_plan_and_a_full_heap(void **state)
{
    static const unsigned widths[] = {36, 40, 46, 52};
    struct machine machine = machine_usual();
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        machine.phys_bits = widths[i];
        machine.page_bits = 21;
        has_a_sound_plan_and_a_full_heap(*state, &machine);
        machine.page_bits = 30;
        has_a_sound_plan_and_a_full_heap(*state, &machine);
    }
}

int main(void)
{
    static struct CMUnitTest tests[MACHINES_MAX];
    assert_true(real_map_count <= MACHINES_MAX);
    for (size_t i = 0; i < real_map_count; i++) {
        tests[i] = (struct CMUnitTest){.name = real_maps[i].name,
                                       .test_func = machine_has_a_sound_plan_and_a_full_heap,
                                       .initial_state = (void *)(uintptr_t)&real_maps[i]};
    }
    return _cmocka_run_group_tests("corpus", tests, real_map_count, NULL, NULL);
}
