/* The kernel heap's hooks in a server of ring 3 (mm/kheap.h): one thread, which nothing interrupts, with a heap of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/owner.h"
#include "servers/library/heap.h"

static inline uintptr_t kheap_lock(void)
{
    return 0;
}

static inline void kheap_unlock(uintptr_t state)
{
    (void)state;
}

static inline struct kheap_context *kheap_here(void)
{
    return &server_heap.context;
}

static inline bool kheap_ask(size_t size, size_t alignment)
{
    return server_heap_ask(size, alignment);
}

static inline void kheap_freed(size_t used)
{
    if (__builtin_expect(server_heap.held - used > SERVER_HEAP_KEPT, 0)) {
        server_heap_give_back();
    }
}
