/* Real machines' maps, made worse at random: what the kernel makes of each is held against the oracle and the plan's
 * rules. TESSERA_SEED replays a run, TESSERA_MAPS sets its length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/dry_boot.h"
#include "tests/mutate.h"
#include "tests/random.h"

enum { MAPS_A_RUN = 100000 };

static struct dry_boot boot;

/* Leaves out entries as long as the map is still judged to be wrong. */
static void shrink(struct firmware_map *map, const struct machine *machine)
{
    static struct firmware_map smaller;
    for (size_t i = 0; i < map->count;) {
        smaller.count = map->count - 1;
        memcpy(smaller.entries, map->entries, i * sizeof map->entries[0]);
        memcpy(smaller.entries + i, map->entries + i + 1, (map->count - i - 1) * sizeof map->entries[0]);
        if (dry_boot_judge(&boot, &smaller, machine) != NULL) {
            *map = smaller;
        } else {
            i++;
        }
    }
}

static void show(struct firmware_map *map, const struct machine *machine, uint64_t seed)
{
    shrink(map, machine);
    printf("%s\n", dry_boot_judge(&boot, map, machine));
    printf("alone: TESSERA_SEED=%" PRIu64 " TESSERA_MAPS=1\n", seed);
    printf("phys_bits %u, page_bits %u, ", machine->phys_bits, machine->page_bits);
    printf("image 0x%" PRIx64 "-0x%" PRIx64 ", ", machine->image.start, machine->image.end);
    printf("%u modules, region_blocks_max %" PRIu64 "\n", machine->module_count, machine->region_blocks_max);
    firmware_map_print(map);
}

/*   real map   |..usable......|reserved|     operators, one to four
 *   mutant     |..us|r|able......|ved|       map as the oracle's, page for page; plan sound */
static void every_mutant_is_read_as_the_oracle_reads_it_and_gets_a_sound_plan(void **state)
{
    (void)state;
    static struct firmware_map map;
    static struct mutate_count used[MUTATE_OPERATORS_MAX];
    uint64_t maps = random_setting("TESSERA_MAPS", MAPS_A_RUN);
    uint64_t first = random_seeded("mutants").state; /* one seed a map, so that each can be had alone */
    uint64_t planned = 0;
    for (uint64_t i = 0; i < maps; i++) {
        struct random random = {first + i};
        struct machine machine;
        mutate_map(&map, &random, used);
        mutate_machine(&machine, &map, &random);
        if (dry_boot_judge(&boot, &map, &machine) != NULL) {
            show(&map, &machine, first + i);
            fail_msg("mutant %" PRIu64 " of %" PRIu64 " is not judged right", i + 1, maps);
        }
        planned += boot.plan.verdict == PLAN_OK;
    }
    for (size_t i = 0; i < MUTATE_OPERATORS_MAX && used[i].name != NULL; i++) {
        printf("%8" PRIu64 "  %s\n", used[i].used, used[i].name);
    }
    printf("%" PRIu64 " maps, %" PRIu64 " of them with a heap\n", maps, planned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutant_is_read_as_the_oracle_reads_it_and_gets_a_sound_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
