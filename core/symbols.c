#include "core/symbols.h"

enum {
    PEEK_BITS = 16, /* at least SYMBOL_CODE_BITS */

    STEP_FAR = 255,

    LINE_FUNCTION = 0,
    LINE_BACK,
    LINE_FILE,
    LINE_FAR,
    LINE_NEAR, /* and above: 0, -1, 1, -2, ... */
};

struct code {
    const uint8_t *counts; /* symbols of each length */
    const uint8_t *symbols;
};

struct decoder {
    const uint8_t *bytes;
    size_t size;
    size_t bit;  /* the next one */
    bool broken; /* the table ended too early, or a code has no such symbol: what is taken from here on is 0 */
    struct code letters, steps, lines;
};

struct row {
    uint8_t file, previous;
    uint16_t lines[SYMBOL_FILES_MAX]; /* the last one of each file */
    uint64_t function;                /* where it starts; UINT64_MAX: none has */
};

/* The next PEEK_BITS bits; behind the end 0. */
static unsigned peek(const struct decoder *decoder)
{
    size_t byte = decoder->bit / 8;
    unsigned value = 0;
    for (size_t end = byte + PEEK_BITS / 8 + 1; byte < end; byte++) {
        value = value << 8 | (byte < decoder->size ? decoder->bytes[byte] : 0u);
    }
    return value >> (8 - decoder->bit % 8) & ((1u << PEEK_BITS) - 1);
}

static void skip(struct decoder *decoder, unsigned count)
{
    decoder->bit += count;
    if (decoder->bit > decoder->size * 8) {
        decoder->broken = true;
    }
}

static unsigned take_bits(struct decoder *decoder, unsigned count)
{
    unsigned value = peek(decoder) >> (PEEK_BITS - count);
    skip(decoder, count);
    return decoder->broken ? 0 : value;
}

/* Canonical: the codes of one length are consecutive numbers, which start at twice what follows the last shorter one. */
static unsigned take_symbol(struct decoder *decoder, const struct code *code)
{
    unsigned bits = peek(decoder), first = 0, shorter = 0;
    for (unsigned length = 1; length <= SYMBOL_CODE_BITS; length++) {
        unsigned count = code->counts[length - 1];
        unsigned value = bits >> (PEEK_BITS - length);
        if (value < first + count) {
            skip(decoder, length);
            return decoder->broken ? 0 : code->symbols[shorter + (value - first)];
        }
        shorter += count;
        first = (first + count) << 1;
    }
    decoder->broken = true;
    return 0;
}

/* Keeps what fits into `to`. */
static void take_text(struct decoder *decoder, char *to, size_t room)
{
    size_t length = 0;
    for (unsigned letter; (letter = take_symbol(decoder, &decoder->letters)) != 0;) {
        if (length + 1 < room) {
            to[length++] = (char)letter;
        }
    }
    if (room > 0) {
        to[length] = '\0';
    }
}

/* Little-endian; moves `at` on. */
static uint64_t take_bytes(const struct symbol_table *table, size_t *at, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value |= (uint64_t)table->bytes[*at + i] << (8 * i);
    }
    *at += count;
    return value;
}

static bool take_code(const struct symbol_table *table, size_t *at, struct code *code)
{
    size_t symbols = 0;
    if (table->size - *at < SYMBOL_CODE_BITS) {
        return false;
    }
    code->counts = table->bytes + *at;
    for (size_t i = 0; i < SYMBOL_CODE_BITS; i++) {
        symbols += code->counts[i];
    }
    *at += SYMBOL_CODE_BITS;
    code->symbols = table->bytes + *at;
    if (table->size - *at < symbols) {
        return false;
    }
    *at += symbols;
    return true;
}

/* Makes the decoder stand before the bits; `left` is how far in the code the address is. */
static bool decoder_open(struct decoder *decoder, const struct symbol_table *table, uint64_t address, uint64_t *left)
{
    size_t at = 0;
    if (table->size < 12) {
        return false;
    }
    *left = address - take_bytes(table, &at, 8);
    if (*left >= take_bytes(table, &at, 4) || !take_code(table, &at, &decoder->letters) ||
        !take_code(table, &at, &decoder->steps) || !take_code(table, &at, &decoder->lines)) {
        return false;
    }
    decoder->bytes = table->bytes;
    decoder->size = table->size;
    decoder->bit = at * 8;
    return true;
}

static uint64_t take_step(struct decoder *decoder)
{
    unsigned step = take_symbol(decoder, &decoder->steps);
    return step == STEP_FAR ? take_bits(decoder, 16) : step;
}

static void change_file(struct row *row, unsigned file)
{
    row->previous = row->file;
    row->file = (uint8_t)(file % SYMBOL_FILES_MAX);
}

/* All of a row but its address, which is `at`; the name of a function that starts there goes to `name`. */
static void take_row(struct decoder *decoder, uint64_t at, struct row *row, char name[SYMBOL_NAME_BYTES])
{
    for (;;) {
        unsigned symbol = take_symbol(decoder, &decoder->lines);
        uint16_t *line = &row->lines[row->file];
        if (symbol >= LINE_NEAR) {
            unsigned step = symbol - LINE_NEAR;
            *line = (uint16_t)(*line + (step % 2 == 0 ? step / 2 : ~(step / 2)));
            return;
        }
        if (symbol == LINE_FAR) {
            *line = (uint16_t)take_bits(decoder, 16);
            return;
        }
        if (decoder->broken) {
            return;
        }
        if (symbol == LINE_FUNCTION) {
            row->function = at;
            take_text(decoder, name, SYMBOL_NAME_BYTES);
        } else {
            change_file(row, symbol == LINE_BACK ? row->previous : take_bits(decoder, 8));
        }
    }
}

/* Names up to that of file `last` (all, if there are fewer); keeps the last of them. */
static void take_files(struct decoder *decoder, unsigned last, char *to, size_t room)
{
    unsigned count = take_bits(decoder, 8);
    for (unsigned file = 0; file < count && file <= last; file++) {
        take_text(decoder, to, room);
    }
}

bool symbols_find(const struct symbol_table *table, uint64_t address, struct symbol *out)
{
    struct decoder decoder = {.broken = false};
    struct row row = {.function = UINT64_MAX};
    uint64_t left;
    if (!decoder_open(&decoder, table, address, &left)) {
        return false;
    }
    size_t files = decoder.bit;
    take_files(&decoder, UINT8_MAX, NULL, 0);
    for (uint64_t step; (step = take_step(&decoder)) <= left && !decoder.broken;) {
        left -= step;
        take_row(&decoder, address - left, &row, out->name);
    }
    decoder.bit = files;
    out->file[0] = '\0';
    take_files(&decoder, row.file, out->file, sizeof out->file);
    out->offset = address - row.function;
    out->line = row.lines[row.file];
    return row.function != UINT64_MAX && !decoder.broken;
}
