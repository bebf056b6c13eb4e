/* The kernel heap's lock on the host: one thread, so it only watches that it is taken and given back in turn. */
#include "core/assert.h"
#include "mm/kheap.h"
#include "tests/kheap_hooks.h"

static uintptr_t held;

uintptr_t kheap_lock(void)
{
    kassert(held == 0, "host: the kernel heap's lock is taken twice");
    held = 1;
    return held;
}

void kheap_unlock(uintptr_t state)
{
    kassert(held == state, "host: the kernel heap's lock is given back by who does not hold it");
    held = 0;
}
