/* The kernel heap's hooks in the kernel (mm/kheap.h): the kernel's lock, and for whom this processor acts (core/percpu.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/layout.h"
#include "core/cpu.h"

static inline uintptr_t kheap_lock(void)
{
    return cpu_interrupts_mask();
}

static inline void kheap_unlock(uintptr_t state)
{
    cpu_interrupts_restore(state);
}

static inline struct kheap_context *kheap_here(void)
{
    return cpu_own(PERCPU_AT_ACTING);
}

static inline bool kheap_ask(size_t size, size_t alignment)
{
    (void)size, (void)alignment;
    return false;
}

static inline void kheap_freed(size_t used)
{
    (void)used;
}
