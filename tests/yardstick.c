/* The kernel heap as a shared object: one region over the arena, all that it notes at the arena's start. */
#include "tests/yardstick.h"

#include "mm/kheap.h"

const char bench_name[] = "tessera";

int bench_init(void *arena, size_t bytes)
{
    static struct plan plan = {.verdict = PLAN_OK, .region_count = 1};
    const struct plan_policy policy = plan_policy_default();
    uint64_t start = (uintptr_t)arena, blocks = bytes / (HEAP_BLOCK_SIZE + policy.entry_bytes);
    uint64_t split = start + round_up(policy.record_bytes + blocks * policy.entry_bytes, HEAP_BLOCK_SIZE);
    plan.regions[0] = (struct plan_region){{start, split}, {split, start + bytes}};
    kheap_use(&plan, 0);
    kheap_init();
    return 0;
}

void *bench_alloc(size_t bytes)
{
    return kmalloc(bytes);
}

void bench_free(void *ptr)
{
    kfree(ptr);
}
