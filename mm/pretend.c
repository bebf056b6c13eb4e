#include "mm/pretend.h"

#include <stddef.h>

#include "core/status.h"
#include "mm/range.h"

enum { TYPE_RESERVED = 2 };

/* Adds the entry for a gap, unless it is empty; `entries` NULL: only counts it. Returns the new count. */
static uint32_t add_gap(MemoryMapEntry *entries, uint32_t count, struct range gap)
{
    if (range_empty(gap)) {
        return count;
    }
    if (entries != NULL) {
        entries[count] = (MemoryMapEntry){gap.start, range_bytes(gap), TYPE_RESERVED, 1};
    }
    return count + 1;
}

static uint32_t add_gaps(MemoryMapEntry *entries, uint32_t count, const struct memmap *real)
{
    uint64_t from = 0;
    for (size_t i = 0; i < real->count; i++) {
        if (real->ranges[i].type == MEMORY_USABLE) {
            count = add_gap(entries, count, (struct range){from, real->ranges[i].range.start});
            from = real->ranges[i].range.end;
        }
    }
    return add_gap(entries, count, (struct range){from, UINT64_C(1) << real->phys_bits});
}

int pretend_limit(MemoryMapEntry *entries, uint32_t *count, uint32_t capacity, const struct memmap *real)
{
    if (*count > capacity || add_gaps(NULL, 0, real) > capacity - *count) {
        return -ENOMEM;
    }
    *count = add_gaps(entries, *count, real);
    return 0;
}
