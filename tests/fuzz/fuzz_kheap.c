/* Histories of the kernel heap that the fuzzer makes up: every choice is read from the input. The rules are those of the
 * random histories (tests/kheap_history.h). Seeds: tests/fuzz/corpus/kheap. */
#include <stdlib.h>

#include "tests/kheap_history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const uint8_t *next;
    const uint8_t *end;
} input;

/* As many bytes as the limit needs; 0 when there are none left. */
static uint64_t history_choose(uint64_t limit)
{
    uint64_t value = 0;
    for (uint64_t reach = 1; reach < limit && input.next < input.end; reach <<= 8) {
        value = value << 8 | *input.next++;
    }
    return value % limit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t regions[] = {9, 70, 1, 24};
    input.next = data;
    input.end = data + size;
    history_begin(regions, sizeof regions / sizeof *regions);
    while (input.next < input.end) {
        history_step(true);
    }
    history_expect_sound();
    history_end();
    return 0;
}
