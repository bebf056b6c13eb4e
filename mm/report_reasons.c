#include "mm/report.h"

/* The end of whatever of the plan covers `at`, or `at` itself when nothing does. */
static uint64_t skip_taken(const struct plan *plan, uint64_t at)
{
    struct range byte = {at, at + 1};
    for (size_t i = 0; i < plan->reserved_count; i++) {
        if (range_overlap(plan->reserved[i].range, byte)) {
            return plan->reserved[i].range.end;
        }
    }
    for (size_t i = 0; i < plan->region_count; i++) {
        struct range region = {plan->regions[i].table.start, plan->regions[i].blocks.end};
        if (range_overlap(region, byte)) {
            return region.end;
        }
    }
    return at;
}

/* The lowest start above `at` of anything of the plan, at most `end`. */
static uint64_t next_taken(const struct plan *plan, uint64_t at, uint64_t end)
{
    for (size_t i = 0; i < plan->reserved_count; i++) {
        uint64_t start = plan->reserved[i].range.start;
        end = start > at && start < end ? start : end;
    }
    for (size_t i = 0; i < plan->region_count; i++) {
        uint64_t start = plan->regions[i].table.start;
        end = start > at && start < end ? start : end;
    }
    return end;
}

struct range report_unused(const struct memmap *map, const struct plan *plan, uint64_t from)
{
    for (size_t i = 0; i < map->count; i++) {
        struct range usable = map->ranges[i].range;
        if (map->ranges[i].type != MEMORY_USABLE || usable.end <= from) {
            continue;
        }
        uint64_t at = usable.start > from ? usable.start : from;
        for (uint64_t past = skip_taken(plan, at); past != at && at < usable.end; past = skip_taken(plan, at)) {
            at = past;
        }
        if (at < usable.end) {
            return (struct range){at, next_taken(plan, at, usable.end)};
        }
    }
    return (struct range){UINT64_MAX, UINT64_MAX};
}

static bool same_text(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static const char *reservation_reason(const char *name)
{
    static const struct {
        const char *name, *reason;
    } KNOWN[] = {
        {"low-memory", "below 1 MiB: the firmware's"},
        {"image", "the kernel image"},
        {"page-tables", "page tables of the direct map"},
        {"beyond-direct-map", "beyond the direct map"},
    };
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (same_text(name, KNOWN[i].name)) {
            return KNOWN[i].reason;
        }
    }
    return name;
}

/* What lies in low memory is spoken for already; only the reservation of low memory itself is named. */
static bool is_hidden(struct range range)
{
    return range.end <= LOW_MEMORY_BYTES && range_bytes(range) < LOW_MEMORY_BYTES;
}

/* The usable memory that reservations took. */
static void report_reserved_reasons(const struct memmap *map, const struct plan *plan, print_fn *print)
{
    for (size_t i = 0; i < plan->reserved_count; i++) {
        for (size_t k = 0; k < map->count; k++) {
            struct range part = range_common(plan->reserved[i].range, map->ranges[k].range);
            if (map->ranges[k].type == MEMORY_USABLE && !range_empty(part) && !is_hidden(plan->reserved[i].range)) {
                report_range(part, print);
                print("%s\n", reservation_reason(plan->reserved[i].name));
            }
        }
    }
}

/* Metadata of the regions, and places where a piece had to be cut into several regions. */
static void report_region_reasons(const struct plan *plan, print_fn *print)
{
    for (size_t i = 0; i < plan->region_count; i++) {
        report_range(plan->regions[i].table, print);
        print("table of the blocks after it\n");
        if (i > 0 && plan->regions[i - 1].blocks.end == plan->regions[i].table.start) {
            print("    cut there: a region has at most 2^31 blocks\n");
        }
    }
}

static void report_unused_reasons(const struct memmap *map, const struct plan *plan, print_fn *print)
{
    char least[16];
    format_bytes(least, HEAP_PIECE_MIN_BYTES);
    struct range piece = report_unused(map, plan, 0);
    for (; !range_empty(piece); piece = report_unused(map, plan, piece.end)) {
        report_range(piece, print);
        if (range_bytes(piece) < HEAP_PIECE_MIN_BYTES) {
            print("too short: less than %s\n", least);
        } else {
            print("not planned\n");
        }
    }
}

void report_reasons(const struct memmap *map, const struct plan *plan, print_fn *print)
{
    if (plan->verdict != PLAN_OK) {
        print("no plan:\n%s\n", plan_verdict_sentence(plan->verdict));
    }
    print("usable, but not for the heap:\n");
    report_reserved_reasons(map, plan, print);
    report_region_reasons(plan, print);
    report_unused_reasons(map, plan, print);
}
