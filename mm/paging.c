#include "mm/paging.h"

#include <assert.h>
#include <stddef.h>

#include "core/config.h"
#include "mm/charge.h"
#include "mm/owner.h"
#include "mm/page_table.h"

static_assert((int)PAGE_TABLE_BYTES == (int)HEAP_BLOCK_SIZE, "a table is a block");

uintptr_t paging_zero;

void paging_use(uintptr_t base)
{
    paging_zero = base;
}

uint64_t *paging_take_table(void)
{
    uint64_t *table = kmalloc_kernel(PAGE_TABLE_BYTES);
    if (table != NULL) {
        __builtin_memset(table, 0, PAGE_TABLE_BYTES);
    }
    return table;
}

void paging_give_table(uint64_t *table)
{
    (void)kheap_free_of(OWNER_KERNEL, table);
}
