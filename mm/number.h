/* Numbers as people type them. */
#pragma once

#include <stdint.h>

/* Reads decimal or 0x hexadecimal digits and at most one of the suffixes K, M, G, T (powers of 1024, either case); the
 * whole text has to be the number. NULL, or what is wrong as a sentence without a full stop; `value` is written only
 * on success. */
const char *number_parse(const char *text, uint64_t *value);
