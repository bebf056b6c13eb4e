/* What the kernel heap reports, kept: the last of each kind, and how many. Outside the lock, as it promises. */
#pragma once

#include "tests/kheap_fixture.h"

#include "mm/owner.h"

static struct heap_refusal last_refusal;
static unsigned refusals;
static struct quota_refusal last_quota;
static unsigned quota_refusals;

void heap_refused(const struct heap_refusal *refusal)
{
    assert_int_equal(lock_depth, 0);
    last_refusal = *refusal;
    refusals++;
}

void kheap_quota_refused(const struct quota_refusal *refusal)
{
    assert_int_equal(lock_depth, 0);
    last_quota = *refusal;
    quota_refusals++;
}
