/* What the heap's tests share. A heap's blocks lie where there is no memory at all, so that touching them faults; its
 * table is exactly as long as it must be, so that the sanitizer sees a step outside. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "mm/heap.h"
#include "mm/heap_check.h"

#define NOWHERE UINT64_C(0x0000600000000000) /* no memory there: mmap works from the top, programs lie at 0x55... */

enum { BLOCK = HEAP_BLOCK_SIZE };

struct fixture {
    heap_t heap;
    heap_table_t table;
};

/* A heap of `blocks` blocks; record and table hold `filler` before. */
static inline void fixture_create(struct fixture *fixture, size_t blocks, int filler)
{
    memset(&fixture->heap, filler, sizeof fixture->heap);
    size_t bytes = blocks * sizeof(HEAP_BLOCK_TABLE_ENTRY);
    fixture->table = (heap_table_t){.entries = malloc(bytes), .total = blocks};
    assert_non_null(fixture->table.entries);
    memset(fixture->table.entries, filler, bytes);
    assert_int_equal(create_heap(&fixture->heap, &fixture->table, (void *)NOWHERE, blocks * BLOCK), 0);
}

static inline void fixture_destroy(struct fixture *fixture)
{
    const char *broken = heap_check(&fixture->heap);
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    free(fixture->table.entries);
}

static inline char *block_at(size_t block)
{
    return (void *)(NOWHERE + block * BLOCK);
}
