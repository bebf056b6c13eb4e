#include "core/format.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct output {
    format_put *put;
    void *context;
};

/* One conversion: %[flags][width][.precision][length]letter. */
struct conversion {
    bool zero, left, prefix;
    size_t width;
    size_t precision;
    bool has_precision;
    int longs; /* 0: int; 1: long, size_t and what else is as long; 2: long long; -1: short; -2: char */
    char letter;
};

static void pad(const struct output *out, char with, size_t from, size_t to)
{
    for (; from < to; from++) {
        out->put(out->context, &with, 1);
    }
}

/* `sign` ("", "-" or "0x") stands before the zeros of the field, but after its blanks. */
static void put_field(const struct output *out, const struct conversion *c, const char *sign, const char *text,
                      size_t length)
{
    size_t sign_length = sign[0] == '\0' ? 0 : sign[1] == '\0' ? 1 : 2;
    size_t zeros = c->has_precision && c->letter != 's' && c->precision > length ? c->precision - length : 0;
    size_t total = sign_length + zeros + length;
    if (c->zero && !c->left && !c->has_precision && total < c->width) {
        zeros += c->width - total;
        total = c->width;
    }
    if (!c->left) {
        pad(out, ' ', total, c->width);
    }
    if (sign_length > 0) {
        out->put(out->context, sign, sign_length);
    }
    pad(out, '0', 0, zeros);
    if (length > 0) {
        out->put(out->context, text, length);
    }
    if (c->left) {
        pad(out, ' ', total, c->width);
    }
}

static void put_number(const struct output *out, const struct conversion *c, uint64_t value, const char *sign)
{
    const char *digits = c->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned radix = c->letter == 'd' || c->letter == 'u' ? 10 : 16;
    char text[20]; /* 2^64 has 20 decimal digits */
    size_t at = sizeof text;
    for (; value != 0; value /= radix) {
        text[--at] = digits[value % radix];
    }
    if (at == sizeof text && !(c->has_precision && c->precision == 0)) { /* C11, 7.21.6.1: no digits for 0 then */
        text[--at] = '0';
    }
    put_field(out, c, sign, text + at, sizeof text - at);
}

static void put_integer(const struct output *out, const struct conversion *c, uint64_t value)
{
    bool negative = c->letter == 'd' && (int64_t)value < 0;
    const char *prefix = c->prefix && value != 0 ? "0x" : "";
    put_number(out, c, negative ? 0 - value : value, negative ? "-" : prefix);
}

static void put_string(const struct output *out, const struct conversion *c, const char *text)
{
    size_t length = 0;
    if (text == NULL) {
        text = "(null)";
    }
    while ((!c->has_precision || length < c->precision) && text[length] != '\0') {
        length++;
    }
    put_field(out, c, "", text, length);
}

/* The argument, cut to the length that stands before the letter, and for 'd' with the sign that it has there. */
static uint64_t take_number(const struct conversion *c, va_list *args)
{
    static_assert(sizeof(long) == sizeof(uint64_t) && sizeof(long long) == sizeof(uint64_t), "one size for both");
    uint64_t value = c->longs > 0 ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
    unsigned unused = c->longs > 0 ? 0 : c->longs == 0 ? 32 : c->longs == -1 ? 48 : 56; /* bits at the top */
    value <<= unused;
    return c->letter == 'd' ? (uint64_t)((int64_t)value >> unused) : value >> unused;
}

/* A decimal number or `*` at `format`; returns what follows it. */
static const char *parse_count(const char *format, size_t *count, va_list *args)
{
    if (*format == '*') {
        int value = va_arg(*args, int);
        *count = value > 0 ? (size_t)value : 0;
        return format + 1;
    }
    for (*count = 0; *format >= '0' && *format <= '9'; format++) {
        *count = *count * 10 + (size_t)(*format - '0');
    }
    return format;
}

static const char *parse_length(const char *format, int *longs)
{
    for (*longs = 0;; format++) {
        switch (*format) {
        case 'l': ++*longs; break;
        case 'h': --*longs; break;
        case 'z':
        case 'j':
        case 't': *longs = 1; break;
        default: return format;
        }
    }
}

/* What stands after a '%'; returns what follows it. */
static const char *parse(const char *format, struct conversion *c, va_list *args)
{
    *c = (struct conversion){0};
    for (;; format++) {
        if (*format == '0') {
            c->zero = true;
        } else if (*format == '-') {
            c->left = true;
        } else if (*format == '#') {
            c->prefix = true;
        } else {
            break;
        }
    }
    format = parse_count(format, &c->width, args);
    if (*format == '.') {
        c->has_precision = true;
        format = parse_count(format + 1, &c->precision, args);
    }
    format = parse_length(format, &c->longs);
    c->letter = *format == 'i' ? 'd' : *format;
    return c->letter == '\0' ? format : format + 1;
}

/* Prints the argument of `c`; false when the letter is unknown. */
static bool put_conversion(const struct output *out, struct conversion *c, va_list *args)
{
    switch (c->letter) {
    case 'd':
    case 'u':
    case 'x':
    case 'X': put_integer(out, c, take_number(c, args)); return true;
    case 'p': put_number(out, c, (uintptr_t)va_arg(*args, void *), "0x"); return true;
    case 's': put_string(out, c, va_arg(*args, const char *)); return true;
    case 'c': {
        char letter = (char)va_arg(*args, int);
        c->has_precision = false;
        put_field(out, c, "", &letter, 1);
        return true;
    }
    case '%': out->put(out->context, "%", 1); return true;
    default: return false;
    }
}

void format_text(format_put *put, void *context, const char *format, va_list args)
{
    struct output out = {put, context};
    va_list rest;
    va_copy(rest, args);
    while (*format != '\0') {
        size_t plain = 0;
        while (format[plain] != '\0' && format[plain] != '%') {
            plain++;
        }
        if (plain > 0) {
            put(context, format, plain);
            format += plain;
            continue;
        }
        struct conversion c;
        const char *after = parse(format + 1, &c, &rest);
        if (!put_conversion(&out, &c, &rest)) {
            put_string(&out, &(struct conversion){.letter = 's'}, format);
            break;
        }
        format = after;
    }
    va_end(rest);
}
