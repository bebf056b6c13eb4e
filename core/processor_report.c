#include "core/processor.h"

void processor_report(unsigned features, print_text *print)
{
    static const char *const names[PROCESSOR_FEATURES] = {"pge", "smep", "smap", "umip", "fxsave", "xsave"};
    const char *before = "processor: without ";
    for (unsigned i = 0; i < PROCESSOR_FEATURES; i++) {
        if ((features >> i & 1) == 0) {
            print("%s%s", before, names[i]);
            before = ", ";
        }
    }
    if (before[0] == ',') {
        print("\n");
    }
}
