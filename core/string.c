#include "core/string.h"

#include <stdint.h>

#include "core/cpu.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    cpu_copy_up(to, from, bytes);
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    char *target = to;
    const char *source = from;
    if ((uintptr_t)to - (uintptr_t)from >= bytes) { /* `to` below `from`, or past its end */
        cpu_copy_up(to, from, bytes);
    } else {
        for (size_t i = bytes; i-- > 0;) {
            ((volatile char *)target)[i] = source[i]; /* volatile: not to be turned back into a call of memmove */
        }
    }
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    cpu_fill(to, UINT64_C(0x0101010101010101) * (uint8_t)value, bytes);
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const volatile unsigned char *left = a, *right = b;
    for (size_t i = 0; i < bytes; i++) {
        int difference = left[i] - right[i];
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    const volatile char *at = text; /* volatile: not to be turned back into a call of strlen */
    size_t length = 0;
    while (at[length] != '\0') {
        length++;
    }
    return length;
}

int strcmp(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && a[i] == b[i]) {
        i++;
    }
    return (unsigned char)a[i] - (unsigned char)b[i];
}
