/* Entries of the processor's page tables (Intel SDM vol. 3A, 4.5, tables 4-14 to 4-20). Four levels of 512 entries;
 * an entry of the level with shift s covers 2^s bytes. */
#pragma once

#include <stdint.h>

enum {
    PAGE_TABLE_ENTRIES = 512,
    PAGE_TABLE_BYTES = 4096,
    PAGE_LEVEL_BITS = 9, /* from one level's shift to the next */
    PAGE_BITS_4K = 12,
    PAGE_BITS_2M = 21,
    PAGE_BITS_1G = 30,
    PAGE_BITS_TOP = 39, /* an entry of the top-level table */
};

#define PAGE_PRESENT       (UINT64_C(1) << 0)
#define PAGE_WRITE         (UINT64_C(1) << 1)
#define PAGE_USER          (UINT64_C(1) << 2) /* ring 3 too; in the entries above it as well */
#define PAGE_WRITE_THROUGH (UINT64_C(1) << 3)
#define PAGE_CACHE_DISABLE (UINT64_C(1) << 4) /* both: uncached, by the PAT as it is after a reset */
#define PAGE_ACCESSED      (UINT64_C(1) << 5)
#define PAGE_DIRTY         (UINT64_C(1) << 6)
#define PAGE_LARGE         (UINT64_C(1) << 7) /* 2 MiB or 1 GiB; in a 4-KiB entry this bit is PAT */
#define PAGE_GLOBAL        (UINT64_C(1) << 8)
#define PAGE_NO_EXECUTE    (UINT64_C(1) << 63)
#define PAGE_ADDRESS       UINT64_C(0x000FFFFFFFFFF000)

/* The kernel's own pages, the same in every address space. Accessed and dirty are set beforehand so that the processor
 * never has to write them: nobody asks for them. */
#define PAGE_KERNEL_CODE      (PAGE_PRESENT | PAGE_ACCESSED | PAGE_GLOBAL)
#define PAGE_KERNEL_READ_ONLY (PAGE_KERNEL_CODE | PAGE_NO_EXECUTE)
#define PAGE_KERNEL_DATA      (PAGE_KERNEL_READ_ONLY | PAGE_WRITE | PAGE_DIRTY)
#define PAGE_KERNEL_DEVICE    (PAGE_KERNEL_DATA | PAGE_CACHE_DISABLE | PAGE_WRITE_THROUGH)
#define PAGE_KERNEL_INNER     (PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED) /* a table: rights are cut at the last level */

/* Which entry of its table an address uses, at the level with this shift. */
static inline unsigned page_table_index(uint64_t address, unsigned shift)
{
    return (unsigned)(address >> shift) % PAGE_TABLE_ENTRIES;
}
