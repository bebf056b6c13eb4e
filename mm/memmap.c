#include "mm/memmap.h"

#include <stdbool.h>

#include "core/assert.h"
#include "core/config.h"

enum { E820_ACPI_DATA = 3, E820_ACPI_NVS = 4, E820_BAD = 5 }; /* beside E820_USABLE; ACPI 6.5, chapter 15 */
enum { E820_ATTRIBUTE_VALID = 1U << 0, E820_ATTRIBUTE_NON_VOLATILE = 1U << 1 }; /* ACPI 6.5, 15.1 */

static enum memory_type record_type(const MemoryMapEntry *record)
{
    switch (record->type) {
    case E820_USABLE:
        return (record->attributes & E820_ATTRIBUTE_NON_VOLATILE) != 0 ? MEMORY_RESERVED : MEMORY_USABLE;
    case E820_ACPI_DATA: return MEMORY_ACPI_DATA;
    case E820_ACPI_NVS: return MEMORY_ACPI_NVS;
    case E820_BAD: return MEMORY_BAD;
    default: return MEMORY_RESERVED;
    }
}

/* The bytes of a record that an address can reach. Compared with the room left instead of added, so a record that
 * wraps past 2^64 still covers what lies below the top. */
static struct range record_range(const MemoryMapEntry *record, uint64_t top)
{
    uint64_t start = record->base < top ? record->base : top;
    uint64_t room = top - start;
    return (struct range){start, start + (record->length < room ? record->length : room)};
}

static void sift_down(struct memmap_edge *edges, size_t root, size_t count)
{
    struct memmap_edge moving = edges[root];
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count && edges[child].at < edges[child + 1].at) {
            child++;
        }
        if (edges[child].at <= moving.at) {
            break;
        }
        edges[root] = edges[child];
        root = child;
    }
    edges[root] = moving;
}

/* Heap sort: in place, no recursion, n log n on any firmware's order. */
static void sort_edges(struct memmap_edge *edges, size_t count)
{
    for (size_t root = count / 2; root-- > 0;) {
        sift_down(edges, root, count);
    }
    for (size_t unsorted = count; unsorted-- > 1;) {
        struct memmap_edge largest = edges[0];
        edges[0] = edges[unsorted];
        edges[unsorted] = largest;
        sift_down(edges, 0, unsorted);
    }
}

/* Intervals of each type that cover the place where the sweep stands. */
struct cover {
    uint32_t open[MEMORY_TYPES];
};

/* MEMORY_TYPES where nothing covers the place. */
static enum memory_type cover_worst(const struct cover *cover)
{
    for (unsigned type = MEMORY_TYPES; type-- > 0;) {
        if (cover->open[type] > 0) {
            return (enum memory_type)type;
        }
    }
    return MEMORY_TYPES;
}

static bool cover_mixed(const struct cover *cover)
{
    unsigned types = 0;
    for (unsigned type = 0; type < MEMORY_TYPES; type++) {
        types += cover->open[type] > 0;
    }
    return types > 1;
}

static void append(struct memmap *map, struct range range, enum memory_type type)
{
    if (map->count > 0) {
        struct memory_range *last = &map->ranges[map->count - 1];
        if (last->type == type && last->range.end == range.start) {
            last->range.end = range.end;
            return;
        }
    }
    kassert(map->count < MEMMAP_RANGES_MAX, "memmap: more ranges than n intervals can make");
    map->ranges[map->count++] = (struct memory_range){range, type};
}

static size_t add_edges(struct memmap *map, size_t count, struct range range, enum memory_type type)
{
    if (range_empty(range)) {
        return count;
    }
    map->edges[count] = (struct memmap_edge){.at = range.start, .step = +1, .type = (uint8_t)type};
    map->edges[count + 1] = (struct memmap_edge){.at = range.end, .step = -1, .type = (uint8_t)type};
    return count + 2;
}

/* Rewrites the ranges from the intervals whose edges are given: one counter a type while walking up the line, the
 * worst open type wins. Returns the number of places where different types overlapped. */
static uint32_t sweep(struct memmap *map, size_t edge_count)
{
    struct cover cover = {{0}};
    uint32_t overlaps = 0;
    bool mixed_before = false;

    map->count = 0;
    sort_edges(map->edges, edge_count);
    for (size_t i = 0; i + 1 < edge_count; i++) {
        const struct memmap_edge *edge = &map->edges[i];
        cover.open[edge->type] += edge->step > 0 ? 1U : UINT32_MAX; /* UINT32_MAX: one less */
        struct range piece = {edge->at, edge[1].at};
        if (range_empty(piece)) {
            continue; /* more edges stand at this place */
        }
        bool mixed = cover_mixed(&cover);
        overlaps += mixed && !mixed_before;
        mixed_before = mixed;
        enum memory_type worst = cover_worst(&cover);
        if (worst != MEMORY_TYPES) {
            append(map, piece, worst);
        }
    }
    return overlaps;
}

/* The edges of all records that count; the others are counted in `map`. */
static size_t edges_of_records(struct memmap *map, const MemoryMapEntry *entries, size_t count)
{
    uint64_t top = UINT64_C(1) << map->phys_bits;
    size_t edge_count = 0;
    for (size_t i = 0; i < count; i++) {
        const MemoryMapEntry *record = &entries[i];
        if (record->length == 0) {
            map->empty++;
        } else if ((record->attributes & E820_ATTRIBUTE_VALID) == 0) {
            map->ignored++;
        } else if (record->base >= top) {
            map->unreachable++;
        } else {
            map->clipped += record->length > top - record->base;
            edge_count = add_edges(map, edge_count, record_range(record, top), record_type(record));
        }
    }
    return edge_count;
}

/* A page is usable only if all of it is, and is anything else if a single byte is. */
static struct range cut_to_pages(const struct memory_range *piece)
{
    struct range r = piece->range;
    if (piece->type == MEMORY_USABLE) {
        return (struct range){round_up(r.start, BLOCK_BYTES), round_down(r.end, BLOCK_BYTES)};
    }
    return (struct range){round_down(r.start, BLOCK_BYTES), round_up(r.end, BLOCK_BYTES)};
}

void memmap_build(struct memmap *map, const MemoryMapEntry *entries, size_t count, unsigned phys_bits)
{
    kassert(count <= MEMMAP_ENTRIES_MAX, "memmap: more entries than the list can hold");
    map->empty = 0;
    map->ignored = 0;
    map->unreachable = 0;
    map->clipped = 0;
    map->phys_bits = phys_bits < PHYSICAL_BITS_MAX ? phys_bits : PHYSICAL_BITS_MAX;
    map->overlaps = sweep(map, edges_of_records(map, entries, count));

    /* Merged first, cut second: two usable entries that meet inside a page make that page usable. Ranges that share
     * a page after the cut go through the same rule again. The pages of each result are decided by one of the
     * ranges before, and no range decides two results, so there are never more than before. */
    size_t edge_count = 0;
    for (size_t i = 0; i < map->count; i++) {
        edge_count = add_edges(map, edge_count, cut_to_pages(&map->ranges[i]), map->ranges[i].type);
    }
    sweep(map, edge_count);
}

bool memmap_has_memory(const struct memmap *map, struct range where)
{
    bool isa = where.start >= MEMMAP_ISA_START && where.end <= MEMMAP_ISA_END;
    bool has = false;
    for (size_t i = 0; !isa && i < map->count; i++) {
        const struct memory_range *range = &map->ranges[i];
        has = has || (range->type <= MEMORY_ACPI_NVS && range_overlap(range->range, where));
    }
    return has;
}

uint64_t memmap_usable_bytes(const struct memmap *map, uint64_t from)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].type == MEMORY_USABLE) {
            bytes += range_bytes(range_common(map->ranges[i].range, (struct range){from, UINT64_MAX}));
        }
    }
    return bytes;
}

const char *memory_type_name(enum memory_type type)
{
    static const char *const names[MEMORY_TYPES] = {
        [MEMORY_USABLE] = "usable",     [MEMORY_ACPI_DATA] = "ACPI data",
        [MEMORY_ACPI_NVS] = "ACPI NVS", [MEMORY_RESERVED] = "reserved",
        [MEMORY_BAD] = "bad",
    };
    return (unsigned)type < MEMORY_TYPES ? names[type] : "unknown";
}
