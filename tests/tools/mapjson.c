#include "tests/tools/mapjson.h"

#include <stdio.h>
#include <string.h>

#include "tests/tools/json.h"
#include "tests/tools/scan.h"

enum { NAME_BYTES = 80, WORD_BYTES = 32, NAMES_SHOWN = 5, NAMES_BYTES = NAMES_SHOWN * (NAME_BYTES + 2) };

/* One object: a map and its name. */
struct named_map {
    char name[NAME_BYTES];
    struct maplog *log;
    bool has_entries;
};

/* "0x9fc00", or a plain number. */
static uint64_t read_address(struct json *json)
{
    char word[WORD_BYTES];
    uint64_t value = 0;
    if (!json_peek(json, '"')) {
        return json_number(json);
    }
    json_string(json, word, sizeof word);
    struct scan digits = {word, word + strlen(word)};
    if (!scan_literal(&digits, "0x") || scan_hex(&digits, &value, NULL) != NUMBER_OK || !scan_done(&digits)) {
        json_fail(json, "a hexadecimal number of at most 64 bits is expected, like \"0x9fc00\"");
    }
    return value;
}

static uint32_t read_small(struct json *json)
{
    uint64_t value = json_number(json);
    if (value > UINT32_MAX) {
        json_fail(json, "a number does not fit 32 bits");
    }
    return (uint32_t)value;
}

/* One answer of the firmware; what it told is a bit in `seen`. */
struct told_entry {
    MemoryMapEntry record;
    uint32_t size;
    unsigned seen;
};

enum { SEEN_BASE = 1, SEEN_LENGTH = 2, SEEN_TYPE = 4, SEEN_SIZE = 8, SEEN_ATTR = 16 };
enum { SEEN_ENOUGH = SEEN_BASE | SEEN_LENGTH | SEEN_TYPE };

/* Reads the value of `key`; returns its bit, 0 for keys that mean nothing here. */
static unsigned read_field(struct json *json, const char *key, struct told_entry *entry)
{
    if (strcmp(key, "base") == 0) {
        entry->record.base = read_address(json);
        return SEEN_BASE;
    }
    if (strcmp(key, "length") == 0) {
        entry->record.length = read_address(json);
        return SEEN_LENGTH;
    }
    if (strcmp(key, "type") == 0) {
        entry->record.type = read_small(json);
        return SEEN_TYPE;
    }
    if (strcmp(key, "size") == 0) {
        entry->size = read_small(json);
        return SEEN_SIZE;
    }
    if (strcmp(key, "attr") == 0) {
        entry->record.attributes = read_small(json);
        return SEEN_ATTR;
    }
    json_skip(json);
    return 0;
}

static void keep_entry(struct json *json, struct maplog *log, const struct told_entry *entry)
{
    if (entry->size < E820_RECORD_SIZE_MIN) {
        log->short_count++;
    } else if (log->count == E820_ANSWERS_MAX) {
        json_fail(json, "more than 512 entries");
    } else {
        MemoryMapEntry *kept = &log->entries[log->count++];
        *kept = entry->record;
        if (entry->size < E820_RECORD_SIZE) {
            kept->attributes = 1; /* 20 bytes came back: the word is not the firmware's */
        }
    }
}

static void read_entry(struct json *json, struct maplog *log)
{
    struct told_entry entry = {{0, 0, 0, 1}, E820_RECORD_SIZE, 0};
    char key[WORD_BYTES];
    json_open(json, '{');
    while (json_next_key(json, key, sizeof key)) {
        unsigned field = read_field(json, key, &entry);
        if ((entry.seen & field) != 0) {
            json_fail(json, "an entry says the same thing twice");
        }
        entry.seen |= field;
    }
    if ((entry.seen & SEEN_ENOUGH) != SEEN_ENOUGH) {
        json_fail(json, "half a map: an entry needs base, length and type");
    }
    keep_entry(json, log, &entry);
}

static const char *read_call(struct json *json)
{
    static const char *const CALLS[][2] = {{"e820", "e820"}, {"e801", "e801"}, {"88", "88h"}, {"88h", "88h"}};
    char word[WORD_BYTES];
    json_string(json, word, sizeof word);
    for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++) {
        if (strcmp(word, CALLS[i][0]) == 0) {
            return CALLS[i][1];
        }
    }
    json_fail(json, "call is e820, e801 or 88");
    return "e820";
}

static void read_object(struct json *json, struct named_map *map)
{
    char key[WORD_BYTES];
    struct maplog *log = map->log;
    *log = (struct maplog){.source = "e820", .form = "JSON", .first_line = json->line};
    map->name[0] = '\0';
    map->has_entries = false;
    json_open(json, '{');
    while (json_next_key(json, key, sizeof key)) {
        if (strcmp(key, "name") == 0) {
            json_string(json, map->name, sizeof map->name);
        } else if (strcmp(key, "call") == 0) {
            log->source = read_call(json);
        } else if (strcmp(key, "entries") == 0 && !map->has_entries) {
            map->has_entries = true;
            json_open(json, '[');
            while (json_next_item(json)) {
                read_entry(json, log);
            }
        } else {
            json_skip(json);
        }
    }
    if (!map->has_entries) {
        json_fail(json, "half a map: the object has no entries");
    }
}

static bool fail(struct maplog *log, unsigned line, const char *problem)
{
    snprintf(log->error, MAPLOG_ERROR_BYTES, "line %u: %.600s", line, problem);
    for (char *c = log->error; *c != '\0'; c++) {
        *c = *c >= ' ' && *c <= '~' ? *c : '?';
    }
    return false;
}

/* Without a name, one object must be all there is. */
static bool fail_choice(struct maplog *log, const char *wanted, const char *names, unsigned count)
{
    char problem[MAPLOG_ERROR_BYTES];
    if (wanted != NULL) {
        snprintf(problem, sizeof problem, "no map is named '%.*s'; there are %u: %s", NAME_BYTES, wanted, count,
                 names);
    } else {
        snprintf(problem, sizeof problem, "%u maps, and no NAME to pick one: %s", count, names);
    }
    return fail(log, 1, problem);
}

static void note_name(char names[NAMES_BYTES], unsigned count, const char *name)
{
    size_t length = strlen(names);
    if (count <= NAMES_SHOWN) {
        const char *text = count < NAMES_SHOWN ? name : "...";
        snprintf(names + length, NAMES_BYTES - length, "%s%s", count > 1 ? ", " : "", text);
    }
}

bool mapjson_read(struct maplog *log, const char *text, size_t bytes, const char *name)
{
    struct json json = {text, text + bytes, 1, NULL, 0};
    struct maplog other;
    struct named_map map = {.log = log};
    char names[NAMES_BYTES] = "";
    unsigned count = 0;
    while (json_more(&json)) {
        read_object(&json, &map);
        if (json.error != NULL) {
            return fail(log, json.line, json.error);
        }
        if (name != NULL && strcmp(name, map.name) == 0) {
            return true;
        }
        note_name(names, ++count, map.name);
        map.log = name == NULL ? &other : log; /* the first is kept in case it is the only one */
    }
    return name == NULL && count == 1 ? true : fail_choice(log, name, names, count);
}
