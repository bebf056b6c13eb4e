/* Where the kernel image goes in physical memory. One routine for the loader (32-bit), the host planner and the
 * host tests. */
#pragma once

#include <stdint.h>

#include "boot/handoff.h"

enum place_verdict {
    PLACE_OK,
    PLACE_NO_MEMORY,  /* the list has no usable entry at all                              */
    PLACE_NOT_USABLE, /* the preferred address lies in no usable entry                    */
    PLACE_TOO_SMALL,  /* usable memory starts there, but ends before the image does        */
    PLACE_OVERLAPPED, /* another entry (reserved, ACPI, bad) covers part of the range      */
};

/* Chooses the physical address for an image of `bytes` bytes (bss included) on the firmware's list.
 * Today the one candidate is IMAGE_PREFERRED_ADDR; further candidates belong into this routine and nowhere else.
 *   entries, count  records with settled attributes (core/e820.h), any order, overlaps allowed
 *   address         written only on PLACE_OK: page-aligned, address + bytes <= 4 GiB
 * Pure: no globals, nothing dereferenced but the arguments. */
enum place_verdict image_place(const MemoryMapEntry *entries, uint32_t count, uint32_t bytes, uint64_t *address);

/* The verdict as a sentence without a full stop, for example "the memory at 1 MiB is not usable". */
const char *image_place_sentence(enum place_verdict verdict);
