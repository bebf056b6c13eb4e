/* Which function, source file and line an address of the kernel is in, from a table that tests/tools/symbols.py packs out
 * of the kernel's own debug information and that lies behind its read-only data (boot/kernel.ld): a tenth of the size.
 *
 * The table: where the code starts (8 bytes, little-endian) and how many bytes it has (4); three Huffman codes, for letters,
 * for steps of addresses and for steps of lines, each as the number of symbols of each length from 1 bit to
 * SYMBOL_CODE_BITS (a byte each), and the symbols in the order of their codes (RFC 1951, 3.2.2); then one stream of bits,
 * the high ones of a byte first: the number of files (8 bits) and their names, in letters up to a 0, and rows in the order
 * of addresses:
 *
 *     row:   a step of addresses from the row before (the first: from the start), or STEP_FAR and 16 bits
 *            LINE_FUNCTION and a name, if a function starts here
 *            LINE_BACK, if the file is the one before the current one, or LINE_FILE and 8 bits: its number
 *            a step of lines from the last row of the same file, or LINE_FAR and the line in 16 bits
 *
 * The stream ends with the step from the last row to the end of the code. Every row of the line table is there: what a
 * debugger says of any address, the table says too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SYMBOL_NAME_BYTES = 40, /* with the 0 at the end; tests/tools/symbols.py cuts longer ones */
    SYMBOL_FILE_BYTES = 40,
    SYMBOL_FILES_MAX = 255,
    SYMBOL_CODE_BITS = 15,
};

struct symbol_table {
    const uint8_t *bytes;
    size_t size;
};

struct symbol {
    char name[SYMBOL_NAME_BYTES]; /* the function's                                      */
    char file[SYMBOL_FILE_BYTES]; /* from the top; of code that was inlined, its own     */
    uint64_t offset;              /* of the address in the function                      */
    unsigned line;                /* 0, and no file: not known                           */
};

/* Looks the address up; false when it is in no function, or the table is empty or damaged: then what `out` says means
 * nothing. Of a return address, which may be the first byte after its function, look up the byte before. Reads nothing
 * but the table, decodes it from its start (some thirty instructions a bit), takes no lock: any context. */
bool symbols_find(const struct symbol_table *table, uint64_t address, struct symbol *out);
