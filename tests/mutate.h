/* Quirk operators: what firmware does to maps, done to a map at random. */
#pragma once

#include <stddef.h>

#include "tests/dry_boot.h"
#include "tests/maps.h"
#include "tests/random.h"

enum { MUTATE_OPERATORS_MAX = 32 };

/* How often each operator was used; names for the report. */
struct mutate_count {
    const char *name;
    uint64_t used;
};

/* Copies one of the known maps, mostly a real machine's, and applies one to four operators. `used` has
 * MUTATE_OPERATORS_MAX places, or is NULL. */
void mutate_map(struct firmware_map *map, struct random *random, struct mutate_count *used);

/* A machine to meet the map with: any width and page size, an image that may lie across any edge, boot modules. */
void mutate_machine(struct machine *machine, const struct firmware_map *map, struct random *random);
