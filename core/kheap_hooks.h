/* The kernel heap's hooks in the kernel (mm/kheap.h): interrupts are masked, and there is one processor. */
#pragma once

#include "core/cpu.h"

extern struct kheap_context kheap_boot_context; /* core/main.c */

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
    return &kheap_boot_context;
}
