/* The kernel's half of the address space: the image by section (nothing both writable and executable), the first MiB,
 * and a window through which page tables are made. docs/memory.md draws it. The direct map of RAM is added by
 * mm/directmap.c, whose directmap_table this file provides. Kernel only: it loads CR3. */
#pragma once

#include <stdint.h>

/* Makes the kernel's own page tables and drops the loader's: nothing of the lower half is mapped afterwards.
 *   image_start  physical address of the image's first byte, page-aligned
 * To be called once, with the loader's tables in place. */
void kernel_space_init(uint64_t image_start);

/* Physical address of the top-level table. */
uint64_t kernel_space_top(void);

/* Where a physical address below 1 MiB is mapped; asserts that it is below. */
void *kernel_space_low(uint64_t physical);
