#include "core/assert.h"
#include "mm/heap_check.h"
#include "mm/kheap.h"
#include "mm/selfcheck_parts.h"

enum { SORT_LISTS = 48 }; /* list i holds 2^i runs */

/* As the bins have it: another way than by the walk that counts what is left. */
static size_t longest_free(void)
{
    const heap_t *region;
    size_t longest = 0;
    for (size_t i = 0; (region = kheap_region(i)) != NULL; i++) {
        size_t here = heap_longest_free(region);
        longest = here > longest ? here : longest;
    }
    return longest;
}

/* Takes the longest free run, or a little less where others of about its length hide it. NULL: nothing is free. */
static struct held *hold_longest(void)
{
    size_t longest = longest_free();
    if (longest == 0) {
        return NULL;
    }
    struct held *run = selfcheck_hold(longest * HEAP_BLOCK_SIZE);
    size_t sure = bins_floor(bins_of(longest - 1)) + 1;
    return run != NULL ? run : selfcheck_hold(sure * HEAP_BLOCK_SIZE);
}

static struct held *merge(struct held *a, struct held *b)
{
    struct held *merged = NULL;
    struct held **end = &merged;
    while (a != NULL && b != NULL) {
        struct held **lower = a < b ? &a : &b;
        *end = *lower;
        end = &(*lower)->next;
        *lower = *end;
    }
    *end = a != NULL ? a : b;
    return merged;
}

/* By address; n log n, without memory of its own. */
static struct held *sort(struct held *runs)
{
    struct held *lists[SORT_LISTS] = {NULL};
    while (runs != NULL) {
        struct held *list = runs;
        runs = runs->next;
        list->next = NULL;
        size_t i = 0;
        for (; i < SORT_LISTS - 1 && lists[i] != NULL; i++) {
            list = merge(lists[i], list);
            lists[i] = NULL;
        }
        lists[i] = merge(lists[i], list);
    }
    struct held *sorted = NULL;
    for (size_t i = 0; i < SORT_LISTS; i++) {
        sorted = merge(lists[i], sorted);
    }
    return sorted;
}

/* Of the sorted runs: each in one region, none overlapping the next, stamps standing. */
static const char *verify_runs(const struct held *runs)
{
    for (; runs != NULL; runs = runs->next) {
        const char *last = (const char *)runs + runs->bytes - 1;
        const heap_t *region = kheap_region_of(runs);
        if (region == NULL || kheap_region_of(last) != region) {
            return "a run is not in one region";
        }
        if (runs->next != NULL && last >= (const char *)runs->next) {
            return "two runs overlap";
        }
        if (!selfcheck_intact(runs)) {
            return "a run was overwritten by another";
        }
    }
    return NULL;
}

/* Whatever stands there stays. */
static void touch(uintptr_t address)
{
    volatile unsigned char *byte = (volatile unsigned char *)address;
    unsigned char value = *byte;
    *byte = value;
}

static void touch_regions(void)
{
    const heap_t *heap;
    for (size_t i = 0; (heap = kheap_region(i)) != NULL; i++) {
        touch(heap->start);
        touch(heap_block_address(heap, heap->table.total) - 1);
    }
}

/* One of each kind, around one live run. */
static const char *try_bad_frees(const struct held *run, unsigned *count)
{
    const heap_t *region = kheap_region_of(run);
    const char *start = (const char *)run;
    const struct bad_free bad[] = {
        {start + 1, FREE_UNALIGNED},
        {start + 16, FREE_UNALIGNED},
        {start + run->bytes - 1, FREE_UNALIGNED},
        {(const void *)(heap_block_address(region, region->table.total)), FREE_OUTSIDE},
        {(const void *)(region->start - HEAP_BLOCK_SIZE), FREE_OUTSIDE},
        {region->table.entries, FREE_OUTSIDE},
        {region, FREE_OUTSIDE},
        {&region, FREE_OUTSIDE},
        {(const void *)1, FREE_OUTSIDE},
        {(const void *)UINTPTR_MAX, FREE_OUTSIDE},
        {start + HEAP_BLOCK_SIZE, FREE_INSIDE_RUN}, /* the last two: for runs of several blocks */
        {start + run->bytes / HEAP_BLOCK_SIZE / 2 * HEAP_BLOCK_SIZE, FREE_INSIDE_RUN},
    };
    size_t kinds = sizeof bad / sizeof *bad - (run->bytes > HEAP_BLOCK_SIZE ? 0 : 2);
    *count += (unsigned)kinds;
    return selfcheck_refused(bad, kinds) ? NULL : "a bad free was not refused, or had an effect";
}

static const char *free_one(struct held *run)
{
    return kheap_try_free(run) == 0 ? NULL : "a good free was refused";
}

/* Every other run first, so that some merge with nothing, and then the rest, which merge on both sides. A free of the
 * last one is tried again at once, of the first one when all is free. */
static const char *free_all(struct held *runs, unsigned *count)
{
    struct held *first = runs;
    struct held *last = NULL;
    const char *wrong = NULL;
    for (struct held *run = runs; wrong == NULL && run != NULL && run->next != NULL; run = run->next) {
        struct held *other = run->next;
        run->next = other->next;
        wrong = free_one(other);
    }
    while (wrong == NULL && runs != NULL) {
        last = runs;
        runs = runs->next;
        wrong = free_one(last);
    }
    if (wrong != NULL) {
        return wrong;
    }
    *count += 2;
    const struct bad_free again[] = {{last, FREE_ALREADY_FREE}, {first, FREE_ALREADY_FREE}};
    return selfcheck_refused(again, 2) ? NULL : "a double free was not refused, or had an effect";
}

/* Takes all there is; the runs, chained, in `*runs`. */
static const char *fill(struct held **runs, print_fn *print)
{
    size_t count = 0;
    for (struct held *run = hold_longest(); run != NULL; run = hold_longest()) {
        run->next = *runs;
        *runs = run;
        count++;
    }
    struct kheap_totals totals = kheap_totals();
    if (totals.used != totals.blocks || kmalloc(HEAP_BLOCK_SIZE) != NULL) {
        return "blocks are left that cannot be taken";
    }
    print("check: all %zu blocks taken (regions: %zu, runs: %zu)\n", totals.blocks, totals.regions, count);
    return *runs != NULL ? NULL : "nothing is free, so there is nothing to check with";
}

static const char *check_all(struct held **runs, unsigned *bad_frees, print_fn *print)
{
    const char *wrong = fill(runs, print);
    if (wrong == NULL) {
        *runs = sort(*runs);
        kassert(*runs != NULL, "self-check: sorting lost the runs");
        touch_regions();
        wrong = verify_runs(*runs);
    }
    if (wrong == NULL) {
        wrong = kheap_check();
    }
    if (wrong == NULL) {
        wrong = try_bad_frees(*runs, bad_frees);
    }
    return wrong;
}

int selfcheck_full(print_fn *print)
{
    kheap_trim();
    uint64_t before = selfcheck_layout();
    struct held *runs = NULL;
    unsigned bad_frees = 0;
    const char *wrong = check_all(&runs, &bad_frees, print);
    if (wrong == NULL) {
        print("check: no two overlap, first and last bytes hold\n");
        wrong = free_all(runs, &bad_frees);
    }
    if (wrong == NULL) {
        wrong = kheap_check(); /* no free run has a free neighbour: a region with nothing live is one free run */
    }
    if (wrong == NULL && selfcheck_layout() != before) {
        wrong = "after freeing everything the heap is not as before";
    }
    if (wrong != NULL) {
        return selfcheck_fail(print, wrong);
    }
    struct kheap_totals totals = kheap_totals();
    print("check: %u bad frees refused, nothing changed\n", bad_frees);
    print("check: freed again (regions: %zu, free runs: %zu)\n", totals.regions, totals.free_runs);
    print("check: ok\n");
    return 0;
}
