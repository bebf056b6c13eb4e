/* Pasted text, all the way to a plan: whatever it holds, it is read or refused, and a plan made of it breaks no rule.
 * Build with clang -fsanitize=fuzzer,address,undefined; seeds: tests/fuzz/corpus/maplog. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/e820.h"
#include "tests/plan_check.h"
#include "tests/tools/maplog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan_and_check(struct maplog *log)
{
    static struct memmap map;
    static struct plan plan;
    const struct reservation image = {"image", {IMAGE_PREFERRED_ADDR, IMAGE_PREFERRED_ADDR + 0x40000}};
    (void)e820_settle_attributes(log->entries, log->count);
    memmap_build(&map, log->entries, log->count, PHYSICAL_BITS_MAX);
    const struct plan_input input = {&map, &image, 1, image.range, plan_policy_default(), 21};
    plan_make(&plan, &input);
    const char *broken = plan_check(&plan, &input);
    if (broken != NULL) {
        fprintf(stderr, "%s\n", broken);
        abort();
    }
}

/* The text stands at the end of memory of its own, so that reading past it is noticed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct maplog log;
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text + 1, data, size);
    if (maplog_read(&log, text + 1, size, NULL)) {
        plan_and_check(&log);
    }
    (void)maplog_read(&log, text + 1, size, "second");
    free(text);
    return 0;
}
