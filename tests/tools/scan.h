/* Reading a piece of text from left to right. Nothing here reads past `end`; each function moves `at` only over what
 * it accepted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scan {
    const char *at;
    const char *end;
};

enum scan_number {
    NUMBER_OK,
    NUMBER_NONE,     /* no digit stands there           */
    NUMBER_TOO_LARGE /* more than 64 bits (32 for type) */
};

void scan_blanks(struct scan *scan);

/* Takes `literal` if the text goes on with it. */
bool scan_literal(struct scan *scan, const char *literal);

/* Takes the first `literal` anywhere in the text and what stands before it. */
bool scan_past(struct scan *scan, const char *literal);

/* Digits without sign or prefix; `digits` (may be NULL) receives how many there were. */
enum scan_number scan_hex(struct scan *scan, uint64_t *value, size_t *digits);
enum scan_number scan_decimal(struct scan *scan, uint64_t *value);

/* Copies `text` to `plain`, which has room for all of it, without a terminal's control sequences, as colours are:
 * ESC [ up to a final byte (ECMA-48, 5.4). Returns the bytes that are left; `plain` is not terminated. */
size_t scan_uncoloured(char *plain, struct scan text);

/* Nothing but blanks is left. */
bool scan_done(struct scan *scan);
