/* What the kernel heap's sources need of mm/plan.h where they are a server's heap: this file stands before that one on the path
 * of headers. A window has few regions, and no certificate. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "mm/range.h"

enum { PLAN_REGIONS_MAX = 8 };

struct plan_region {
    struct range table;
    struct range blocks;
};

enum plan_verdict { PLAN_OK };

struct plan {
    enum plan_verdict verdict;
    size_t region_count;
    struct plan_region regions[PLAN_REGIONS_MAX];
};
