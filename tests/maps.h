/* Memory maps as the firmware gives them: the 148 real machines' maps and the 77 documented quirks of tests/maps, as
 * tables made when the tests are built, and the form that the tests change them in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/layout.h"
#include "mm/range.h"

/* One answer of the firmware, before anyone has judged it. */
struct firmware_entry {
    uint64_t base;
    uint64_t length;
    uint32_t type;
    uint32_t size;       /* bytes that came back: 20 or 24; fewer than 20 is no record         */
    uint32_t attributes; /* what stands in the buffer's last word, the firmware's or left over */
};

/* A list that a test may change. */
struct firmware_map {
    struct firmware_entry entries[E820_ANSWERS_MAX];
    size_t count;
};

/* A map that does not change, and what is known about it. Ranges are sorted, disjoint, cut at 2^52. */
struct known_map {
    const char *name;
    const struct firmware_entry *entries;
    size_t count;
    bool exact; /* `expected` is the one right answer, page-aligned; otherwise only the bounds hold */
    const struct range *expected;
    size_t expected_count;
    const struct range *upper_bound; /* none: no upper bound */
    size_t upper_bound_count;
    const struct range *must_include;
    size_t must_include_count;
    const struct range *image; /* where the kernel image lies, when the quirk is about that */
    size_t image_count;
};

extern const struct known_map real_maps[];
extern const size_t real_map_count;
extern const struct known_map quirk_maps[];
extern const size_t quirk_map_count;
