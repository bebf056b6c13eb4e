/* What the tests of tests/tools/maplog.c share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tools/maplog.h"

static struct maplog maplog;

/* The text ends where its memory ends, so that reading past it is noticed. */
static inline bool read_bytes(const char *text, size_t bytes, const char *name)
{
    char *copy = malloc(bytes + 1);
    assert_non_null(copy);
    memcpy(copy + 1, text, bytes);
    memset(&maplog, 0xA5, sizeof maplog);
    bool good = maplog_read(&maplog, copy + 1, bytes, name);
    free(copy);
    assert_non_null(memchr(maplog.error, '\0', sizeof maplog.error));
    assert_true(good == (maplog.error[0] == '\0'));
    return good;
}

static inline void read_good(const char *text)
{
    if (!read_bytes(text, strlen(text), NULL)) {
        fail_msg("%s", maplog.error);
    }
}

static inline void assert_refused(const char *text, const char *problem)
{
    assert_false(read_bytes(text, strlen(text), NULL));
    if (strstr(maplog.error, problem) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", maplog.error, problem);
    }
}

static inline void assert_entry(uint32_t index, uint64_t base, uint64_t length, uint32_t type)
{
    assert_true(index < maplog.count);
    assert_int_equal(maplog.entries[index].base, base);
    assert_int_equal(maplog.entries[index].length, length);
    assert_int_equal(maplog.entries[index].type, type);
    assert_int_equal(maplog.entries[index].attributes, 1);
}

/* The same three entries in every form. */
static inline void assert_small_map(const char *source, const char *form)
{
    assert_int_equal(maplog.count, 3);
    assert_entry(0, 0, 0x9FC00, 1);
    assert_entry(1, 0x9FC00, 0x400, 2);
    assert_entry(2, 0x100000, 0x7EE0000, 1);
    assert_string_equal(maplog.source, source);
    assert_string_equal(maplog.form, form);
}

/* Every kind of thing that may stand in such a file. */
static const char TWO_MAPS[] =
    "{\"name\": \"first\", \"entries\": [{\"base\": \"0x0\", \"length\": \"0x1000\", \"type\": 2}]}\n"
    "{\"name\": \"second\", \"machine\": {\"a\": [1, -2.5e3, null, true, \"\\u00e9\\ud83d\\ude00\"]}, \"call\": "
    "\"88\",\n"
    " \"entries\": [{\"base\": \"0x0\", \"length\": \"0x9fc00\", \"type\": 1, \"size\": 20, \"attr\": 0},\n"
    "  {\"type\": 2, \"length\": 1024, \"base\": 654336},\n"
    "  {\"base\": \"0x0\", \"length\": \"0x0\", \"type\": 1, \"size\": 19},\n"
    "  {\"base\": \"0x100000\", \"length\": \"0x7ee0000\", \"type\": 1, \"size\": 24, \"attr\": 1}]}\n";
