#include "mm/selfcheck.h"

#include "mm/heap_check.h"
#include "mm/kheap.h"
#include "mm/selfcheck_parts.h"

static struct {
    const void *pointer;   /* the bad free that is under way; else NULL    */
    enum free_fault fault; /* FREE_OK until the refusal was reported      */
} provoked;

bool selfcheck_expects(const struct heap_refusal *refusal)
{
    if (refusal->pointer != provoked.pointer) {
        return false; /* a refused pointer is never NULL */
    }
    provoked.fault = refusal->fault;
    return true;
}

static uint64_t stamp_of(const void *run)
{
    return (uintptr_t)run ^ UINT64_C(0x5EEDB10C5EEDB10C);
}

static uint64_t *last_word(const struct held *run)
{
    return (uint64_t *)((uintptr_t)run + run->bytes - sizeof(uint64_t));
}

struct held *selfcheck_hold(size_t bytes)
{
    struct held *run = kmalloc(bytes);
    if (run != NULL) {
        *run = (struct held){.next = NULL, .bytes = bytes, .stamp = stamp_of(run)};
        *last_word(run) = stamp_of(run);
    }
    return run;
}

bool selfcheck_intact(const struct held *run)
{
    return run->stamp == stamp_of(run) && *last_word(run) == stamp_of(run);
}

uint64_t selfcheck_layout(void)
{
    uint64_t layout = 0;
    const heap_t *heap;
    for (size_t i = 0; (heap = kheap_region(i)) != NULL; i++) {
        for (size_t first = 0; first < heap->table.total;) {
            struct heap_run run = heap_run_at(heap, first);
            layout = (layout ^ (run.blocks * 2 + run.live)) * UINT64_C(0x100000001b3);
            first += run.blocks;
        }
    }
    return layout;
}

static bool is_refused(const struct bad_free *bad)
{
    provoked.pointer = bad->pointer;
    provoked.fault = FREE_OK;
    int status = kheap_try_free((void *)(uintptr_t)bad->pointer);
    provoked.pointer = NULL;
    bool inexact =
        provoked.fault == FREE_NOT_A_START && (bad->fault == FREE_INSIDE_RUN || bad->fault == FREE_ALREADY_FREE);
    return status == -EINVARG && (provoked.fault == bad->fault || inexact);
}

bool selfcheck_refused(const struct bad_free *bad, size_t count)
{
    uint64_t before = kheap_digest();
    for (size_t i = 0; i < count; i++) {
        if (!is_refused(&bad[i])) {
            return false;
        }
    }
    return kheap_digest() == before;
}

int selfcheck_fail(print_fn *print, const char *sentence)
{
    print("check: FAILED: %s\n", sentence);
    return -EINVARG;
}

enum { SHORT_RUNS = 5 };

/* In an order that merges with nothing, with the left, with the right, and with both. */
static const char *free_short(struct held *const *runs)
{
    static const uint8_t order[SHORT_RUNS] = {1, 3, 2, 0, 4};
    for (size_t i = 0; i < SHORT_RUNS; i++) {
        struct held *run = runs[order[i]];
        if (!selfcheck_intact(run)) {
            return "an allocation was overwritten by another";
        }
        if (kheap_try_free(run) != 0) {
            return "a good free was refused";
        }
        if (!selfcheck_refused(&(struct bad_free){run, FREE_ALREADY_FREE}, 1)) {
            return "a double free was not refused";
        }
    }
    return NULL;
}

static const char *try_short(void)
{
    static const uint8_t blocks[SHORT_RUNS] = {1, 2, 1, 3, 1};
    struct held *runs[SHORT_RUNS];
    for (size_t i = 0; i < SHORT_RUNS; i++) {
        runs[i] = selfcheck_hold((size_t)blocks[i] * HEAP_BLOCK_SIZE);
        if (runs[i] == NULL) {
            while (i-- > 0) {
                kfree(runs[i]);
            }
            return "a small allocation failed";
        }
    }
    if (kmalloc(0) != NULL || kmalloc(SIZE_MAX) != NULL) {
        return "an impossible size was allocated";
    }
    const struct bad_free bad[] = {
        {(char *)runs[0] + 16, FREE_UNALIGNED},
        {(char *)runs[1] + HEAP_BLOCK_SIZE, FREE_INSIDE_RUN},
        {&runs, FREE_OUTSIDE},
    };
    if (!selfcheck_refused(bad, sizeof bad / sizeof *bad)) {
        return "a bad free was not refused";
    }
    return free_short(runs);
}

int selfcheck_short(print_fn *print)
{
    kheap_trim();
    uint64_t before = selfcheck_layout();
    const char *wrong = try_short();
    if (wrong == NULL) {
        wrong = selfcheck_owners();
    }
    kheap_trim();
    if (wrong == NULL && selfcheck_layout() != before) {
        wrong = "after freeing everything the heap is not as before";
    }
    if (wrong == NULL) {
        wrong = kheap_check();
    }
    if (wrong != NULL) {
        return selfcheck_fail(print, wrong);
    }
    print("check: %d runs, objects of %d classes and an owner taken and given back, %d bad frees refused: ok\n",
          SHORT_RUNS, SIZE_CLASSES, SHORT_RUNS + 3 + 3 * SIZE_CLASSES - 1 + 2);
    return 0;
}
