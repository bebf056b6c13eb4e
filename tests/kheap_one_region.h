/* The kernel heap over one region of 1000 blocks, owners in it, and what it reports: what most tests of it need. */
#pragma once

#include "tests/kheap_refusals.h"

/* For setups. */
static inline int one_region(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 1000);
    use_plan();
    refusals = 0;
    quota_refusals = 0;
    return 0;
}

/* For teardowns. Whoever acts, it is the kernel from here on. */
static inline int sound(void **state)
{
    (void)state;
    on_unlock = NULL;
    (void)kheap_act_as(OWNER_KERNEL);
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    return 0;
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, one_region, sound)

static inline owner_t new_owner(size_t quota)
{
    owner_t owner;
    assert_int_equal(owner_create("server", quota, &owner), 0);
    return owner;
}

/* NULL where the owner gets nothing. */
static inline void *take_as(owner_t owner, size_t bytes)
{
    assert_int_equal(kheap_act_as(owner), 0);
    void *ptr = kmalloc(bytes);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    return ptr;
}
