/* From the firmware's raw answers to a list of records and a verdict. Pure: the host tests feed it answer by
 * answer. Also linked, unchanged, into the 32-bit loader, which has to know where the image may go. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "boot/handoff.h"

enum memory_source {
    MEMORY_SOURCE_NONE, /* no call told anything                      */
    MEMORY_SOURCE_E820,
    MEMORY_SOURCE_E801, /* entries are synthesized from the registers */
    MEMORY_SOURCE_88H,
};

/* The entries come last: before them every offset is short. */
struct e820_list {
    uint32_t count;
    enum memory_source source;
    uint32_t ended;             /* E820_ENDED_* of the E820 call, whatever the source          */
    uint32_t short_answers;     /* answers of fewer than 20 bytes, not in entries              */
    uint32_t long_answers;      /* answers of 24 bytes or more                                 */
    uint32_t asked;             /* as in the handoff                                           */
    uint32_t replaced;          /* as in the handoff                                           */
    uint32_t lost;              /* as in the handoff                                           */
    bool discarded;             /* the E820 list lost its signature and a fallback was used     */
    bool partial;               /* it lost its signature and there was no fallback: what came
                                     before is used                                              */
    bool attributes_distrusted; /* obeying bit 0 would have left no memory: it was not obeyed   */

    /* Firmware order, empty ones too; attributes settled: bit 0 clear means "ignore this entry". Aligned
     * so that the 32-bit loader has them at the same place. */
    _Alignas(8) MemoryMapEntry entries[E820_ANSWERS_MAX];
};

_Static_assert(offsetof(struct e820_list, count) == E820_LIST_COUNT, "boot/image.asm reads it there");
_Static_assert(offsetof(struct e820_list, source) == E820_LIST_SOURCE, "boot/image.asm reads it there");
_Static_assert(offsetof(struct e820_list, entries) == E820_LIST_ENTRIES, "boot/image.asm finds them there");
_Static_assert(LOADER_SCRATCH_ADDR + sizeof(struct e820_list) <= BOUNCE_ADDR, "the scratch ends below the buffer");

/* Reads the handoff's raw answers into `list`, which is written whole. Never fails: a machine that tells nothing
 * gives count 0 and MEMORY_SOURCE_NONE. The rules (RBIL INT 15/AX=E820; ACPI 6.5, 15.1): carry or EBX=0 ends the
 * list; a lost signature discards it for E801, then 88h; fewer than 20 bytes is no record; attributes count only
 * where 24 bytes came back. */
void e820_read(const struct handoff *handoff, struct e820_list *list);

/* Makes bit 0 of every entry's attributes mean what the kernel obeys: when no usable entry would be left, all
 * entries are made valid. Returns whether it had to. For lists that did not come through e820_read. */
bool e820_settle_attributes(MemoryMapEntry *entries, uint32_t count);

/* "e820", "e801", "88h", "none". */
const char *memory_source_name(enum memory_source source);
