/* The kernel's half of the address space: the image by section (nothing both writable and executable), the first MiB, and
 * windows: one through which page tables are made, one for devices, one for stacks. docs/memory.md draws it. The direct map
 * of RAM is added by mm/directmap.c, whose directmap_table this file provides, and paging_flush of mm/paging.h. Kernel
 * only: it loads CR3. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes the kernel's own page tables and drops the loader's: nothing of the lower half is mapped afterwards.
 *   image_start  physical address of the image's first byte, page-aligned
 *   phys_bits    physical address width
 * To be called once, with the loader's tables in place. The pages are global, once CR4.PGE is set (processor_protect). */
void kernel_space_init(uint64_t image_start, unsigned phys_bits);

/* Physical address of the top-level table: for the direct map's builder, and CR3. */
uint64_t kernel_space_top(void);

/* The 512 entries of the same table; for address_spaces_init. */
const uint64_t *kernel_space_top_entries(void);

/* The 512 entries for 2 MiB each from STACK_WINDOW_BASE on; for stacks_init. */
uint64_t *kernel_space_stacks(void);

/* Where a physical address below 1 MiB is mapped; asserts that it is below. */
void *kernel_space_low(uint64_t physical);

/* Copies physical memory that may be mapped nowhere: the firmware's tables. Through a window, of which there is one:
 * nothing else may call it meanwhile. The range lies below the processor's physical width. */
void kernel_space_read(uint64_t physical, void *to, size_t bytes);

/* Where the registers of a device are mapped: see device_window_map (mm/device_window.h). */
void *kernel_space_device(uint64_t physical, size_t bytes);
