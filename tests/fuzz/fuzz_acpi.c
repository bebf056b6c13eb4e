/* ACPI tables that the fuzzer makes up. The input lies at 0xE0000, where the root pointer is searched for. Checksums are
 * made right where a table begins on a 16-byte boundary: few inputs would get past them. Seeds: tests/fuzz/corpus/acpi. */
#include <stdint.h>

#include "tests/acpi_everything.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_AT = 0xE0000, INPUT_BYTES_MAX = 0x20000, BOUNDARY = 16 };

static void repair(size_t size)
{
    static const char *const signatures[] = {"RSDT", "XSDT", "APIC", "FACP", "DSDT"};
    seal_root(INPUT_AT);
    for (size_t at = 0; at + ACPI_HEADER_BYTES <= size; at += BOUNDARY) {
        for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
            if (memcmp(&fake_low[INPUT_AT + at], signatures[i], ACPI_SIGNATURE_BYTES) == 0) {
                seal(INPUT_AT + at);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct acpi acpi = {.memory = {fake_read, NULL}};
    size = size < INPUT_BYTES_MAX ? size : INPUT_BYTES_MAX;
    memset(&fake_low[INPUT_AT], 0, INPUT_BYTES_MAX);
    memcpy(&fake_low[INPUT_AT], data, size);
    repair(size);
    (void)acpi_everything(&acpi);
    return 0;
}
