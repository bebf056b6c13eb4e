/* A small strict reader of JSON text (RFC 8259) that pulls one piece at a time. After the first error nothing more is
 * accepted: loops end, numbers are 0, strings empty. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
    const char *at;
    const char *end;
    unsigned line;
    const char *error; /* the first one, a phrase; `line` stays where it was found */
    unsigned depth;
};

/* Keeps the first error. */
void json_fail(struct json *json, const char *error);

/* Whether another value follows at the top. */
bool json_more(struct json *json);

/* Whether the next character, blanks aside, is `c`. */
bool json_peek(struct json *json, char c);

/* '{' or '['; then json_next_key or json_next_item before each member, until false: the bracket has been closed. */
void json_open(struct json *json, char bracket);
bool json_next_key(struct json *json, char *key, size_t room);
bool json_next_item(struct json *json);

/* A string, as UTF-8. One that does not fit `room` bytes with its NUL is cut; a NUL in it ends it. */
void json_string(struct json *json, char *text, size_t room);

/* A whole number from 0 to 2^64 - 1. */
uint64_t json_number(struct json *json);

/* Any value. */
void json_skip(struct json *json);
