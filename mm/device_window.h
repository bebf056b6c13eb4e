/* The device window: registers of devices, mapped uncached, page by page, as drivers ask for them. Nothing is ever
 * unmapped: there are few devices, and who drives one may come again. Portable; mm/kernel_space.c has the table. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct device_window {
    uint64_t *entries; /* the page table of the 2 MiB from `base`; those not used yet are 0 */
    uintptr_t base;
    unsigned phys_bits; /* no register is beyond */
};

/* Where the `bytes` bytes from `physical` are mapped, from now on if they were not: in one piece, read-write, no-execute,
 * uncached. Pages that were asked for together before are found again, and not mapped twice. NULL when the window is
 * full, `bytes` is 0, or physical addresses do not reach that far; then nothing has changed. Looks at every entry. One
 * caller at a time. */
void *device_window_map(const struct device_window *window, uint64_t physical, size_t bytes);
