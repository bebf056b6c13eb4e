#include "tests/mutate.h"

#include <assert.h>
#include <string.h>

enum { PAGE = 4096, KIB = 1024, MIB = 1024 * 1024 };

#define GIB (UINT64_C(1) << 30)

static struct firmware_entry *pick(struct firmware_map *map, struct random *random)
{
    return &map->entries[random_below(random, map->count)];
}

/* A usable entry that is not empty where a few tries find one, else any. */
static struct firmware_entry *pick_usable(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    for (int tries = 0; tries < 8 && (entry->type != 1 || entry->length == 0); tries++) {
        entry = pick(map, random);
    }
    return entry;
}

/* At a random place in the list; a full list stays as it is. */
static void add(struct firmware_map *map, struct random *random, struct firmware_entry entry)
{
    if (map->count + 1 >= E820_ANSWERS_MAX) { /* one place is left for the answer that ends the list */
        return;
    }
    size_t at = random_below(random, map->count + 1);
    memmove(&map->entries[at + 1], &map->entries[at], (map->count - at) * sizeof entry);
    map->entries[at] = entry;
    map->count++;
}

static void add_plain(struct firmware_map *map, struct random *random, uint64_t base, uint64_t length, uint32_t type)
{
    add(map, random, (struct firmware_entry){base, length, type, E820_RECORD_SIZE_MIN, 1});
}

/* Random numbers are drawn in statements of their own: the order in which C evaluates arguments is the compiler's, and
 * one seed has to give one map with all of them. */
static uint64_t sometimes(struct random *random, uint64_t value)
{
    return random_below(random, 2) == 0 ? value : 0;
}

static uint32_t other_type(struct random *random)
{
    static const uint32_t types[] = {2, 3, 4, 5, 0, 6, 7, 12, 13, 0x80000000, 0xFFFFFFFF};
    return types[random_below(random, sizeof types / sizeof types[0])];
}

static void shuffle(struct firmware_map *map, struct random *random)
{
    for (size_t i = map->count - 1; i > 0; i--) {
        size_t other = random_below(random, i + 1);
        struct firmware_entry entry = map->entries[i];
        map->entries[i] = map->entries[other];
        map->entries[other] = entry;
    }
}

static void split(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    if (entry->length < 2) {
        return;
    }
    struct firmware_entry rest = *entry;
    entry->length = 1 + random_below(random, entry->length - 1);
    rest.base += entry->length;
    rest.length -= entry->length;
    add(map, random, rest);
}

static void duplicate(struct firmware_map *map, struct random *random)
{
    struct firmware_entry entry = *pick(map, random);
    add(map, random, entry);
}

static void same_range_other_type(struct firmware_map *map, struct random *random)
{
    struct firmware_entry entry = *pick(map, random);
    entry.type = other_type(random);
    add(map, random, entry);
}

static void overlap_by_a_byte(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    if (random_below(random, 2) == 0 && entry->base > 0) {
        entry->base--;
    }
    entry->length++;
}

static void gap_of_a_byte(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    entry->base += random_below(random, 2);
    entry->length -= entry->length != 0;
}

static void reserve_inside_usable(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *ram = pick_usable(map, random);
    if (ram->length == 0) {
        return;
    }
    uint64_t offset = random_below(random, ram->length);
    uint64_t limit = random_below(random, 2) == 0 ? 3 * PAGE : ram->length - offset;
    uint64_t length = 1 + random_below(random, limit);
    add_plain(map, random, ram->base + offset, length, other_type(random));
}

static void add_empty(struct firmware_map *map, struct random *random)
{
    uint64_t base = pick(map, random)->base;
    base += random_below(random, 2 * PAGE);
    base = random_below(random, 4) == 0 ? 0 : base;
    add_plain(map, random, base, 0, (uint32_t)random_below(random, 6));
}

static void wrap_past_the_top(struct firmware_map *map, struct random *random)
{
    uint64_t base = random_below(random, 2) == 0 ? UINT64_MAX - random_below(random, GIB) : 4 * GIB - MIB;
    uint64_t length = UINT64_MAX - random_below(random, 2 * PAGE);
    add_plain(map, random, base, length, random_below(random, 3) == 0 ? 1 : 2);
}

static void change_type(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    entry->type = other_type(random);
}

static void call_it_usable(struct firmware_map *map, struct random *random)
{
    pick(map, random)->type = 1;
}

static void ebda_called_ram(struct firmware_map *map, struct random *random)
{
    add_plain(map, random, 0x9FC00, 0x400, 1);
    add_plain(map, random, 0, 0x9FC00, 1);
}

static void video_memory_called_ram(struct firmware_map *map, struct random *random)
{
    add_plain(map, random, 640 * KIB, 384 * KIB, 1);
}

/* Touching the first megabyte from above, so that a range crosses its end. */
static void one_entry_from_zero(struct firmware_map *map, struct random *random)
{
    add_plain(map, random, 0, MIB + random_below(random, 64 * MIB), 1);
}

static void far_reserved(struct firmware_map *map, struct random *random)
{
    add_plain(map, random, 1012 * GIB, 12 * GIB, 2);
}

static void attribute_word(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    entry->size = random_below(random, 4) == 0 ? E820_RECORD_SIZE_MIN : E820_RECORD_SIZE;
    entry->attributes = random_below(random, 8) == 0 ? (uint32_t)random_next(random) : random_below(random, 4) & 3;
}

/* Firmware that answers 24 bytes without knowing what the last four mean. */
static void attributes_everywhere(struct firmware_map *map, struct random *random)
{
    uint32_t word = random_below(random, 4) & 3;
    for (size_t i = 0; i < map->count; i++) {
        map->entries[i].size = E820_RECORD_SIZE;
        map->entries[i].attributes = word;
    }
}

static void stale_attributes(struct firmware_map *map, struct random *random)
{
    for (size_t i = 0; i < map->count; i++) {
        map->entries[i].size = E820_RECORD_SIZE_MIN + (uint32_t)random_below(random, 4);
        map->entries[i].attributes = (uint32_t)random_next(random);
    }
}

static void short_answer(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    entry->size = (uint32_t)random_below(random, E820_RECORD_SIZE_MIN);
}

static void ragged_ends(struct firmware_map *map, struct random *random)
{
    struct firmware_entry *entry = pick(map, random);
    entry->base += random_below(random, PAGE);
    entry->length -= entry->length < PAGE ? 0 : random_below(random, PAGE);
}

static void beyond_52_bits(struct firmware_map *map, struct random *random)
{
    uint64_t top = UINT64_C(1) << 52;
    uint64_t base = random_below(random, 2) == 0 ? top - random_below(random, GIB) : top << random_below(random, 12);
    uint64_t length = random_below(random, 4 * GIB);
    add_plain(map, random, base, length, random_below(random, 2) == 0 ? 1 : other_type(random));
}

/* Memory on both sides of where an address width, or the direct map, ends. */
static void across_a_width(struct firmware_map *map, struct random *random)
{
    static const unsigned widths[] = {32, 36, 39, 40, 46, 48};
    uint64_t edge = UINT64_C(1) << widths[random_below(random, sizeof widths / sizeof widths[0])];
    uint64_t base = edge - random_below(random, 8 * MIB);
    uint64_t length = random_below(random, 16 * MIB);
    add_plain(map, random, base, length, random_below(random, 3) == 0 ? 2 : 1);
}

/* As long as the shortest piece that counts, give or take a page. */
static void piece_at_the_threshold(struct firmware_map *map, struct random *random)
{
    uint64_t length = 64 * KIB - PAGE + random_below(random, 3) * PAGE;
    uint64_t base = pick(map, random)->base & ~UINT64_C(0xFFF);
    base += random_below(random, 64) * PAGE;
    add_plain(map, random, base - PAGE, length + 2 * PAGE, 2);
    add_plain(map, random, base, length, 1);
    struct firmware_entry *ram = pick_usable(map, random);
    ram->length = ram->length < 4 * MIB ? ram->length : length;
}

static void piece_set_apart(struct firmware_map *map, struct random *random)
{
    uint64_t base = (4096 + random_below(random, 1024)) * GIB;
    uint64_t length = 64 * KIB - PAGE + random_below(random, 3) * PAGE;
    add_plain(map, random, base, length, 1);
}

static void drop_entry(struct firmware_map *map, struct random *random)
{
    if (map->count > 1) {
        *pick(map, random) = map->entries[map->count - 1];
        map->count--;
    }
}

/* Lists longer than the tables of many a kernel; rare, as judging one takes the square of its length. */
static void many_entries(struct firmware_map *map, struct random *random)
{
    if (random_below(random, 16) != 0) {
        return;
    }
    size_t goal = random_below(random, 4) == 0 ? E820_ANSWERS_MAX - 1 : 129 + random_below(random, 128);
    uint64_t base = random_below(random, 2) == 0 ? pick_usable(map, random)->base : 16 * MIB;
    while (map->count < goal) {
        uint64_t at = base + random_below(random, 512) * PAGE * 8;
        at += sometimes(random, random_below(random, PAGE));
        uint64_t length = random_below(random, 2) == 0 ? PAGE : random_below(random, 4 * 64 * KIB);
        add_plain(map, random, at, length, random_below(random, 2) == 0 ? 1 : other_type(random));
    }
}

static const struct {
    const char *name;
    void (*apply)(struct firmware_map *map, struct random *random);
} operators[] = {
    {"shuffle", shuffle},
    {"split", split},
    {"duplicate", duplicate},
    {"same range, other type", same_range_other_type},
    {"overlap by a byte", overlap_by_a_byte},
    {"gap of a byte", gap_of_a_byte},
    {"reserved inside usable", reserve_inside_usable},
    {"zero length", add_empty},
    {"wrap past 2^64", wrap_past_the_top},
    {"unknown or other type", change_type},
    {"called usable", call_it_usable},
    {"EBDA called RAM", ebda_called_ram},
    {"640K to 1M called RAM", video_memory_called_ram},
    {"one entry from 0 up", one_entry_from_zero},
    {"12 GiB reserved at 1012 GiB", far_reserved},
    {"attribute word", attribute_word},
    {"the same attributes everywhere", attributes_everywhere},
    {"20 to 23 bytes, stale attributes", stale_attributes},
    {"short answer", short_answer},
    {"ragged ends", ragged_ends},
    {"beyond 2^52", beyond_52_bits},
    {"across an address width", across_a_width},
    {"piece at the threshold", piece_at_the_threshold},
    {"piece set apart", piece_set_apart},
    {"dropped entry", drop_entry},
    {"129 to 511 entries", many_entries},
};

enum { OPERATORS = sizeof operators / sizeof operators[0] };

static_assert((int)OPERATORS <= (int)MUTATE_OPERATORS_MAX, "the report has a place for each operator");

static void copy_known(struct firmware_map *map, struct random *random)
{
    const struct known_map *known = random_below(random, 8) == 0 ? &quirk_maps[random_below(random, quirk_map_count)]
                                                                 : &real_maps[random_below(random, real_map_count)];
    firmware_map_copy(map, known);
    if (map->count == 0) { /* the operators need something to work on */
        map->entries[map->count++] = (struct firmware_entry){MIB, 64 * MIB, 1, E820_RECORD_SIZE_MIN, 1};
    }
}

void mutate_map(struct firmware_map *map, struct random *random, struct mutate_count *used)
{
    copy_known(map, random);
    for (uint64_t rounds = 1 + random_below(random, 4); rounds > 0; rounds--) {
        size_t which = random_below(random, OPERATORS);
        operators[which].apply(map, random);
        if (used != NULL) {
            used[which].name = operators[which].name;
            used[which].used++;
        }
    }
}

/* Starts or ends within a few pages of an edge of the map, or in the middle of an entry. */
static struct range place(const struct firmware_map *map, struct random *random, uint64_t bytes_max)
{
    const struct firmware_entry *entry = &map->entries[random_below(random, map->count)];
    uint64_t bytes = (1 + random_below(random, bytes_max / PAGE)) * PAGE;
    uint64_t at = entry->base;
    switch (random_below(random, 4)) {
    case 0: at += entry->length; break;
    case 1: at += entry->length / 2; break;
    case 2: at += entry->length - bytes; break;
    default: break;
    }
    at = (at + random_below(random, 5) * PAGE - 2 * PAGE) & ((UINT64_C(1) << 45) - 1) & ~UINT64_C(0xFFF);
    return (struct range){at, at + bytes};
}

/* All memory still fits into the regions that a plan has room for. */
static uint64_t small_region(const struct firmware_map *map)
{
    uint64_t most = (UINT64_C(1) << 46) / PAGE;
    uint64_t blocks = 0;
    for (size_t i = 0; i < map->count && blocks < most; i++) {
        uint64_t here = map->entries[i].length / PAGE;
        blocks += map->entries[i].type != 1 ? 0 : here < most ? here : most;
    }
    return blocks / 16 + 64;
}

void mutate_machine(struct machine *machine, const struct firmware_map *map, struct random *random)
{
    static const unsigned widths[] = {32, 36, 39, 40, 46, 48, 52, 64};
    *machine = machine_usual();
    machine->phys_bits = widths[random_below(random, sizeof widths / sizeof widths[0])];
    machine->page_bits = random_below(random, 2) == 0 ? 21 : 30;
    machine->ended_by_carry = random_below(random, 2) == 0;
    if (random_below(random, 2) == 0) {
        machine->image = place(map, random, random_below(random, 4) == 0 ? 16 * MIB : 2 * MIB);
    }
    if (random_below(random, 4) == 0) {
        machine->module_count = (uint32_t)random_below(random, BOOT_MODULES_MAX + 1);
    }
    for (uint32_t i = 0; i < machine->module_count; i++) {
        machine->modules[i] = place(map, random, 2 * MIB);
        machine->modules[i].start += sometimes(random, random_below(random, PAGE));
    }
    if (random_below(random, 8) == 0) {
        machine->region_blocks_max = small_region(map);
    }
}
