#include "tests/tools/maplog.h"

#include <stdio.h>
#include <string.h>

#include "tests/tools/mapjson.h"
#include "tests/tools/mapline.h"
#include "tests/tools/maprow.h"

enum { LINE_SHOWN_MAX = 120, PROBLEM_BYTES = 160, COLOURED_MAX = 1024 };

static const char ESCAPE = '\x1b';

struct reader {
    struct maplog *log;
    enum map_form form; /* of the list that counts                                */
    bool announced;     /* it has a header, which said how many rows there are:   */
    uint64_t expected;  /* or ROWS_NOT_TOLD                                       */
    bool closed;        /* another list has begun                                 */
    bool unrelated;     /* last_pfn is now another boot's, or counts other memory */
    bool gap;           /* a line that is no row has come since the last row      */
    uint64_t last_pfn;  /* the largest                                            */
    unsigned number;    /* of the line                                            */
    struct scan line;
    char plain[COLOURED_MAX]; /* the line, if it had colours                      */
};

/* The line is shown as plain ASCII: the text may be anything. */
static bool fail(struct reader *reader, unsigned number, const char *problem, struct scan shown)
{
    char *error = reader->log->error;
    int length = snprintf(error, MAPLOG_ERROR_BYTES, "line %u: %s", number, problem);
    size_t room = MAPLOG_ERROR_BYTES - (size_t)length;
    int limit = shown.end - shown.at < LINE_SHOWN_MAX ? (int)(shown.end - shown.at) : LINE_SHOWN_MAX;
    if (limit > 0) {
        snprintf(error + length, room, ": '%.*s'", limit, shown.at);
    }
    for (char *c = error; *c != '\0'; c++) {
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    }
    return false;
}

static bool fail_list(struct reader *reader, const char *problem)
{
    unsigned line = reader->log->first_line != 0 ? reader->log->first_line : 1;
    return fail(reader, line, problem, (struct scan){NULL, NULL});
}

static const char *read_row(const struct map_line *line, MemoryMapEntry *entry, bool *is_gap)
{
    *is_gap = false;
    switch (line->form) {
    case FORM_LINUX: return maprow_linux(line->rest, entry, is_gap);
    case FORM_XEN: return maprow_xen(line->rest, entry);
    case FORM_SEABIOS: return maprow_seabios(line->rest, entry);
    case FORM_SMAP: return maprow_smap(line->rest, entry);
    default: return maprow_own(line->rest, entry);
    }
}

static const char *form_name(enum map_form form)
{
    switch (form) {
    case FORM_LINUX: return "Linux boot log";
    case FORM_XEN: return "Xen boot log";
    case FORM_SEABIOS: return "SeaBIOS log";
    case FORM_SMAP: return "FreeBSD SMAP lines";
    default: return "Tessera boot log";
    }
}

static void end_list(struct reader *reader, bool unrelated)
{
    reader->closed = true;
    reader->unrelated = reader->unrelated || unrelated;
}

static bool skip_later(struct reader *reader, bool unrelated)
{
    if (reader->form == FORM_NONE) {
        return true; /* the list that it was made of is lost; maybe another boot's follows */
    }
    end_list(reader, unrelated);
    if (reader->log->later_count++ == 0) {
        reader->log->later_line = reader->number;
    }
    return true;
}

static void begin_list(struct reader *reader, const struct map_line *line)
{
    reader->form = line->form;
    reader->announced = line->kind == LINE_HEADER;
    reader->expected = reader->announced ? line->number : ROWS_NOT_TOLD;
    reader->gap = false;
    reader->log->first_line = reader->number;
    reader->log->source = line->source != NULL ? line->source : "e820";
}

static bool is_other_list(const struct reader *reader, const struct map_line *line)
{
    return reader->closed || line->form != reader->form ||
           (line->source != NULL && strcmp(line->source, reader->log->source) != 0);
}

static bool take_row(struct reader *reader, const struct map_line *line)
{
    struct maplog *log = reader->log;
    if (reader->form == FORM_NONE) {
        begin_list(reader, line);
    }
    if (log->count == 0 && line->form == reader->form && line->source != NULL) {
        log->source = line->source;
    }
    if (is_other_list(reader, line)) {
        return skip_later(reader, true);
    }

    MemoryMapEntry entry;
    bool is_gap;
    const char *problem = read_row(line, &entry, &is_gap);
    if (problem != NULL) {
        return fail(reader, reader->number, problem, reader->line);
    }
    reader->gap = false;
    if (!is_gap && log->count == E820_ANSWERS_MAX) {
        return fail(reader, reader->number, "more than 512 entries", reader->line);
    }
    if (!is_gap) {
        log->entries[log->count++] = entry;
    }
    return true;
}

static bool take_line(struct reader *reader)
{
    bool below = !reader->closed && !reader->gap;
    struct map_line line = mapline_read(reader->line, below ? reader->form : FORM_NONE);
    switch (line.kind) {
    case LINE_HEADER:
        if (reader->form == FORM_NONE) {
            begin_list(reader, &line);
        } else {
            end_list(reader, true);
        }
        return true;
    case LINE_ROW: return take_row(reader, &line);
    case LINE_LESS: return skip_later(reader, false);
    case LINE_MORE: return skip_later(reader, true);
    case LINE_TOP:
        if (reader->form != FORM_NONE && !reader->unrelated && line.number > reader->last_pfn) {
            reader->last_pfn = line.number;
        }
        break;
    case LINE_BOOT:
        if (reader->log->count != 0) {
            end_list(reader, true);
        }
        break;
    case LINE_OTHER: break;
    }
    reader->gap = true;
    return true;
}

/* Linux counts persistent memory (types 7 and 12) in last_pfn, and since 6.11 ACPI data (type 3). */
static uint64_t top_of_memory(const struct maplog *log)
{
    uint64_t top = 0;
    for (uint32_t i = 0; i < log->count; i++) {
        const MemoryMapEntry *entry = &log->entries[i];
        bool memory = entry->type == 1 || entry->type == 3 || entry->type == 7 || entry->type == 12;
        if (memory && entry->base + entry->length > top) {
            top = entry->base + entry->length;
        }
    }
    return top;
}

static bool check_whole(struct reader *reader)
{
    struct maplog *log = reader->log;
    char problem[PROBLEM_BYTES];
    if (reader->form == FORM_NONE) {
        return fail_list(reader, "from here to the end there is no memory map in a form that is known");
    }
    if (reader->expected != ROWS_NOT_TOLD && reader->expected != log->count) {
        snprintf(problem, sizeof problem, "half a map: the list has %u entries, but %llu are announced", log->count,
                 (unsigned long long)reader->expected);
        return fail_list(reader, problem);
    }
    if (log->count == 0 && reader->expected != 0) {
        return fail_list(reader, "half a map: the list is announced, but has no entries");
    }
    if (reader->last_pfn > top_of_memory(log) / BLOCK_BYTES) {
        snprintf(problem, sizeof problem,
                 "half a map: the log says last_pfn = 0x%llx, but no memory in the list reaches that page",
                 (unsigned long long)reader->last_pfn);
        return fail_list(reader, problem);
    }
    log->headless = reader->form == FORM_LINUX && !reader->announced;
    log->form = form_name(reader->form);
    return true;
}

/* Leaves out what stands at the end of a line, and the colours of dmesg, journalctl and grep. A longer line with
 * colours is no row, or is refused as it stands. */
static struct scan tidy_line(struct reader *reader, struct scan line)
{
    size_t bytes = (size_t)(line.end - line.at);
    if (bytes <= COLOURED_MAX && memchr(line.at, ESCAPE, bytes) != NULL) {
        line = (struct scan){reader->plain, reader->plain + scan_uncoloured(reader->plain, line)};
    }
    while (line.end > line.at && (line.end[-1] == '\r' || line.end[-1] == ' ')) {
        line.end--;
    }
    return line;
}

static bool read_lines(struct reader *reader, struct scan text)
{
    while (text.at < text.end) {
        const char *newline = memchr(text.at, '\n', (size_t)(text.end - text.at));
        reader->number++;
        reader->line = tidy_line(reader, (struct scan){text.at, newline != NULL ? newline : text.end});
        if (!take_line(reader)) {
            return false;
        }
        text.at = newline != NULL ? newline + 1 : text.end;
    }
    return check_whole(reader);
}

static bool begins_with_brace(struct scan text)
{
    while (text.at < text.end && (*text.at == ' ' || *text.at == '\t' || *text.at == '\r' || *text.at == '\n')) {
        text.at++;
    }
    return text.at < text.end && *text.at == '{';
}

bool maplog_read(struct maplog *log, const char *text, size_t bytes, const char *name)
{
    struct reader reader = {.log = log};
    struct scan all = {text, text + bytes};
    *log = (struct maplog){.source = "e820", .form = ""};
    if (begins_with_brace(all)) {
        return mapjson_read(log, text, bytes, name);
    }
    if (name != NULL) {
        return fail_list(&reader, "a NAME picks one of several JSON objects, but this is a log");
    }
    return read_lines(&reader, all);
}
