#include "mm/report.h"

static const char UNITS[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

/* Puts the digits of `value` at `text`; returns what follows them. */
static char *put_number(char *text, uint64_t value)
{
    uint64_t scale = 1;
    while (value / scale >= 10) {
        scale *= 10;
    }
    for (; scale != 0; scale /= 10) {
        *text++ = (char)('0' + value / scale % 10);
    }
    return text;
}

void format_bytes(char text[16], uint64_t bytes)
{
    unsigned unit = 0;
    while (unit < sizeof UNITS / sizeof UNITS[0] - 1 && bytes >> (10 * unit) >= 1024) {
        unit++;
    }
    char *at = put_number(text, bytes >> (10 * unit));
    uint64_t tenths = unit == 0 ? 0 : ((bytes >> (10 * (unit - 1))) % 1024) * 10 / 1024;
    if (tenths != 0) {
        *at++ = '.';
        *at++ = (char)('0' + tenths);
    }
    *at++ = ' ';
    for (const char *name = UNITS[unit]; *name != '\0'; name++) {
        *at++ = *name;
    }
    *at = '\0';
}

void report_range(struct range range, print_fn *print)
{
    char size[16];
    format_bytes(size, range_bytes(range));
    print("  [0x%013llx, 0x%013llx) %10s  ", (unsigned long long)range.start, (unsigned long long)range.end, size);
}

void report_entries(const char *source, const MemoryMapEntry *entries, size_t count, print_fn *print)
{
    print("tessera-map: source %s entries %zu\n", source, count);
    for (size_t i = 0; i < count; i++) {
        const MemoryMapEntry *entry = &entries[i];
        print("tessera-map: 0x%016llx 0x%016llx %u", (unsigned long long)entry->base,
              (unsigned long long)entry->length, entry->type);
        if (entry->attributes != 1) {
            print(" attr=0x%x", entry->attributes);
        }
        print("\n");
    }
}

static void report_repair(uint32_t count, const char *what, print_fn *print)
{
    if (count != 0) {
        print("  repaired: %u %s\n", count, what);
    }
}

void report_map(const struct memmap *map, print_fn *print)
{
    print("memory map, in whole pages, %u-bit addresses:\n", map->phys_bits);
    for (size_t i = 0; i < map->count; i++) {
        report_range(map->ranges[i].range, print);
        print("%s\n", memory_type_name(map->ranges[i].type));
    }
    report_repair(map->empty, "empty, dropped", print);
    report_repair(map->ignored, "with attribute bit 0 clear, ignored as the firmware asks", print);
    report_repair(map->unreachable, "wholly beyond the physical address width, dropped", print);
    report_repair(map->clipped, "cut at the physical address width", print);
    report_repair(map->overlaps, "overlaps, given to the least usable type", print);
}

void report_reservations(const struct plan *plan, print_fn *print)
{
    print("never handed out:\n");
    for (size_t i = 0; i < plan->reserved_count; i++) {
        report_range(plan->reserved[i].range, print);
        print("%s\n", plan->reserved[i].name);
    }
}
