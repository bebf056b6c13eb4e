/* The kernel heap over one region of 1000 blocks: what most tests of it need. */
#pragma once

#include "tests/kheap_fixture.h"

static inline void use_one_region(void)
{
    memset(ram, 0xA5, sizeof ram);
    memset(&plan, 0, sizeof plan);
    add_region(0, 1000);
    use_plan();
}

/* For teardowns. */
static inline int sound(void **state)
{
    (void)state;
    const char *broken = kheap_check();
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    return 0;
}
