#include "tests/tools/scan.h"

#include <string.h>

void scan_blanks(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t')) {
        scan->at++;
    }
}

bool scan_literal(struct scan *scan, const char *literal)
{
    size_t length = strlen(literal);
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, literal, length) != 0) {
        return false;
    }
    scan->at += length;
    return true;
}

bool scan_past(struct scan *scan, const char *literal)
{
    for (struct scan from = *scan; from.at < from.end; from.at++) {
        struct scan rest = from;
        if (scan_literal(&rest, literal)) {
            *scan = rest;
            return true;
        }
    }
    return false;
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (unsigned)(c - 'a') + 10;
    }
    return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

static enum scan_number scan_digits(struct scan *scan, unsigned base, uint64_t *value, size_t *digits)
{
    const char *first = scan->at;
    bool fits = true;
    *value = 0;
    for (; scan->at < scan->end && digit_value(*scan->at) < base; scan->at++) {
        uint64_t digit = digit_value(*scan->at);
        fits = fits && *value <= (UINT64_MAX - digit) / base;
        *value = fits ? *value * base + digit : UINT64_MAX;
    }
    *digits = (size_t)(scan->at - first);
    if (*digits == 0) {
        return NUMBER_NONE;
    }
    return fits ? NUMBER_OK : NUMBER_TOO_LARGE;
}

enum scan_number scan_hex(struct scan *scan, uint64_t *value, size_t *digits)
{
    size_t count;
    return scan_digits(scan, 16, value, digits != NULL ? digits : &count);
}

enum scan_number scan_decimal(struct scan *scan, uint64_t *value)
{
    size_t count;
    return scan_digits(scan, 10, value, &count);
}

size_t scan_uncoloured(char *plain, struct scan text)
{
    size_t length = 0;
    while (text.at < text.end) {
        if (!scan_literal(&text, "\x1b[")) {
            plain[length++] = *text.at++;
            continue;
        }
        while (text.at < text.end && *text.at >= ' ' && *text.at <= '?') {
            text.at++;
        }
        if (text.at < text.end && *text.at >= '@' && *text.at <= '~') {
            text.at++;
        }
    }
    return length;
}

bool scan_done(struct scan *scan)
{
    scan_blanks(scan);
    return scan->at == scan->end;
}
