/* The boot's way from the firmware's answers to a plan, on the host: handoff, core/e820.c, mm/memmap.c, mm/plan.c. */
#pragma once

#include <stdbool.h>

#include "boot/handoff.h"
#include "core/e820.h"
#include "mm/memmap.h"
#include "mm/plan.h"
#include "tests/maps.h"
#include "tests/oracle.h"

/* What the boot knows besides the firmware's list. */
struct machine {
    unsigned phys_bits;
    unsigned page_bits; /* 21 or 30 */
    struct range image;
    struct range modules[BOOT_MODULES_MAX];
    uint32_t module_count;
    uint64_t region_blocks_max; /* 0: the policy's own   */
    bool ended_by_carry;        /* one answer more, with the carry flag set */
};

/* A machine as most are: 46 bits, 2-MiB pages, an image of 384 KiB at 1 MiB. */
struct machine machine_usual(void);

struct dry_boot {
    struct handoff handoff;
    struct e820_list list;
    struct memmap map;
    struct reservation reserved[PLAN_RESERVED_GIVEN_MAX];
    struct plan_input input;
    struct plan plan;
};

/* Boots up to the plan. All memory the boot works in is 0xA5 before. `map` may fill the handoff to the last answer,
 * one fewer with `ended_by_carry`. */
void dry_boot(struct dry_boot *boot, const struct firmware_map *map, const struct machine *machine);

/* Boots up to the plan and judges map and plan: NULL, or what is wrong as a sentence. */
const char *dry_boot_judge(struct dry_boot *boot, const struct firmware_map *map, const struct machine *machine);

void firmware_map_copy(struct firmware_map *map, const struct known_map *known);

/* The list as lines that `./tessera plan` reads and a test can be made of. */
void firmware_map_print(const struct firmware_map *map);
