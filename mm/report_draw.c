#include "mm/report.h"

enum {
    CELLS = 64,              /* characters in a bar */
    LABEL_EVERY = CELLS / 4, /* as wide as an address and a blank */
    LINE_MAX = 79,
    WINDOWS_MAX = 6,
    ZOOM_BYTES = 4 * 1024 * 1024, /* what lies around the image, drawn at 64 KiB a character */
};
#define FOUR_GIB (UINT64_C(1) << 32)

/* What a character may stand for. Where several share one, the first of them is shown: the small ones are what a
 * reader looks for. */
enum kind {
    KIND_IMAGE,
    KIND_PAGE_TABLES,
    KIND_RESERVATION,
    KIND_BAD,
    KIND_ACPI,
    KIND_UNUSED,
    KIND_TABLE,
    KIND_RESERVED,
    KIND_HEAP,
    KIND_LOW,
    KIND_ABSENT,
    KINDS,
};

static const struct {
    char symbol;
    const char *meaning;
} LEGEND[KINDS] = {
    [KIND_IMAGE] = {'K', "kernel image"},
    [KIND_PAGE_TABLES] = {'P', "page tables"},
    [KIND_RESERVATION] = {'x', "other reservation"},
    [KIND_BAD] = {'!', "bad memory"},
    [KIND_ACPI] = {'a', "ACPI"},
    [KIND_UNUSED] = {'-', "usable, not used"},
    [KIND_TABLE] = {'t', "block table"},
    [KIND_RESERVED] = {'r', "reserved by the firmware"},
    [KIND_HEAP] = {'#', "heap"},
    [KIND_LOW] = {'L', "low memory"},
    [KIND_ABSENT] = {'.', "nothing there"},
};

static const enum kind KIND_OF_TYPE[MEMORY_TYPES] = {
    [MEMORY_USABLE] = KIND_UNUSED, /* where nothing else of the plan stands */
    [MEMORY_ACPI_DATA] = KIND_ACPI,    [MEMORY_ACPI_NVS] = KIND_ACPI,
    [MEMORY_RESERVED] = KIND_RESERVED, [MEMORY_BAD] = KIND_BAD,
};

static bool same_range(struct range a, struct range b)
{
    return a.start == b.start && a.end == b.end;
}

static enum kind kind_of_reservation(const struct plan *plan, struct range range)
{
    if (same_range(range, plan->image)) {
        return KIND_IMAGE;
    }
    if (same_range(range, plan->page_tables)) {
        return KIND_PAGE_TABLES;
    }
    return range.start == 0 && range.end == LOW_MEMORY_BYTES ? KIND_LOW : KIND_RESERVATION;
}

/* The set of kinds, as bits, that lie in `cell`. */
static unsigned kinds_in(const struct memmap *map, const struct plan *plan, struct range cell)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].type != MEMORY_USABLE && range_overlap(map->ranges[i].range, cell)) {
            kinds |= 1U << KIND_OF_TYPE[map->ranges[i].type];
        }
    }
    for (size_t i = 0; i < plan->reserved_count; i++) {
        if (range_overlap(plan->reserved[i].range, cell)) {
            kinds |= 1U << kind_of_reservation(plan, plan->reserved[i].range);
        }
    }
    for (size_t i = 0; i < plan->region_count; i++) {
        kinds |= range_overlap(plan->regions[i].table, cell) ? 1U << KIND_TABLE : 0;
        kinds |= range_overlap(plan->regions[i].blocks, cell) ? 1U << KIND_HEAP : 0;
    }
    return report_unused(map, plan, cell.start).start < cell.end ? kinds | 1U << KIND_UNUSED : kinds;
}

static enum kind most_important(unsigned kinds)
{
    enum kind kind = KIND_IMAGE;
    while (kind < KIND_ABSENT && (kinds & (1U << kind)) == 0) {
        kind++;
    }
    return kind;
}

/* Addresses under the bar, at each quarter. */
static void draw_ruler(struct range window, uint64_t cell, print_fn *print)
{
    uint64_t step = cell * LABEL_EVERY;
    print("     ");
    for (uint64_t at = window.start; at < window.end; at += step) {
        print(window.end - at > step ? "0x%-14llx" : "0x%llx", (unsigned long long)at);
    }
    print("\n");
}

/* One bar of up to CELLS characters. Returns the kinds shown. */
static unsigned draw_window(const struct memmap *map, const struct plan *plan, struct range window, print_fn *print)
{
    uint64_t cell = BLOCK_BYTES;
    while (round_up(window.end, cell) - round_down(window.start, cell) > CELLS * cell) {
        cell *= 2;
    }
    window = (struct range){round_down(window.start, cell), round_up(window.end, cell)};

    char size[16];
    unsigned shown = 0;
    format_bytes(size, cell);
    print("\n    one character is %s\n    |", size);
    for (uint64_t at = window.start; at < window.end; at += cell) {
        enum kind kind = most_important(kinds_in(map, plan, (struct range){at, at + cell}));
        shown |= 1U << kind;
        print("%c", LEGEND[kind].symbol);
    }
    print("|\n");
    draw_ruler(window, cell, print);
    return shown;
}

static size_t text_length(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

static void draw_legend(unsigned shown, print_fn *print)
{
    size_t column = LINE_MAX;
    for (enum kind kind = KIND_IMAGE; kind < KINDS; kind++) {
        size_t length = text_length(LEGEND[kind].meaning) + 4;
        if ((shown & (1U << kind)) == 0) {
            continue;
        }
        if (column + length > LINE_MAX) {
            print("\n  ");
            column = 2;
        }
        print("  %c %s", LEGEND[kind].symbol, LEGEND[kind].meaning);
        column += length;
    }
    print("\n");
}

/* From the first to the last usable byte inside `bounds`; empty when there is none. */
static struct range usable_span(const struct memmap *map, struct range bounds)
{
    struct range span = {bounds.end, bounds.start};
    for (size_t i = 0; i < map->count; i++) {
        struct range part = range_common(map->ranges[i].range, bounds);
        if (map->ranges[i].type == MEMORY_USABLE && !range_empty(part)) {
            span.start = part.start < span.start ? part.start : span.start;
            span.end = part.end;
        }
    }
    return span;
}

/* The longest stretch of `window` without usable memory. */
static struct range widest_gap(const struct memmap *map, struct range window)
{
    struct range gap = {window.start, window.start};
    uint64_t end = window.start;
    for (size_t i = 0; i < map->count; i++) {
        struct range part = range_common(map->ranges[i].range, window);
        if (map->ranges[i].type != MEMORY_USABLE || range_empty(part)) {
            continue;
        }
        if (part.start > end && part.start - end > range_bytes(gap)) {
            gap = (struct range){end, part.start};
        }
        end = part.end;
    }
    return gap;
}

/* Makes room for one window before the one at `at`. */
static void open_gap(struct range *windows, size_t count, size_t at)
{
    for (size_t k = count; k > at; k--) {
        windows[k] = windows[k - 1];
    }
}

/* Splits windows at gaps that would take more than a third of the bar. Returns the new count. */
static size_t split_windows(const struct memmap *map, struct range *windows, size_t count)
{
    for (size_t i = 0; i < count;) {
        struct range gap = widest_gap(map, windows[i]);
        bool wide = range_bytes(gap) > range_bytes(windows[i]) / 3;
        if (wide && gap.start == windows[i].start) {
            windows[i].start = gap.end;
        } else if (wide && count < WINDOWS_MAX) {
            open_gap(windows, count++, i);
            windows[i].end = gap.start;
            windows[i + 1].start = gap.end;
        } else {
            i++;
        }
    }
    return count;
}

/* What to draw: the surroundings of the image, then usable memory below and above 4 GiB. */
static size_t choose_windows(const struct memmap *map, const struct plan *plan, struct range *windows)
{
    const uint64_t cuts[] = {0, FOUR_GIB, UINT64_MAX};
    size_t count = 0;
    for (size_t i = 0; i + 1 < sizeof cuts / sizeof *cuts; i++) {
        struct range span = usable_span(map, (struct range){cuts[i], cuts[i + 1]});
        if (!range_empty(span)) {
            windows[count++] = (struct range){cuts[i] == 0 ? 0 : span.start, span.end};
        }
    }
    count = split_windows(map, windows, count);

    uint64_t zoom = round_down(plan->image.start, ZOOM_BYTES);
    if (count > 0 && (windows[0].start != zoom || windows[0].end > zoom + ZOOM_BYTES)) {
        open_gap(windows, count++, 0);
        windows[0] = (struct range){zoom, zoom + ZOOM_BYTES};
    }
    return count;
}

void report_drawing(const struct memmap *map, const struct plan *plan, print_fn *print)
{
    struct range windows[WINDOWS_MAX + 1];
    size_t count = choose_windows(map, plan, windows);
    unsigned shown = 0;
    print("the plan, to scale:\n");
    for (size_t i = 0; i < count; i++) {
        shown |= draw_window(map, plan, windows[i], print);
    }
    draw_legend(shown, print);
}
