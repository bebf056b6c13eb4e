/* What an allocator benchmark that loads the kernel heap as a shared object calls; nothing else is visible in it. */
#pragma once

#include <stddef.h>

#pragma GCC visibility push(default)

extern const char bench_name[];

/* Makes the kernel heap over `bytes` bytes from `arena`, both whole blocks. 0. */
int bench_init(void *arena, size_t bytes);

/* kmalloc and kfree. */
void *bench_alloc(size_t bytes);
void bench_free(void *ptr);

/* Frees refused so far. */
unsigned long bench_errors(void);

#pragma GCC visibility pop
