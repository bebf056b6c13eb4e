/* What the tests of the self-check share: machines on real memory, a heap that can lie, and what is printed. */
#pragma once

#include "tests/kheap_fixture.h"

#include "mm/heap_check.h"
#include "mm/kheap_state.h"
#include "mm/owner.h"
#include "mm/selfcheck.h"

static char printed[1 << 16];
static size_t printed_bytes;
static unsigned unexpected;
static bool deaf;                  /* the refusal hook does not know of the self-check       */
static bool meddling;              /* the refusal hook allocates                             */
static unsigned char *overwritten; /* written to by somebody else at the next print or refusal */

/* A heap that lies once: what it says of one call is not so. Linked with --wrap, so that the calls come here first. */
enum lie {
    LIE_NONE,
    LIE_REFUSED,    /* a free, good or bad, is refused without a word */
    LIE_FREED,      /* a free is said to be done, and is not          */
    LIE_TAKEN_TWICE /* what was handed out last is handed out again   */
};
static enum lie lie;
static unsigned lying_call; /* from 1 on                        */
static unsigned calls;      /* of the function that lies, so far */
static void *taken_last;

int __real_kheap_try_free(void *ptr);
void *__real_kmalloc(size_t size);
int __wrap_kheap_try_free(void *ptr);
void *__wrap_kmalloc(size_t size);

int __wrap_kheap_try_free(void *ptr)
{
    bool lies = (lie == LIE_REFUSED || lie == LIE_FREED) && ++calls == lying_call;
    if (lies) {
        return lie == LIE_REFUSED ? -EINVARG : 0;
    }
    return __real_kheap_try_free(ptr);
}

void *__wrap_kmalloc(size_t size)
{
    bool lies = lie == LIE_TAKEN_TWICE && ++calls == lying_call;
    void *ptr = lies ? taken_last : __real_kmalloc(size);
    taken_last = ptr != NULL ? ptr : taken_last;
    return ptr;
}

static inline void overwrite(void)
{
    if (overwritten != NULL) {
        *overwritten ^= 1;
        overwritten = NULL;
    }
}

__attribute__((format(printf, 1, 2))) static inline void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(printed + printed_bytes, sizeof printed - printed_bytes, format, arguments);
    va_end(arguments);
    assert_true(bytes >= 0 && printed_bytes + (size_t)bytes < sizeof printed);
    printed_bytes += (size_t)bytes;
    overwrite();
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    assert_true(selfcheck_expects_quota(refusal));
}

void heap_refused(const struct heap_refusal *refusal)
{
    overwrite();
    if (meddling) {
        kmalloc(1);
    }
    if (deaf || !selfcheck_expects(refusal)) {
        unexpected++;
    }
}

/* Plans a machine with the given usable ranges, mirrored by ram[], and the image in `image`. */
static inline void boot(const struct range *usable, size_t count, struct range image)
{
    static struct memmap map;
    MemoryMapEntry entries[8];
    memset(ram, 0xA5, sizeof ram);
    memset(&map, 0xA5, sizeof map);
    memset(&plan, 0xA5, sizeof plan);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (MemoryMapEntry){usable[i].start, range_bytes(usable[i]), 1, 1};
    }
    memmap_build(&map, entries, count, 40);
    const struct reservation reserved = {"image", image};
    const struct plan_input input = {
        .map = &map,
        .reserved = &reserved,
        .reserved_count = 1,
        .image = image,
        .policy = plan_policy_default(),
        .page_bits = 21,
    };
    plan_make(&plan, &input);
    assert_int_equal(plan.verdict, PLAN_OK);
    use_plan();
    assert_null(kheap_matches_plan(&plan));
    printed_bytes = 0;
    unexpected = 0;
    deaf = false;
    meddling = false;
    overwritten = NULL;
    lie = LIE_NONE;
    taken_last = NULL;
}

#define MIB(n) ((uint64_t)((n) * (1 << 20)))

static const struct range two_ranges[] = {{MIB(1), MIB(4)}, {MIB(5), MIB(9)}};

static inline int two_regions(void **state)
{
    (void)state;
    boot(two_ranges, 2, (struct range){MIB(1), MIB(1.25)});
    return 0;
}

/* Memory that the plan gives to nobody is as it was. */
static inline void expect_rest_untouched(void)
{
    for (uint64_t at = RAM_START; at < RAM_START + RAM_BYTES; at++) {
        bool ours = false;
        for (size_t i = 0; i < plan.region_count; i++) {
            ours = ours || (at >= plan.regions[i].table.start && at < plan.regions[i].blocks.end);
        }
        if (!ours && *(unsigned char *)ram_at(at) != 0xA5) {
            fail_msg("byte 0x%llx was written", (unsigned long long)at);
        }
    }
}

#define BOOTED(test) cmocka_unit_test_setup(test, two_regions)
