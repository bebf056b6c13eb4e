#include "core/processor.h"

#include "core/cpu.h"

enum { PHYS_BITS_WITHOUT_LEAF = 36 }; /* Intel SDM vol. 3A, 4.1.4: PAE, and no leaf 0x80000008 */

static const uint32_t leaf_features = 1;
static const uint32_t leaf_ext_last = 0x80000000; /* EAX: the last leaf of this row */
static const uint32_t leaf_ext_features = 0x80000001;
static const uint32_t leaf_ext_addresses = 0x80000008;

struct processor processor_detect(void)
{
    struct processor out = {.phys_bits = PHYS_BITS_WITHOUT_LEAF};
    if (cpu_cpuid(leaf_ext_last).eax >= leaf_ext_addresses) {
        out.phys_bits = cpu_cpuid(leaf_ext_addresses).eax & 0xFF;
    }
    out.page_bits = (cpu_cpuid(leaf_ext_features).edx & CPUID_EXT_PAGES_1G) != 0 ? 30 : 21;
    out.under_hypervisor = (cpu_cpuid(leaf_features).ecx & CPUID_1_HYPERVISOR) != 0;
    return out;
}
