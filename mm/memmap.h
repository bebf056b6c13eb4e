/* The sanitized memory map: sorted, disjoint, page-aligned, neighbours of one type merged. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "boot/handoff.h"
#include "mm/range.h"

/* Ordered: where two entries overlap, the larger one wins, whatever their order in the list. */
enum memory_type {
    MEMORY_USABLE,
    MEMORY_ACPI_DATA,
    MEMORY_ACPI_NVS,
    MEMORY_RESERVED, /* unknown types and non-volatile memory too */
    MEMORY_BAD,
    MEMORY_TYPES,
};

struct memory_range {
    struct range range;
    enum memory_type type;
};

enum {
    MEMMAP_ISA_START = 0xA0000,
    MEMMAP_ISA_END = 0x100000,
    MEMMAP_ENTRIES_MAX = E820_ANSWERS_MAX,
    MEMMAP_RANGES_MAX = 2 * MEMMAP_ENTRIES_MAX, /* n intervals cut the line into at most 2n - 1 pieces */
};

/* An interval's start or end while the map is made. */
struct memmap_edge {
    uint64_t at;
    int8_t step; /* +1 an interval of `type` starts here, -1 one ends */
    uint8_t type;
};

/* The lists come last: before them every offset is short. */
struct memmap {
    size_t count;         /* of `ranges`                                             */
    uint32_t empty;       /* entries of length 0                                     */
    uint32_t ignored;     /* entries whose attribute bit 0 is clear                  */
    uint32_t unreachable; /* entries wholly above the physical address width         */
    uint32_t clipped;     /* entries cut at it, or that wrapped past 2^64            */
    uint32_t overlaps;    /* places where entries of different types overlapped      */
    unsigned phys_bits;   /* the width used, at most PHYSICAL_BITS_MAX               */
    struct memory_range ranges[MEMMAP_RANGES_MAX];

    struct memmap_edge edges[2 * MEMMAP_RANGES_MAX]; /* scratch of memmap_build */
};

/* Builds the map from the firmware's list (attributes settled, core/e820.h); `map` is written whole.
 *   entries, count  at most MEMMAP_ENTRIES_MAX; any order, overlaps, wraps and unknown types allowed
 *   phys_bits       the CPU's physical address width, 1 to 64; more than 52 counts as 52
 * Rules: clip to the width; least usable type wins each overlap; merge; then cut to pages, usable inward and
 * everything else outward. Absent means not usable. Never fails; no usable memory is an empty answer. Time is
 * n log n in `count`. */
void memmap_build(struct memmap *map, const MemoryMapEntry *entries, size_t count, unsigned phys_bits);

/* Usable bytes from `from` up. */
uint64_t memmap_usable_bytes(const struct memmap *map, uint64_t from);

/* Whether any of it is memory: usable, or ACPI's. What lies in [MEMMAP_ISA_START, MEMMAP_ISA_END) is not: there are a PC's screen and
 * ROMs, whatever its firmware says, and nobody uses it as memory. */
bool memmap_has_memory(const struct memmap *map, struct range where);

/* "usable", "ACPI data", "ACPI NVS", "reserved", "bad". */
const char *memory_type_name(enum memory_type type);
