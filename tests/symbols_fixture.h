/* Tables of symbols written by hand. In their codes a symbol's code is the symbol itself in 8 bits, so that the stream of
 * bits is one of bytes. Included by one test program at a time. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "core/symbols.h"

enum {
    CODE_START = 0x1000,
    CODE_SYMBOLS = 255, /* a length's count is a byte */

    FAR = CODE_SYMBOLS - 1, /* a step of addresses: the last code of them stands for 255 */

    FUNCTION = 0, /* what may come before a step of lines */
    BACK,
    FILE_CHANGE,
    LINE_FAR,
    LINE_NEAR_0,
};
#define NEAR(lines) ((uint8_t)((lines) >= 0 ? LINE_NEAR_0 + 2 * (lines) : LINE_NEAR_0 - 1 - 2 * (lines)))

struct writer {
    uint8_t bytes[4096];
    size_t size;
};

static inline void put(struct writer *writer, unsigned byte)
{
    assert_true(writer->size < sizeof writer->bytes);
    writer->bytes[writer->size++] = (uint8_t)byte;
}

static inline void put_text(struct writer *writer, const char *text)
{
    do {
        put(writer, (uint8_t)*text);
    } while (*text++ != '\0');
}

/* Of 8 bits; the last one's symbol may be another. */
static inline void put_code(struct writer *writer, unsigned last)
{
    for (unsigned length = 1; length <= SYMBOL_CODE_BITS; length++) {
        put(writer, length == 8 ? CODE_SYMBOLS : 0);
    }
    for (unsigned i = 0; i < CODE_SYMBOLS - 1; i++) {
        put(writer, i);
    }
    put(writer, last);
}

/* All up to the rows: `bytes` of code from CODE_START, in these files, up to a NULL. */
static inline void begin_table(struct writer *writer, unsigned bytes, const char *const *files)
{
    writer->size = 0;
    for (unsigned i = 0; i < 8; i++) {
        put(writer, (unsigned)((uint64_t)CODE_START >> (8 * i)));
    }
    for (unsigned i = 0; i < 4; i++) {
        put(writer, bytes >> (8 * i));
    }
    put_code(writer, CODE_SYMBOLS - 1);
    put_code(writer, 255);
    put_code(writer, CODE_SYMBOLS - 1);
    unsigned count = 0;
    while (files[count] != NULL) {
        count++;
    }
    put(writer, count);
    for (unsigned i = 0; i < count; i++) {
        put_text(writer, files[i]);
    }
}

/* The table in memory that is exactly as long, so that the sanitizer sees a step outside. */
static inline struct symbol_table end_table(const struct writer *writer)
{
    uint8_t *bytes = malloc(writer->size);
    assert_non_null(bytes);
    memcpy(bytes, writer->bytes, writer->size);
    return (struct symbol_table){bytes, writer->size};
}
