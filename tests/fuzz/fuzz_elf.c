/* ELF files that the fuzzer makes up: what is not refused can be loaded. Seeds: tests/fuzz/corpus/elf. */
#include <stdint.h>

#include "tests/elf_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct elf_file file = {data, size};
    struct elf_image image;
    memset(&image, 0xA5, sizeof image);
    struct elf_refusal refusal = elf_read(&file, &image);
    if (refusal.sentence == NULL) {
        expect_usable(&file, &image);
    } else {
        expect_refused(&file, &refusal);
    }
    return 0;
}
