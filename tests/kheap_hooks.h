/* The kernel heap's hooks in host tests (mm/kheap.h): functions, so that a test can watch them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kheap_context;

uintptr_t kheap_lock(void);
void kheap_unlock(uintptr_t state);
struct kheap_context *kheap_here(void);

static inline bool kheap_ask(size_t size, size_t alignment)
{
    (void)size, (void)alignment;
    return false;
}

static inline void kheap_freed(size_t used)
{
    (void)used;
}
