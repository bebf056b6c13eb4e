/* A server that tries its own heap, or measures it: for ipc/drill_heap.c. */
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "ipc/heap_trial.h"
#include "ipc/ipc.h"
#include "mm/kheap.h"
#include "servers/library/heap.h"

enum { MANY = 500, LONG_BLOCKS = 700 };

uint64_t server_main(void);

static struct heap_trial *const trial = (struct heap_trial *)HEAP_TRIAL_PAGE;
static unsigned char *pointers[MANY];
static const struct heap_refusal *last;

void heap_refused(const struct heap_refusal *refusal)
{
    static struct heap_refusal kept;
    kept = *refusal;
    last = &kept;
    trial->refused++;
}

static size_t size_of(size_t i)
{
    return 1 + i * i % 9000;
}

static void fill(unsigned char *bytes, size_t size, unsigned char with)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = with;
    }
}

static int holds(const unsigned char *bytes, size_t size, unsigned char what)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != what) {
            return 0;
        }
    }
    return 1;
}

#define EXPECT(condition)                                                                                            \
    if (!(condition)) {                                                                                              \
        return __LINE__;                                                                                             \
    }

/* All sizes, each byte written, freed in another order. */
static uint64_t many(void)
{
    for (size_t i = 0; i < MANY; i++) {
        pointers[i] = kmalloc(size_of(i));
        EXPECT(pointers[i] != NULL)
        fill(pointers[i], size_of(i), (unsigned char)i);
    }
    EXPECT(kheap_check() == NULL)
    for (size_t i = 0; i < MANY; i++) {
        size_t other = i * 7 % MANY;
        EXPECT(holds(pointers[other], size_of(other), (unsigned char)other))
        kfree(pointers[other]);
    }
    EXPECT(kheap_check() == NULL)
    EXPECT(server_heap.held - kheap_totals().used - kheap_totals().kept <= SERVER_HEAP_KEPT)
    server_heap_trim();
    EXPECT(server_heap.held == 0 && kheap_totals().used == 0)
    return 0;
}

static uint64_t bad_frees(void)
{
    static uint64_t in_data;
    unsigned char *small = kmalloc(40), *run = kmalloc(3 * HEAP_BLOCK_SIZE);
    EXPECT(small != NULL && run != NULL && trial->refused == 0)
    kfree(&in_data);
    EXPECT(last->fault == FREE_OUTSIDE)
    kfree(run + HEAP_BLOCK_SIZE);
    EXPECT(last->fault == FREE_INSIDE_RUN)
    kfree(small + 8);
    EXPECT(last->fault == FREE_NOT_AN_OBJECT)
    kfree((void *)USER_WINDOW); /* away */
    EXPECT(last->fault == FREE_NOT_A_START && trial->refused == 4)
    kfree(run);
    kfree(run);
    EXPECT(last->fault == FREE_ALREADY_FREE)
    kfree(small);
    kfree(small);
    EXPECT(last->fault == FREE_ALREADY_FREE && trial->refused == 6)
    EXPECT(kheap_check() == NULL)
    return 0;
}

static int give_back(unsigned char *run, size_t block, size_t blocks)
{
    return server_return(run + block * HEAP_BLOCK_SIZE, blocks);
}

/* What the kernel itself takes back: any part of what is held, and nothing else. */
static uint64_t grants(void)
{
    int64_t granted = server_grant(LONG_BLOCKS);
    unsigned char *run = (unsigned char *)(uintptr_t)granted;
    EXPECT(granted > 0 && holds(run, (size_t)LONG_BLOCKS * HEAP_BLOCK_SIZE, 0))
    fill(run, (size_t)LONG_BLOCKS * HEAP_BLOCK_SIZE, 0xAA);
    EXPECT(give_back(run, 100, 500) == 0)
    EXPECT(holds(run, 100 * HEAP_BLOCK_SIZE, 0xAA) && holds(run + 600 * HEAP_BLOCK_SIZE, 100 * HEAP_BLOCK_SIZE, 0xAA))
    EXPECT(give_back(run, 99, 2) == -EINVARG && give_back(run, 100, 1) == -EINVARG)
    EXPECT(give_back(run + 16, 0, 1) == -EINVARG && give_back(run, 0, 0) == -EINVARG)
    EXPECT(give_back(run, 0, LONG_BLOCKS) == -EINVARG && give_back(run, 0, SIZE_MAX) == -EINVARG)
    EXPECT(server_return(&trial, 1) == -EINVARG && server_return((void *)USER_WINDOW_TABLE, 1) == -EINVARG)
    EXPECT(give_back(run, 0, 100) == 0 && give_back(run, 600, 100) == 0 && give_back(run, 0, 1) == -EINVARG)
    EXPECT(server_grant(0) == -EINVARG && server_grant((size_t)1 << 40) == -EINVARG &&
           server_grant(1 << 20) == -EQUOTA)
    return 0;
}

/* Longer than what is granted without a break, and than what is kept. */
static uint64_t long_runs(void)
{
    unsigned char *run = kmalloc((size_t)LONG_BLOCKS * HEAP_BLOCK_SIZE);
    EXPECT(run != NULL)
    fill(run, (size_t)LONG_BLOCKS * HEAP_BLOCK_SIZE, 0xAA);
    kfree(run);
    EXPECT(server_heap.held <= SERVER_HEAP_KEPT)
    run = kmalloc_aligned((size_t)20 * HEAP_BLOCK_SIZE, 32 * HEAP_BLOCK_SIZE);
    EXPECT(run != NULL && (uintptr_t)run % (32 * HEAP_BLOCK_SIZE) == 0)
    run = krealloc(run, (size_t)100 * HEAP_BLOCK_SIZE);
    EXPECT(run != NULL && kmalloc((size_t)1 << 40) == NULL)
    kfree(run);
    EXPECT(kheap_check() == NULL)
    return 0;
}

/* Until the quota says no, and once more when all is free again. */
static uint64_t full(void)
{
    for (unsigned time = 0; time < 2; time++) {
        unsigned char **list = NULL, **next;
        trial->filled = 0;
        while ((next = kmalloc(HEAP_BLOCK_SIZE)) != NULL) {
            *next = (unsigned char *)list;
            list = next;
            trial->filled++;
        }
        EXPECT(kheap_check() == NULL)
        for (; list != NULL; list = next) {
            next = (unsigned char **)*list;
            kfree(list);
        }
        EXPECT(server_heap.held <= SERVER_HEAP_KEPT)
    }
    return 0;
}

/* What it lets go of can't be freed, until it is taken in again. */
static uint64_t gifts(void)
{
    unsigned char *run = kmalloc(5 * HEAP_BLOCK_SIZE), *small = kmalloc(16);
    uint64_t refused = trial->refused;
    EXPECT(run != NULL && small != NULL && server_heap_let_go(small) == 0)
    EXPECT(last->fault == FREE_SMALL && server_heap_let_go(run) == 5)
    kfree(run);
    EXPECT(last->fault == FREE_NOT_A_START && trial->refused == refused + 2)
    EXPECT(server_heap_take_gift(run, 5) == 0 && kheap_check() == NULL)
    kfree(run);
    kfree(small);
    return 0;
}

/* Whatever it is doing when it is ended. */
static void churn(void)
{
    for (size_t i = 0;; i++) {
        size_t which = i % 16;
        kfree(pointers[which]);
        pointers[which] = kmalloc(i % 5 == 0 ? (i % 7 + 1) * 40 * HEAP_BLOCK_SIZE : size_of(i));
    }
}

static uint64_t timestamp(void)
{
    return __builtin_ia32_rdtsc();
}

static void measure(void)
{
    uint64_t overhead = UINT64_MAX;
    for (unsigned i = 0; i < MANY; i++) {
        uint64_t before = timestamp();
        uint64_t took = timestamp() - before;
        overhead = took < overhead ? took : overhead;
    }
    for (uint64_t i = 0; i < trial->measure && i < HEAP_TRIAL_SAMPLES; i++) {
        uint64_t before = timestamp();
        kfree(kmalloc(trial->bytes));
        trial->samples[i] = timestamp() - before - overhead;
        pointers[i] = kmalloc(trial->bytes);
    }
}

uint64_t server_main(void)
{
    static uint64_t (*const parts[])(void) = {grants, many, bad_frees, long_runs, full, gifts};
    if (trial->endless != 0) {
        churn();
    }
    if (trial->measure != 0) {
        measure();
        thread_exit(); /* without a report of its end */
    }
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint64_t wrong = parts[i]();
        if (wrong != 0) {
            return wrong;
        }
    }
    return HEAP_TRIAL_GOOD;
}
