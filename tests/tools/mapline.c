#include "tests/tools/mapline.h"

#include <stddef.h>

#include "tests/tools/maprow.h"

enum { XEN_DIGITS = 16 };

static bool linux_row(struct scan line, struct map_line *result)
{
    static const struct {
        const char *label, *source;
        enum line_kind kind;
    } LABELS[] = {
        {"BIOS-e820:", "e820", LINE_ROW}, {"BIOS-e801:", "e801", LINE_ROW}, {"BIOS-88:", "88h", LINE_ROW},
        {"Xen:", "e820", LINE_ROW},       {"modified:", NULL, LINE_LESS},   {"setup_data:", NULL, LINE_LESS},
        {"user:", NULL, LINE_MORE},       {"extended:", NULL, LINE_MORE},
    };
    for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
        struct scan rest = line;
        bool says_enough = LABELS[i].label[0] == 'B'; /* the other labels are words that mean other things too */
        if (scan_past(&rest, LABELS[i].label) && (says_enough || maprow_begins(rest))) {
            *result = (struct map_line){LABELS[i].kind, FORM_LINUX, LABELS[i].source, rest, 0};
            return true;
        }
    }
    return false;
}

static bool linux_line(struct scan line, struct map_line *result)
{
    struct scan rest = line;
    if (linux_row(line, result)) {
        return true;
    }
    if (scan_past(&rest, "BIOS-provided physical RAM map:")) {
        *result = (struct map_line){LINE_HEADER, FORM_LINUX, NULL, rest, ROWS_NOT_TOLD};
        return true;
    }
    uint64_t pfn;
    if (scan_past(&rest, "last_pfn = 0x") && scan_hex(&rest, &pfn, NULL) == NUMBER_OK) {
        *result = (struct map_line){LINE_TOP, FORM_LINUX, NULL, rest, pfn};
        return true;
    }
    return false;
}

/* "source e820 entries 7" */
static struct map_line own_header(struct scan rest)
{
    static const char *const SOURCES[] = {"e820", "e801", "88h", "none"};
    struct map_line header = {LINE_HEADER, FORM_OWN, NULL, rest, ROWS_NOT_TOLD};
    for (size_t i = 0; i < sizeof SOURCES / sizeof SOURCES[0]; i++) {
        if (scan_literal(&rest, SOURCES[i])) {
            header.source = SOURCES[i];
            break;
        }
    }
    uint64_t rows;
    if (scan_literal(&rest, " entries ") && scan_decimal(&rest, &rows) == NUMBER_OK) {
        header.number = rows;
    }
    return header;
}

static bool freebsd_line(struct scan line, struct map_line *result)
{
    struct scan rest = line;
    if (scan_past(&rest, "SMAP type=")) {
        *result = (struct map_line){LINE_ROW, FORM_SMAP, "e820", rest, 0};
        return true;
    }
    if (scan_past(&rest, "---<<BOOT>>---") || scan_past(&rest, "The FreeBSD Project.")) {
        *result = (struct map_line){LINE_BOOT, FORM_SMAP, NULL, rest, 0};
        return true;
    }
    return false;
}

static bool labelled_line(struct scan line, struct map_line *result)
{
    struct scan rest = line;
    if (scan_past(&rest, "tessera-map:")) {
        struct scan header = rest;
        *result = scan_literal(&header, " source ") ? own_header(header)
                                                    : (struct map_line){LINE_ROW, FORM_OWN, NULL, rest, 0};
        return true;
    }
    return freebsd_line(line, result) || linux_line(line, result);
}

static bool header_of_bare_rows(struct scan line, struct map_line *result)
{
    struct scan rest = line;
    if (scan_past(&rest, "-e820 RAM map:")) {
        *result = (struct map_line){LINE_HEADER, FORM_XEN, "e820", rest, ROWS_NOT_TOLD};
        return true;
    }
    uint64_t rows;
    if (scan_past(&rest, "e820 map has ") && scan_decimal(&rest, &rows) == NUMBER_OK &&
        scan_literal(&rest, " items:")) {
        *result = (struct map_line){LINE_HEADER, FORM_SEABIOS, "e820", rest, rows};
        return true;
    }
    return false;
}

/* Past "(XEN)" and a time stamp in brackets, where they are there. A stamp counts ticks or seconds or is a date; only
 * a range has a comma. */
static struct scan behind_xen_prefix(struct scan row)
{
    (void)scan_past(&row, "(XEN)");
    scan_blanks(&row);
    struct scan stamp = row;
    if (scan_literal(&stamp, "[")) {
        while (stamp.at < stamp.end && *stamp.at != ',' && *stamp.at != ']') {
            stamp.at++;
        }
    }
    if (!scan_literal(&stamp, "]")) {
        return row;
    }
    scan_blanks(&stamp);
    return stamp;
}

static bool bare_row(enum map_form bare, struct scan line, struct map_line *result)
{
    uint64_t ignored;
    size_t digits = 0;
    struct scan rest = line;
    if (bare == FORM_XEN) {
        rest = behind_xen_prefix(line);
        struct scan number = rest;
        (void)scan_literal(&number, "[");
        (void)scan_hex(&number, &ignored, &digits);
        *result = (struct map_line){LINE_ROW, bare, "e820", rest, 0};
        return digits == XEN_DIGITS;
    }
    scan_blanks(&rest);
    bool numbered = scan_decimal(&rest, &ignored) == NUMBER_OK && scan_literal(&rest, ": ");
    *result = (struct map_line){LINE_ROW, bare, "e820", rest, 0};
    return bare == FORM_SEABIOS && numbered;
}

struct map_line mapline_read(struct scan line, enum map_form bare)
{
    struct map_line result;
    if (labelled_line(line, &result) || header_of_bare_rows(line, &result) || bare_row(bare, line, &result)) {
        return result;
    }
    return (struct map_line){LINE_OTHER, FORM_NONE, NULL, line, 0};
}
