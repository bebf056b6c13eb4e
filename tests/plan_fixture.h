/* What the tests of mm/plan.c share: a machine, its plan, and short words for both. Every plan made with PLAN also
 * passes the checker of tests/plan_check.h. Included by one test program at a time.
 *
 * Drawings: U usable, r reserved, I image, P page tables, t a region's record and table, b its blocks. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mm/plan.h"
#include "tests/plan_check.h"

#define KIB                UINT64_C(1024)
#define MIB                (KIB * 1024)
#define GIB                (MIB * 1024)
#define TIB                (GIB * 1024)
#define PAGE               (4 * KIB)

#define RANGE(start, end)  ((struct range){(start), (end)})
#define USABLE(start, end) ((MemoryMapEntry){(start), (end) - (start), 1, 1})
#define HOLE(start, end)   ((MemoryMapEntry){(start), (end) - (start), 2, 1})

enum { ENTRY_BYTES = 16, RECORD_BYTES = 512 };

static const struct range no_image = {0, 0};
static struct memmap map;
static struct plan plan;
static struct plan_input input;
static struct reservation reservations[PLAN_RESERVED_GIVEN_MAX + 1];

static inline int hostile_memory(void **state)
{
    (void)state;
    memset(&map, 0xA5, sizeof map);
    memset(&plan, 0xA5, sizeof plan);
    input = (struct plan_input){
        .map = &map,
        .reserved = reservations,
        .policy = {.piece_min_bytes = 64 * KIB,
                   .direct_map_bytes = 64 * TIB,
                   .region_blocks_max = UINT64_C(1) << 31,
                   .entry_bytes = ENTRY_BYTES,
                   .record_bytes = RECORD_BYTES},
        .page_bits = 21,
    };
    return 0;
}

static inline void reserve(const char *name, struct range range)
{
    assert_true(input.reserved_count <= PLAN_RESERVED_GIVEN_MAX);
    reservations[input.reserved_count++] = (struct reservation){name, range};
}

static inline void check_plan(void)
{
    const char *fault = plan_check(&plan, &input);
    if (fault != NULL) {
        fail_msg("%s", fault);
    }
}

/* The plan for these entries; `image` is reserved unless it is empty. */
static inline void make_plan(const MemoryMapEntry *entries, size_t count, struct range image)
{
    memmap_build(&map, entries, count, 52);
    input.image = image;
    if (!range_empty(image)) {
        reserve("image", image);
    }
    plan_make(&plan, &input);
    check_plan();
}

#define PLAN(image, ...)                                                                                             \
    make_plan((const MemoryMapEntry[]){__VA_ARGS__},                                                                 \
              sizeof((const MemoryMapEntry[]){__VA_ARGS__}) / sizeof(MemoryMapEntry), (image))

static inline void assert_range(struct range is, uint64_t start, uint64_t end)
{
    assert_int_equal(is.start, start);
    assert_int_equal(is.end, end);
}

/* Region number `index` takes up `start` to `end`, table and blocks. */
static inline void assert_region(size_t index, uint64_t start, uint64_t end)
{
    assert_true(index < plan.region_count);
    assert_range(RANGE(plan.regions[index].table.start, plan.regions[index].blocks.end), start, end);
    assert_int_equal(plan.regions[index].table.end, plan.regions[index].blocks.start);
}

static inline struct range reserved_as(const char *name)
{
    for (size_t i = 0; i < plan.reserved_count; i++) {
        if (strcmp(plan.reserved[i].name, name) == 0) {
            return plan.reserved[i].range;
        }
    }
    return no_image;
}

static inline void assert_refused(enum plan_verdict verdict)
{
    assert_int_equal(plan.verdict, verdict);
    assert_int_equal(plan.region_count, 0);
    assert_int_equal(plan.heap_bytes, 0);
    assert_true(strlen(plan_verdict_sentence(verdict)) > 10);
}

#define TEST(name) cmocka_unit_test_setup(name, hostile_memory)
