#include "mm/directmap.h"

#include "core/assert.h"
#include "core/config.h"
#include "mm/page_table.h"

/* Accessed and dirty are set beforehand so that the processor never has to write them. */
#define LEAF_FLAGS  (PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY | PAGE_GLOBAL | PAGE_NO_EXECUTE)
#define TABLE_FLAGS (PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED)

/* Counts frames first to last, but none below *fresh, which moves past them: ranges that share a frame share its
 * table. */
static uint64_t claim(uint64_t first, uint64_t last, uint64_t *fresh)
{
    if (first < *fresh) {
        first = *fresh;
    }
    if (last < first) {
        return 0;
    }
    *fresh = last + 1;
    return last - first + 1;
}

/* Frames of 2^bits bytes whose inside needs a table: all that the run touches where no page is that large, else
 * those that the run covers in part, which can only be its first and its last. */
static uint64_t split_frames(struct range run, unsigned bits, unsigned page_bits, uint64_t *fresh)
{
    uint64_t first = run.start >> bits;
    uint64_t last = (run.end - 1) >> bits;
    if (bits > page_bits) {
        return claim(first, last, fresh);
    }
    uint64_t inside = (UINT64_C(1) << bits) - 1;
    uint64_t frames = 0;
    if ((run.start & inside) != 0) {
        frames += claim(first, first, fresh);
    }
    if ((run.end & inside) != 0) {
        frames += claim(last, last, fresh);
    }
    return frames;
}

uint64_t directmap_tables(const struct range *ranges, size_t count, unsigned page_bits)
{
    uint64_t tables = 0;
    for (unsigned bits = PAGE_BITS_TOP; bits > PAGE_BITS_4K; bits -= PAGE_LEVEL_BITS) {
        uint64_t fresh = 0;
        for (size_t i = 0; i < count; i++) {
            tables += split_frames(ranges[i], bits, page_bits, &fresh);
        }
    }
    return tables;
}

struct builder {
    uint64_t top;
    struct range tables; /* not yet taken */
    unsigned page_bits;
};

static uint64_t take_table(struct builder *builder)
{
    kassert(range_bytes(builder->tables) >= PAGE_TABLE_BYTES, "directmap: more tables needed than were counted");
    uint64_t table = builder->tables.start;
    builder->tables.start += PAGE_TABLE_BYTES;
    uint64_t *entries = directmap_table(table);
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        entries[i] = 0;
    }
    return table;
}

/* The table whose entries cover 2^bits bytes each, on the way to `physical`; made where missing. */
static uint64_t table_for(struct builder *builder, uint64_t physical, unsigned bits)
{
    uint64_t table = builder->top;
    for (unsigned shift = PAGE_BITS_TOP; shift > bits; shift -= PAGE_LEVEL_BITS) {
        unsigned index = page_table_index(DIRECT_MAP_BASE + physical, shift);
        uint64_t entry = directmap_table(table)[index];
        if ((entry & PAGE_PRESENT) == 0) {
            entry = take_table(builder) | TABLE_FLAGS;
            directmap_table(table)[index] = entry;
        }
        table = entry & PAGE_ADDRESS;
    }
    return table;
}

/* Largest page, as a power of two, that starts at run.start and ends inside the run. */
static unsigned leaf_bits(struct range run, unsigned page_bits)
{
    for (unsigned bits = page_bits; bits > PAGE_BITS_4K; bits -= PAGE_LEVEL_BITS) {
        uint64_t bytes = UINT64_C(1) << bits;
        if ((run.start & (bytes - 1)) == 0 && range_bytes(run) >= bytes) {
            return bits;
        }
    }
    return PAGE_BITS_4K;
}

/* Fills entries of one table, as long as pages of one size follow each other in it. Returns where that ended. */
static uint64_t map_in_one_table(struct builder *builder, struct range run)
{
    unsigned bits = leaf_bits(run, builder->page_bits);
    uint64_t flags = bits > PAGE_BITS_4K ? LEAF_FLAGS | PAGE_LARGE : LEAF_FLAGS;
    uint64_t *entries = directmap_table(table_for(builder, run.start, bits));
    unsigned index = page_table_index(DIRECT_MAP_BASE + run.start, bits);
    do {
        entries[index++] = run.start | flags;
        run.start += UINT64_C(1) << bits;
    } while (index < PAGE_TABLE_ENTRIES && !range_empty(run) && leaf_bits(run, builder->page_bits) == bits);
    return run.start;
}

uint64_t directmap_build(uint64_t top, struct range tables, const struct range *ranges, size_t count,
                         unsigned page_bits)
{
    struct builder builder = {.top = top, .tables = tables, .page_bits = page_bits};
    for (size_t i = 0; i < count; i++) {
        struct range run = ranges[i];
        while (!range_empty(run)) {
            run.start = map_in_one_table(&builder, run);
        }
    }
    return (builder.tables.start - tables.start) / PAGE_TABLE_BYTES;
}
