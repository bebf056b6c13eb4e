#include "tests/oracle.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/config.h"

typedef unsigned __int128 wide; /* base + length cannot wrap here */

enum { NO_ENTRY = -1, PAGE = 4096, SAMPLES_PER_ENTRY = 6 };

/* An entry that counts: the addresses that it covers, and as what. */
struct claim {
    uint64_t start;
    uint64_t end;
    int type;
};

/* Are the first 20 bytes there, and do the attributes, where there are any, leave the entry in? */
static bool is_valid(const struct firmware_entry *entry, bool obey_attributes)
{
    bool switched_off = entry->size >= 24 && (entry->attributes & 1) == 0;
    return entry->size >= 20 && !(obey_attributes && switched_off);
}

static int type_of(const struct firmware_entry *entry)
{
    static const int types[] = {MEMORY_RESERVED,  MEMORY_USABLE,   MEMORY_RESERVED,
                                MEMORY_ACPI_DATA, MEMORY_ACPI_NVS, MEMORY_BAD};
    bool non_volatile = entry->size >= 24 && (entry->attributes & 2) != 0;
    if (entry->type == 1 && non_volatile) {
        return MEMORY_RESERVED;
    }
    return entry->type < sizeof types / sizeof types[0] ? types[entry->type] : MEMORY_RESERVED;
}

static bool gives_memory(const struct firmware_map *map, bool obey_attributes)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct firmware_entry *entry = &map->entries[i];
        if (is_valid(entry, obey_attributes) && type_of(entry) == MEMORY_USABLE && entry->length != 0) {
            return true;
        }
    }
    return false;
}

static uint64_t below(wide value, unsigned bits)
{
    wide top = (wide)1 << bits;
    return (uint64_t)(value < top ? value : top);
}

static size_t collect_claims(struct claim *claims, const struct firmware_map *map, unsigned bits)
{
    /* Attributes that switch off all memory come from firmware that does not know them. */
    bool obey = gives_memory(map, true) || !gives_memory(map, false);
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct firmware_entry *entry = &map->entries[i];
        if (is_valid(entry, obey)) {
            wide end = (wide)entry->base + entry->length;
            claims[count++] = (struct claim){below(entry->base, bits), below(end, bits), type_of(entry)};
        }
    }
    return count;
}

/* The definition itself: the worst type of all entries that cover the address. */
static int type_at(const struct claim *claims, size_t count, uint64_t address)
{
    int worst = NO_ENTRY;
    for (size_t i = 0; i < count; i++) {
        if (claims[i].start <= address && address < claims[i].end && claims[i].type > worst) {
            worst = claims[i].type;
        }
    }
    return worst;
}

static int by_address(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Every address where an answer can change, and the page boundaries on both sides of it, sorted. From one sample to
 * the next all addresses are alike. */
static size_t collect_samples(uint64_t *samples, const struct claim *claims, size_t claim_count)
{
    size_t count = 0;
    for (size_t i = 0; i < claim_count; i++) {
        uint64_t edges[2] = {claims[i].start, claims[i].end};
        for (int side = 0; side < 2; side++) {
            uint64_t page = edges[side] / PAGE * PAGE;
            samples[count++] = page;
            samples[count++] = edges[side];
            samples[count++] = edges[side] == page ? page : page + PAGE;
        }
    }
    qsort(samples, count, sizeof samples[0], by_address);
    return count;
}

static void append(struct oracle *oracle, struct range range, int type)
{
    struct memory_range *last = oracle->count > 0 ? &oracle->ranges[oracle->count - 1] : NULL;
    if (last != NULL && last->range.end == range.start && (int)last->type == type) {
        last->range.end = range.end;
        return;
    }
    assert(oracle->count < MEMMAP_RANGES_MAX);
    oracle->ranges[oracle->count++] = (struct memory_range){range, (enum memory_type)type};
}

void oracle_read(struct oracle *oracle, const struct firmware_map *map, unsigned phys_bits)
{
    static struct claim claims[E820_ANSWERS_MAX];
    static uint64_t samples[SAMPLES_PER_ENTRY * E820_ANSWERS_MAX];
    size_t claim_count = collect_claims(claims, map, phys_bits < PHYSICAL_BITS_MAX ? phys_bits : PHYSICAL_BITS_MAX);
    size_t sample_count = collect_samples(samples, claims, claim_count);
    oracle->count = 0;

    struct range pages = {0, 0}; /* from the last page boundary on */
    int worst = NO_ENTRY;
    bool hole = false;
    for (size_t i = 0; i + 1 < sample_count; i++) {
        if (samples[i] == samples[i + 1]) {
            continue;
        }
        if (samples[i] % PAGE == 0) {
            pages.start = samples[i];
            worst = NO_ENTRY;
            hole = false;
        }
        int type = type_at(claims, claim_count, samples[i]);
        worst = type > worst ? type : worst;
        hole = hole || type == NO_ENTRY;
        if (samples[i + 1] % PAGE == 0 && worst != NO_ENTRY && !(worst == MEMORY_USABLE && hole)) {
            pages.end = samples[i + 1];
            append(oracle, pages, worst);
        }
    }
}

const char *oracle_difference(const struct oracle *oracle, const struct memmap *map)
{
    for (size_t i = 0; i < oracle->count && i < map->count; i++) {
        const struct memory_range *ours = &map->ranges[i];
        const struct memory_range *right = &oracle->ranges[i];
        if (ours->range.start != right->range.start || ours->range.end != right->range.end) {
            return "map: a range has other ends than the oracle's";
        }
        if (ours->type != right->type) {
            return "map: a range has another type than the oracle's";
        }
    }
    if (map->count != oracle->count) {
        return map->count < oracle->count ? "map: a range is missing" : "map: a range is too much";
    }
    return NULL;
}
