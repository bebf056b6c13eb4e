#include "mm/number.h"

#include <stddef.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20); /* lower case */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Bits to shift for a suffix; -1: none of them. */
static int suffix_shift(char c)
{
    switch (c | 0x20) {
    case 'k': return 10;
    case 'm': return 20;
    case 'g': return 30;
    case 't': return 40;
    default: return -1;
    }
}

const char *number_parse(const char *text, uint64_t *value)
{
    static const char too_large[] = "the number does not fit 64 bits";
    int hexadecimal = text[0] == '0' && (text[1] | 0x20) == 'x';
    unsigned radix = hexadecimal ? 16 : 10;
    const char *at = hexadecimal ? text + 2 : text;
    uint64_t number = 0;
    if (digit_value(*at) >= (int)radix) {
        return "a number starts with a digit, or with 0x and one";
    }
    for (; digit_value(*at) < (int)radix; at++) {
        unsigned digit = (unsigned)digit_value(*at);
        if (number > (UINT64_MAX - digit) / radix) {
            return too_large;
        }
        number = number * radix + digit;
    }
    if (*at != '\0') {
        int shift = suffix_shift(*at++);
        if (shift < 0 || *at != '\0') {
            return "after its digits a number ends, or has one of K, M, G, T";
        }
        if (number > UINT64_MAX >> shift) {
            return too_large;
        }
        number <<= shift;
    }
    *value = number;
    return NULL;
}
