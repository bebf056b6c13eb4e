/* The heap's hooks where nothing else runs: the lock is empty, a refused free is counted. */
#include "tests/yardstick.h"

#include "core/assert.h"
#include "mm/kheap.h"
#include "mm/owner.h"
#include "tests/yardstick_context.h"

static unsigned long refused;

unsigned long bench_errors(void)
{
    return refused;
}

struct kheap_context yardstick_context = KHEAP_CONTEXT_AT_BOOT;

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    (void)refusal;
}

void heap_refused(const struct heap_refusal *refusal)
{
    (void)refusal;
    refused++;
}

_Noreturn void kassert_failed(const char *sentence, const char *file, int line)
{
    (void)sentence, (void)file, (void)line;
    __builtin_trap();
}
