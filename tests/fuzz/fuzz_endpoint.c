/* Histories of parties and endpoints that the fuzzer makes up: every choice is a byte of the input. The rules are those of
 * the random histories (tests/endpoint_choices.h). Seeds: tests/fuzz/corpus/endpoint. */
#include "tests/endpoint_choices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const uint8_t *next;
    const uint8_t *end;
} input;

/* 0 when there is nothing left. */
static uint64_t history_choose(uint64_t limit)
{
    return input.next < input.end ? *input.next++ % limit : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input.next = data;
    input.end = data + size;
    begin_chosen();
    while (input.next < input.end) {
        step_chosen();
    }
    return 0;
}
