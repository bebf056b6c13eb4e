/* kmalloc and its family, of which any call may fail. Linked with --wrap for each function of the family, so that the calls come here
 * first. Included by one file of a program, which says which call is to fail: every call of the family asks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

static bool fails(void);

void *__real_kmalloc(size_t size);
void *__real_kzalloc(size_t size);
void *__real_kcalloc(size_t count, size_t size);
void *__real_krealloc(void *ptr, size_t size);
void *__real_kmalloc_aligned(size_t size, size_t alignment);
void *__wrap_kmalloc(size_t size);
void *__wrap_kzalloc(size_t size);
void *__wrap_kcalloc(size_t count, size_t size);
void *__wrap_krealloc(void *ptr, size_t size);
void *__wrap_kmalloc_aligned(size_t size, size_t alignment);

void *__wrap_kmalloc(size_t size)
{
    return fails() ? NULL : __real_kmalloc(size);
}

void *__wrap_kzalloc(size_t size)
{
    return fails() ? NULL : __real_kzalloc(size);
}

void *__wrap_kcalloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_kcalloc(count, size);
}

void *__wrap_krealloc(void *ptr, size_t size)
{
    return fails() ? NULL : __real_krealloc(ptr, size);
}

void *__wrap_kmalloc_aligned(size_t size, size_t alignment)
{
    return fails() ? NULL : __real_kmalloc_aligned(size, alignment);
}
