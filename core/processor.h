/* What this processor can do, as far as the plan asks. */
#pragma once

#include <stdbool.h>

struct processor {
    unsigned phys_bits;    /* physical address width                            */
    unsigned page_bits;    /* largest page of a page table: 21 or 30            */
    bool under_hypervisor; /* where probing for a hypervisor's devices is safe  */
};

/* Asks CPUID (Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E). */
struct processor processor_detect(void);
