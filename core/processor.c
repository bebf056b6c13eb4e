#include "core/processor.h"

#include "core/cpu.h"

enum { PHYS_BITS_WITHOUT_LEAF = 36 }; /* Intel SDM vol. 3A, 4.1.4: PAE, and no leaf 0x80000008 */

static const uint32_t leaf_last = 0; /* EAX: the last leaf of this row */
static const uint32_t leaf_features = 1;
static const uint32_t leaf_more_features = 7;
static const uint32_t leaf_ext_last = 0x80000000; /* EAX: the last leaf of this row */
static const uint32_t leaf_ext_features = 0x80000001;
static const uint32_t leaf_ext_addresses = 0x80000008;

static unsigned features(void)
{
    struct cpuid first = cpu_cpuid(leaf_features);
    struct cpuid more = {.eax = 0};
    if (cpu_cpuid(leaf_last).eax >= leaf_more_features) {
        more = cpu_cpuid(leaf_more_features);
    }
    unsigned out = (first.edx & CPUID_1_PGE) != 0 ? PROCESSOR_PGE : 0;
    out |= (more.ebx & CPUID_7_SMEP) != 0 ? PROCESSOR_SMEP : 0;
    out |= (more.ebx & CPUID_7_SMAP) != 0 ? PROCESSOR_SMAP : 0;
    out |= (more.ecx & CPUID_7_UMIP) != 0 ? PROCESSOR_UMIP : 0;
    out |= (first.edx & CPUID_1_FXSR) != 0 ? PROCESSOR_FXSAVE : 0;
    out |= (first.ecx & CPUID_1_XSAVE) != 0 ? PROCESSOR_XSAVE : 0;
    return out;
}

struct processor processor_detect(void)
{
    struct processor out = {.phys_bits = PHYS_BITS_WITHOUT_LEAF, .features = features()};
    if (cpu_cpuid(leaf_ext_last).eax >= leaf_ext_addresses) {
        out.phys_bits = cpu_cpuid(leaf_ext_addresses).eax & 0xFF;
    }
    out.page_bits = (cpu_cpuid(leaf_ext_features).edx & CPUID_EXT_PAGES_1G) != 0 ? 30 : 21;
    out.under_hypervisor = (cpu_cpuid(leaf_features).ecx & CPUID_1_HYPERVISOR) != 0;
    return out;
}

void processor_protect(const struct processor *processor)
{
    uint64_t cr4 = cpu_cr4() & ~CPU_CR4_FSGSBASE;
    cr4 |= (cpu_cpuid(leaf_features).edx & CPUID_1_MCE) != 0 ? CPU_CR4_MCE : 0;
    cr4 |= (processor->features & PROCESSOR_PGE) != 0 ? CPU_CR4_PGE : 0;
    cr4 |= (processor->features & PROCESSOR_SMEP) != 0 ? CPU_CR4_SMEP : 0;
    cr4 |= (processor->features & PROCESSOR_SMAP) != 0 ? CPU_CR4_SMAP : 0;
    cr4 |= (processor->features & PROCESSOR_UMIP) != 0 ? CPU_CR4_UMIP : 0;
    cpu_set_cr4(cr4);
}
