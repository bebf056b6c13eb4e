#include "mm/commands.h"

#include "core/status.h"
#include "mm/kheap.h"
#include "mm/kheap_walk.h"
#include "mm/number.h"
#include "mm/selfcheck.h"

void memory_view_certify(const struct memory_view *view, print_fn *print)
{
    struct certificate certificate = {view->source, map_hash(view->entries, view->count)};
    print("tessera: plan ");
    report_certificate(view->plan, &certificate, print);
    print("\n");
}

int command_map(void *context, const char *arguments, print_fn *print)
{
    const struct memory_view *view = context;
    (void)arguments;
    report_entries(view->source, view->entries, view->count, print);
    report_map(view->map, print);
    return 0;
}

int command_plan(void *context, const char *arguments, print_fn *print)
{
    const struct memory_view *view = context;
    (void)arguments;
    report_reservations(view->plan, print);
    report_drawing(view->map, view->plan, print);
    report_reasons(view->map, view->plan, print);
    memory_view_certify(view, print);
    return 0;
}

static void print_blocks(const char *what, size_t blocks, print_fn *print)
{
    char bytes[16];
    format_bytes(bytes, (uint64_t)blocks * HEAP_BLOCK_SIZE);
    print("  %-14s %12zu  %10s\n", what, blocks, bytes);
}

static void print_region(size_t region, print_fn *print)
{
    const heap_t *heap = kheap_region(region);
    struct kheap_walk walk = {.region = region};
    struct kheap_met met;
    struct heap_census census = {.used = 0};
    while (kheap_walk(&walk, &met) && met.region == region) {
        census.used += met.run.live ? met.run.blocks : 0;
        census.live_runs += met.run.live;
        census.free_runs += !met.run.live;
    }
    print("  0x%016llx %12zu %12zu %8zu %8zu\n", (unsigned long long)heap->start, heap->table.total, census.used,
          census.live_runs, census.free_runs);
}

int command_heap(void *context, const char *arguments, print_fn *print)
{
    struct kheap_totals totals = kheap_totals();
    (void)context, (void)arguments;
    print("heap: %zu allocations live, free blocks in %zu runs, %zu frees refused\n", totals.live_runs,
          totals.free_runs, totals.refused);
    print("  (frees refused, and the peak, include what self-checks and bench provoke)\n");
    print("  %-14s %12s  %10s\n", "", "blocks", "size");
    print_blocks("all", totals.blocks, print);
    print_blocks("in use", totals.used, print);
    print_blocks("peak", totals.peak, print);
    print_blocks("free", totals.blocks - totals.used, print);
    print_blocks("longest free", totals.longest_free, print);
    print("  %-18s %12s %12s %8s %8s\n", "region at", "blocks", "in use", "live", "free runs");
    for (size_t i = 0; i < totals.regions; i++) {
        print_region(i, print);
    }
    return 0;
}

/* The number in `text`; reports one that is bad. */
static int read_number(const char *text, uint64_t *value, print_fn *print)
{
    const char *refusal = number_parse(text, value);
    if (refusal != NULL) {
        print("error: \"%s\": %s\n", text, refusal);
        return -EINVARG;
    }
    return 0;
}

int command_alloc(void *context, const char *arguments, print_fn *print)
{
    uint64_t bytes;
    (void)context;
    if (read_number(arguments, &bytes, print) != 0) {
        return -EINVARG;
    }
    if (bytes == 0) {
        print("error: nothing is no allocation\n");
        return -EINVARG;
    }
    void *memory = kmalloc(bytes);
    if (memory == NULL) {
        print("error: %s\n", status_sentence(-ENOMEM));
        return -ENOMEM;
    }
    print("%llu bytes at 0x%llx, which takes %zu\n", (unsigned long long)bytes, (unsigned long long)(uintptr_t)memory,
          kmalloc_usable_size(memory));
    return 0;
}

int command_free(void *context, const char *arguments, print_fn *print)
{
    uint64_t address;
    (void)context;
    if (read_number(arguments, &address, print) != 0) {
        return -EINVARG;
    }
    if (address == 0) {
        print("error: there is nothing at address 0\n"); /* to the heap NULL is a no-op, here it is a mistake */
        return -EINVARG;
    }
    int status = kheap_try_free((void *)(uintptr_t)address);
    print(status == 0 ? "freed\n" : "error: the heap refused it\n"); /* the report of the refusal names the reason */
    return status;
}

int command_check(void *context, const char *arguments, print_fn *print)
{
    (void)context, (void)arguments;
    int status = selfcheck_full(print);
    if (status != 0) {
        print("error: the self-check failed\n");
    }
    return status;
}
