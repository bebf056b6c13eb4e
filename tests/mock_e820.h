/* A machine of your own in a few lines, for tests (docs/testing.md):
 *
 *     static struct mock machine;
 *
 *     mock_start(&machine);
 *     MOCK_MAP(&machine, {0x0, 0x9fc00, 1}, {0x100000, 0x7ee0000, 1});   base, length, type
 *     mock_image(&machine, 0x100000, 0x140000);
 *     mock_plan(&machine);
 *     ASSERT_USABLE(&machine, {0x0, 0x9f000}, {0x100000, 0x7fe0000});    start, end
 *
 * What it runs is the kernel's own code: core/e820.c, mm/memmap.c, mm/plan.c. All memory that it writes is 0xA5
 * before, never zero. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boot/handoff.h"
#include "core/e820.h"
#include "mm/memmap.h"
#include "mm/plan.h"

struct mock {
    /* What goes in. mock_start fills it; change it as you like. */
    struct handoff handoff; /* what the loader has recorded         */
    struct range image;     /* 256 KiB at 1 MiB                     */
    unsigned phys_bits;     /* 52                                   */
    unsigned page_bits;     /* 21                                   */

    /* What comes out. */
    struct e820_list list;
    struct memmap map;
    struct reservation reserved[2];
    struct plan_input input;
    struct plan plan;
};

/* A machine whose firmware answers nothing. */
void mock_start(struct mock *mock);

/* The whole list, one {base, length, type} an entry: each comes as 20 bytes with a stale attribute word, and EBX=0
 * ends it. */
#define MOCK_MAP(mock, ...)                                                                                          \
    mock_map((mock), (const struct mock_entry[]){__VA_ARGS__},                                                       \
             sizeof((const struct mock_entry[]){__VA_ARGS__}) / sizeof(struct mock_entry))

struct mock_entry {
    uint64_t base;
    uint64_t length;
    uint32_t type;
};
void mock_map(struct mock *mock, const struct mock_entry *entries, size_t count);

/* One answer to the E820 call after the others: what is not told is as on most machines. For example
 *     MOCK_ANSWER(&machine, .base = 0x100000, .length = 0x700000, .type = 1, .bytes = 24, .attributes = 0);
 *     MOCK_ANSWER(&machine, .carry = true); */
#define MOCK_ANSWER(mock, ...) mock_answer((mock), &(const struct mock_answer){__VA_ARGS__})

struct mock_answer {
    uint64_t base;
    uint64_t length;
    uint32_t type;
    uint32_t bytes;      /* in ECX; 0: 20                                                            */
    uint32_t attributes; /* what stands in the last word, the firmware's or stale; 20 bytes and 0: stale */
    bool carry;
    bool lost_signature; /* EAX is not "SMAP" */
    bool last;           /* EBX is 0          */
};
void mock_answer(struct mock *mock, const struct mock_answer *answer);

/* INT 15h AX=0xE801 and AH=0x88 succeed with these registers. */
void mock_e801(struct mock *mock, uint16_t ax, uint16_t bx, uint16_t cx, uint16_t dx);
void mock_88(struct mock *mock, uint32_t ax);

void mock_image(struct mock *mock, uint64_t start, uint64_t end);

/* Reads the answers and makes the map; mock_plan makes the plan, too, and fails the test when the plan breaks a rule
 * of tests/plan_check.h. */
void mock_detect(struct mock *mock);
void mock_plan(struct mock *mock);

/* The map's usable ranges, {start, end} each, are exactly these. A range that differs is printed. */
#define ASSERT_USABLE(mock, ...)                                                                                     \
    mock_assert_usable((mock), (const struct range[]){__VA_ARGS__},                                                  \
                       sizeof((const struct range[]){__VA_ARGS__}) / sizeof(struct range), __FILE__, __LINE__)
#define ASSERT_NOTHING_USABLE(mock) mock_assert_usable((mock), NULL, 0, __FILE__, __LINE__)

void mock_assert_usable(const struct mock *mock, const struct range *expected, size_t count, const char *file,
                        int line);
