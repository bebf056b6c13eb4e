#include "tests/tools/json.h"

#include <string.h>

#include "tests/tools/scan.h"

enum { DEPTH_MAX = 32, SURROGATE = 0xD800, SURROGATE_LOW = 0xDC00, SURROGATE_END = 0xE000 };

static const char CUT_OFF[] = "the JSON is cut off or damaged";

void json_fail(struct json *json, const char *error)
{
    if (json->error == NULL) {
        json->error = error;
    }
}

static void skip_blanks(struct json *json)
{
    for (; json->error == NULL && json->at < json->end; json->at++) {
        if (*json->at == '\n') {
            json->line++;
        } else if (*json->at != ' ' && *json->at != '\t' && *json->at != '\r') {
            return;
        }
    }
}

bool json_more(struct json *json)
{
    skip_blanks(json);
    return json->error == NULL && json->at < json->end;
}

bool json_peek(struct json *json, char c)
{
    return json_more(json) && *json->at == c;
}

static bool take(struct json *json, char c)
{
    if (!json_peek(json, c)) {
        return false;
    }
    json->at++;
    return true;
}

static void expect(struct json *json, char c)
{
    if (!take(json, c)) {
        json_fail(json, CUT_OFF);
    }
}

void json_open(struct json *json, char bracket)
{
    expect(json, bracket);
    if (++json->depth > DEPTH_MAX) {
        json_fail(json, "the JSON is nested too deeply");
    }
}

/* Moves to the next member, past the comma unless it is the first. */
static bool next(struct json *json, char open, char close)
{
    bool first = json->error == NULL && json->at[-1] == open; /* no value ends with its opening bracket */
    if (take(json, close)) {
        json->depth--;
        return false;
    }
    if (!first) {
        expect(json, ',');
    }
    return json->error == NULL;
}

bool json_next_key(struct json *json, char *key, size_t room)
{
    if (!next(json, '{', '}')) {
        return false;
    }
    json_string(json, key, room);
    expect(json, ':');
    return json->error == NULL;
}

bool json_next_item(struct json *json)
{
    return next(json, '[', ']');
}

/* Four hexadecimal digits. */
static uint32_t read_unit(struct json *json)
{
    struct scan digits = {json->at, json->end - json->at < 4 ? json->end : json->at + 4};
    uint64_t value = 0;
    size_t count = 0;
    (void)scan_hex(&digits, &value, &count);
    if (count != 4) {
        json_fail(json, CUT_OFF);
        return 0;
    }
    json->at = digits.at;
    return (uint32_t)value;
}

/* The code point behind "\u", of one unit or a pair. */
static uint32_t read_code_point(struct json *json)
{
    uint32_t high = read_unit(json);
    if (high < SURROGATE || high >= SURROGATE_END) {
        return high;
    }
    bool pair = high < SURROGATE_LOW && json->end - json->at >= 2 && json->at[0] == '\\' && json->at[1] == 'u';
    json->at += pair ? 2 : 0;
    uint32_t low = pair ? read_unit(json) : 0;
    if (low < SURROGATE_LOW || low >= SURROGATE_END) {
        json_fail(json, "half a surrogate pair in a string");
        return 0;
    }
    return 0x10000 + ((high - SURROGATE) << 10) + (low - SURROGATE_LOW);
}

static size_t encode(uint32_t code, char bytes[4])
{
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t LEAD[] = {0x00, 0xC0, 0xE0, 0xF0};
    for (size_t i = more; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    bytes[0] = (char)(LEAD[more] | code);
    return more + 1;
}

/* What stands behind a backslash. */
static size_t read_escape(struct json *json, char bytes[4])
{
    static const char FROM[] = "\"\\/bfnrt";
    static const char TO[] = "\"\\/\b\f\n\r\t";
    const char *found = json->at < json->end ? memchr(FROM, *json->at, sizeof FROM - 1) : NULL;
    if (found != NULL) {
        json->at++;
        bytes[0] = TO[found - FROM];
        return 1;
    }
    if (json->at == json->end || *json->at++ != 'u') {
        json_fail(json, CUT_OFF);
        return 0;
    }
    return encode(read_code_point(json), bytes);
}

void json_string(struct json *json, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    expect(json, '"');
    while (json->error == NULL) {
        if (json->at == json->end || (unsigned char)*json->at < ' ') {
            json_fail(json, CUT_OFF);
            return;
        }
        char bytes[4] = {*json->at++};
        size_t length = 1;
        if (bytes[0] == '"') {
            return;
        }
        if (bytes[0] == '\\') {
            length = read_escape(json, bytes);
        }
        if (used + length < room) {
            memcpy(text + used, bytes, length);
            used += length;
            text[used] = '\0';
        } else {
            room = 0; /* cut for good: nothing shorter may slip in behind */
        }
    }
}

/* Digits, with no zero before them and no fraction or exponent behind. */
uint64_t json_number(struct json *json)
{
    uint64_t value = 0;
    skip_blanks(json);
    if (json->error != NULL) {
        return 0;
    }
    struct scan digits = {json->at, json->end};
    bool zero = digits.at < digits.end && *digits.at == '0';
    enum scan_number result = scan_decimal(&digits, &value);
    bool more = digits.at < digits.end && (*digits.at == '.' || *digits.at == 'e' || *digits.at == 'E');
    if (result == NUMBER_TOO_LARGE) {
        json_fail(json, "a number does not fit 64 bits");
    } else if (result == NUMBER_NONE || more || (zero && digits.at - json->at > 1)) {
        json_fail(json, "a whole number, not negative, is expected");
    }
    json->at = digits.at;
    return json->error == NULL ? value : 0;
}

/* true, false, null, and numbers of any form: their characters are checked, not their grammar. */
static void skip_plain(struct json *json)
{
    const char *first = json->at;
    while (json->at < json->end && *json->at != '\0' && strchr("+-.0123456789Eaeflnrstu", *json->at) != NULL) {
        json->at++;
    }
    if (json->at == first) {
        json_fail(json, CUT_OFF);
    }
}

void json_skip(struct json *json)
{
    char ignored[4];
    if (json_peek(json, '"')) {
        json_string(json, ignored, sizeof ignored);
    } else if (json_peek(json, '{')) {
        json_open(json, '{');
        while (json_next_key(json, ignored, sizeof ignored)) {
            json_skip(json);
        }
    } else if (json_peek(json, '[')) {
        json_open(json, '[');
        while (json_next_item(json)) {
            json_skip(json);
        }
    } else {
        skip_plain(json);
    }
}
