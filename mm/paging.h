/* What stack window and address spaces share: page tables in blocks of the kernel heap, reached through the direct map, and
 * the hook that drops translations. */
#pragma once

#include <stdint.h>

/* Says where memory is mapped: `base` is the address of physical 0, as for kheap_use. */
void paging_use(uintptr_t base);

/* The physical address of a block of the kernel heap, and back. */
extern uintptr_t paging_zero; /* written by paging_use only */

static inline uint64_t paging_physical(const void *block)
{
    return (uintptr_t)block - paging_zero;
}

static inline void *paging_block(uint64_t physical)
{
    return (void *)(paging_zero + physical);
}

/* A block of the kernel's with 512 empty entries, or NULL: no memory. Whoever acts, the kernel is charged. */
uint64_t *paging_take_table(void);

/* Gives it back. No processor may reach it any more. */
void paging_give_table(uint64_t *table);

/* Drops this processor's translation of a page, and what it keeps of the tables on the way to any page. Resolved at link
 * time: the kernel has an instruction, host tests watch. */
void paging_flush(uintptr_t address);
