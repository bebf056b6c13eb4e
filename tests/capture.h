/* A print function that keeps what it is given. Included by one test program at a time. */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char captured[64 * 1024];
static size_t captured_length;

static inline void capture_clear(void)
{
    captured_length = 0;
    captured[0] = '\0';
}

__attribute__((format(printf, 1, 2))) static inline void capture(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(captured + captured_length, sizeof captured - captured_length, format, args);
    va_end(args);
    assert_in_range(length, 0, sizeof captured - captured_length - 1);
    captured_length += (size_t)length;
}

static inline void assert_captured(const char *words)
{
    if (strstr(captured, words) == NULL) {
        fail_msg("no \"%s\" in \"%s\"", words, captured);
    }
}
