/* What this processor can do, as far as the kernel asks. */
#pragma once

#include <stdbool.h>

#include "core/print.h"

/* What the kernel makes use of where it is there. NX is not among them: the loader stops without it. */
enum processor_feature {
    PROCESSOR_PGE = 1 << 0,  /* the kernel's translations outlive a switch of address spaces    */
    PROCESSOR_SMEP = 1 << 1, /* ring 0 cannot execute what ring 3 can reach                     */
    PROCESSOR_SMAP = 1 << 2, /* nor read or write it by mistake                                 */
    PROCESSOR_UMIP = 1 << 3, /* ring 3 cannot read where the kernel's descriptor tables are     */
    PROCESSOR_FXSAVE = 1 << 4,
    PROCESSOR_XSAVE = 1 << 5,
    PROCESSOR_FEATURES = 6,
};

struct processor {
    unsigned phys_bits;    /* physical address width                            */
    unsigned page_bits;    /* largest page of a page table: 21 or 30            */
    unsigned features;     /* a set of enum processor_feature                   */
    bool under_hypervisor; /* where probing for a hypervisor's devices is safe  */
};

/* Asks CPUID (Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E). */
struct processor processor_detect(void);

/* Switches on what protects the kernel, as far as this processor has it: for each processor, once kernel_space_init has
 * dropped the loader's tables. FSGSBASE goes off, so that only the kernel ever sets a gs base. */
void processor_protect(const struct processor *processor);

/* A line that names what of enum processor_feature is missing; nothing when all is there. */
void processor_report(unsigned features, print_text *print);
