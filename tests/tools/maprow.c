#include "tests/tools/maprow.h"

#include <string.h>

enum { SMAP_DIGITS = 16, OLD_DIGITS_MIN = 8 };
#define TYPE_SOFT_RESERVED 0xEFFFFFFFU /* Linux, arch/x86/include/asm/e820/types.h */

static const char CUT_OFF[] = "the line is cut off or damaged";
static const char TOO_LARGE[] = "a number does not fit 64 bits";
static const char BACKWARDS[] = "the range ends before it starts";

static const char *hex_problem(enum scan_number result)
{
    switch (result) {
    case NUMBER_OK: return NULL;
    case NUMBER_TOO_LARGE: return TOO_LARGE;
    default: return CUT_OFF;
    }
}

/* Two hexadecimal numbers with `prefix` before each and `between` in the middle. */
static const char *scan_pair(struct scan *row, const char *prefix, const char *between, uint64_t pair[2])
{
    for (size_t i = 0; i < 2; i++) {
        if ((i == 1 && !scan_literal(row, between)) || !scan_literal(row, prefix)) {
            return CUT_OFF;
        }
        const char *problem = hex_problem(scan_hex(row, &pair[i], NULL));
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

/* From first and last byte. last == first - 1 is how an empty entry prints. */
static const char *set_inclusive(MemoryMapEntry *entry, const uint64_t pair[2])
{
    entry->base = pair[0];
    entry->length = pair[1] - pair[0] + 1;
    return pair[1] < pair[0] && entry->length != 0 ? BACKWARDS : NULL;
}

static const char *set_exclusive(MemoryMapEntry *entry, const uint64_t pair[2])
{
    entry->base = pair[0];
    entry->length = pair[1] - pair[0];
    return pair[1] < pair[0] ? BACKWARDS : NULL;
}

static const char *type_number(struct scan row, uint32_t *type)
{
    uint64_t value;
    enum scan_number result = scan_decimal(&row, &value);
    if (result == NUMBER_NONE || (result == NUMBER_OK && !scan_done(&row))) {
        return CUT_OFF;
    }
    *type = (uint32_t)value;
    return value <= UINT32_MAX ? NULL : "the type does not fit 32 bits";
}

/* Takes the parentheses around what is left. An inner pair, as in "persistent (type 12)", stays. */
static bool strip_parentheses(struct scan *row)
{
    scan_blanks(row);
    while (row->end > row->at && (row->end[-1] == ' ' || row->end[-1] == '\t')) {
        row->end--;
    }
    if (!scan_literal(row, "(")) {
        return true;
    }
    if (row->at == row->end || row->end[-1] != ')') {
        return false;
    }
    row->end--;
    return true;
}

const char *maprow_type(struct scan row, uint32_t *type)
{
    static const struct {
        const char *word;
        uint32_t type;
    } WORDS[] = {
        {"usable", 1},   {"System RAM", 1},      {"kernel usable RAM", 1},
        {"reserved", 2}, {"device reserved", 2}, {"ACPI data", 3},
        {"ACPI NVS", 4}, {"unusable", 5},        {"soft reserved", TYPE_SOFT_RESERVED},
    };
    if (!strip_parentheses(&row)) {
        return CUT_OFF;
    }
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        struct scan rest = row;
        if (scan_literal(&rest, WORDS[i].word) && scan_done(&rest)) {
            *type = WORDS[i].type;
            return NULL;
        }
    }
    if (scan_literal(&row, "persistent RAM ") || scan_literal(&row, "persistent ")) {
        if (!strip_parentheses(&row)) {
            return CUT_OFF;
        }
    }
    if (scan_literal(&row, "type ")) {
        return type_number(row, type);
    }
    return row.at == row.end ? CUT_OFF : "the type is not one that is known";
}

bool maprow_begins(struct scan row)
{
    uint64_t ignored;
    size_t digits = 0;
    scan_blanks(&row);
    if (scan_literal(&row, "[mem 0x") || scan_literal(&row, "[gap 0x")) {
        return true;
    }
    (void)scan_hex(&row, &ignored, &digits);
    return digits >= OLD_DIGITS_MIN && (scan_literal(&row, " - ") || scan_literal(&row, " @ "));
}

/* Takes "  639   KB" or "    1.9 GB", where one stands there. No type begins with a digit. */
static bool skip_size(struct scan *row)
{
    static const char *const UNITS[] = {"KB", "MB", "GB", "TB"};
    uint64_t ignored;
    scan_blanks(row);
    if (scan_decimal(row, &ignored) == NUMBER_NONE) {
        return true;
    }
    if (scan_literal(row, ".")) {
        (void)scan_decimal(row, &ignored);
    }
    scan_blanks(row);
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (scan_literal(row, UNITS[i])) {
            return true;
        }
    }
    return false;
}

/* From behind "[mem " or "[gap " to behind "]". */
static const char *scan_brackets(struct scan *row, uint64_t pair[2])
{
    const char *problem = scan_pair(row, "0x", "-", pair);
    return problem == NULL && !scan_literal(row, "]") ? CUT_OFF : problem;
}

static const char *linux_new(struct scan row, MemoryMapEntry *entry)
{
    uint64_t pair[2];
    const char *problem = scan_brackets(&row, pair);
    if (problem == NULL) {
        problem = set_inclusive(entry, pair);
    }
    if (problem == NULL && !skip_size(&row)) {
        problem = CUT_OFF;
    }
    return problem != NULL ? problem : maprow_type(row, &entry->type);
}

static const char *linux_old(struct scan row, MemoryMapEntry *entry)
{
    uint64_t pair[2];
    struct scan at_row = row;
    const char *problem = scan_pair(&row, "", " - ", pair);
    if (problem == NULL) {
        problem = set_exclusive(entry, pair);
    } else if (scan_pair(&at_row, "", " @ ", pair) == NULL) {
        row = at_row;
        entry->length = pair[0];
        entry->base = pair[1];
        problem = NULL;
    }
    return problem != NULL ? problem : maprow_type(row, &entry->type);
}

const char *maprow_linux(struct scan row, MemoryMapEntry *entry, bool *is_gap)
{
    entry->attributes = 1;
    scan_blanks(&row);
    *is_gap = scan_literal(&row, "[gap ");
    if (*is_gap) {
        uint64_t pair[2];
        return scan_brackets(&row, pair);
    }
    return scan_literal(&row, "[mem ") ? linux_new(row, entry) : linux_old(row, entry);
}

const char *maprow_xen(struct scan row, MemoryMapEntry *entry)
{
    uint64_t pair[2];
    entry->attributes = 1;
    scan_blanks(&row);
    if (!scan_literal(&row, "[")) {
        return linux_old(row, entry);
    }
    const char *problem = scan_pair(&row, "", ", ", pair);
    if (problem == NULL && !scan_literal(&row, "]")) {
        problem = CUT_OFF;
    }
    if (problem == NULL) {
        problem = set_inclusive(entry, pair);
    }
    return problem != NULL ? problem : maprow_type(row, &entry->type);
}

const char *maprow_seabios(struct scan row, MemoryMapEntry *entry)
{
    uint64_t pair[2];
    uint64_t type;
    entry->attributes = 1;
    scan_blanks(&row);
    const char *problem = scan_pair(&row, "", " - ", pair);
    if (problem == NULL) {
        problem = set_exclusive(entry, pair);
    }
    if (problem != NULL) {
        return problem;
    }
    if (!scan_literal(&row, " = ") || scan_decimal(&row, &type) != NUMBER_OK || !scan_literal(&row, " ")) {
        return CUT_OFF;
    }
    entry->type = (uint32_t)type;
    return type <= UINT32_MAX ? NULL : "the type does not fit 32 bits";
}

/* `name=` and a hexadecimal number; commas and blanks before it do not matter. */
static const char *smap_field(struct scan *row, const char *name, uint64_t *value, size_t least_digits)
{
    size_t digits;
    while (scan_literal(row, ",") || scan_literal(row, " ")) {
    }
    if (!scan_literal(row, name)) {
        return CUT_OFF;
    }
    const char *problem = hex_problem(scan_hex(row, value, &digits));
    return problem == NULL && digits < least_digits ? CUT_OFF : problem;
}

const char *maprow_smap(struct scan row, MemoryMapEntry *entry)
{
    uint64_t type;
    uint64_t attributes = 1;
    const char *problem = hex_problem(scan_hex(&row, &type, NULL));
    bool attributes_first = problem == NULL && smap_field(&row, "xattr=", &attributes, 1) == NULL;
    if (problem == NULL) {
        problem = smap_field(&row, "base=", &entry->base, SMAP_DIGITS);
    }
    if (problem == NULL) {
        problem = smap_field(&row, "len=", &entry->length, SMAP_DIGITS);
    }
    if (problem == NULL && !attributes_first && !scan_done(&row)) {
        problem = smap_field(&row, "attr=", &attributes, 1);
    }
    if (problem == NULL && !scan_done(&row)) {
        problem = CUT_OFF;
    }
    entry->type = (uint32_t)type;
    entry->attributes = (uint32_t)attributes;
    return problem == NULL && (type | attributes) > UINT32_MAX ? "a field does not fit 32 bits" : problem;
}

const char *maprow_own(struct scan row, MemoryMapEntry *entry)
{
    uint64_t pair[2];
    uint64_t attributes = 1;
    uint64_t type;
    scan_blanks(&row);
    const char *problem = scan_pair(&row, "0x", " ", pair);
    if (problem != NULL) {
        return problem;
    }
    if (!scan_literal(&row, " ") || scan_decimal(&row, &type) == NUMBER_NONE) {
        return CUT_OFF;
    }
    if (!scan_done(&row) &&
        (!scan_literal(&row, "attr=0x") || scan_hex(&row, &attributes, NULL) == NUMBER_NONE || !scan_done(&row))) {
        return CUT_OFF;
    }
    *entry = (MemoryMapEntry){pair[0], pair[1], (uint32_t)type, (uint32_t)attributes};
    return (type | attributes) > UINT32_MAX ? "a field does not fit 32 bits" : NULL;
}
