/* Half-open ranges of addresses. Everything behind memmap_build works on these. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
    uint64_t start; /* first byte inside  */
    uint64_t end;   /* first byte outside */
};

static inline uint64_t range_bytes(struct range r)
{
    return r.end > r.start ? r.end - r.start : 0;
}

static inline bool range_empty(struct range r)
{
    return r.end <= r.start;
}

/* Empty ranges overlap nothing. */
static inline bool range_overlap(struct range a, struct range b)
{
    return !range_empty(a) && !range_empty(b) && a.start < b.end && b.start < a.end;
}

/* The bytes in both; empty when there are none. */
static inline struct range range_common(struct range a, struct range b)
{
    uint64_t start = a.start > b.start ? a.start : b.start;
    uint64_t end = a.end < b.end ? a.end : b.end;
    return (struct range){start, end > start ? end : start};
}

/* To a power-of-two grid. round_up needs value <= 2^64 - grid; every caller has clipped to 2^52 before. */
static inline uint64_t round_down(uint64_t value, uint64_t grid)
{
    return value & ~(grid - 1);
}

static inline uint64_t round_up(uint64_t value, uint64_t grid)
{
    return (value + grid - 1) & ~(grid - 1);
}
