/* The one processor of a host test, for the kernel heap (tests/kheap_hooks.h). */
#include "mm/owner.h"
#include "tests/kheap_hooks.h"

struct kheap_context *kheap_here(void)
{
    static struct kheap_context context;
    if (context.record == NULL) {
        context = KHEAP_CONTEXT_AT_BOOT;
    }
    return &context;
}
