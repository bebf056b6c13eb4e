/* The kernel heap's hooks in host tests (mm/kheap.h): functions, so that a test can watch them. */
#pragma once

#include <stdint.h>

struct kheap_context;

uintptr_t kheap_lock(void);
void kheap_unlock(uintptr_t state);
struct kheap_context *kheap_here(void);
