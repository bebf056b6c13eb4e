#include "boot/place.h"

#include <stdbool.h>

static const uint64_t REACH = UINT64_C(1) << 32; /* the loader copies and maps with 32-bit addresses */

struct span {
    uint64_t start; /* first byte inside  */
    uint64_t end;   /* first byte outside */
};

/* ACPI 6.5, table 15.5: attribute bit 0 clear. */
static bool is_ignored(const MemoryMapEntry *entry)
{
    return (entry->attributes & 1) == 0;
}

/* The bytes of a record below REACH. A record that runs past the top of the address space still covers what lies
 * below it; an empty one, or one that is to be ignored, gives an empty span. */
static struct span span_of(const MemoryMapEntry *entry)
{
    uint64_t start = entry->base < REACH ? entry->base : REACH;
    uint64_t room = is_ignored(entry) ? 0 : REACH - start;
    return (struct span){start, start + (entry->length < room ? entry->length : room)};
}

/* Non-volatile memory (attribute bit 1) is not for code. */
static bool is_usable(const MemoryMapEntry *entry)
{
    return entry->type == E820_USABLE && (entry->attributes & 2) == 0;
}

static bool any_usable(const MemoryMapEntry *entries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_usable(&entries[i]) && !is_ignored(&entries[i]) && entries[i].length > 0) {
            return true;
        }
    }
    return false;
}

/* The furthest end of a usable entry that contains `address`; `address` itself when there is none. */
static uint64_t usable_end(const MemoryMapEntry *entries, uint32_t count, uint64_t address)
{
    uint64_t end = address;
    for (uint32_t i = 0; i < count; i++) {
        struct span span = span_of(&entries[i]);
        if (is_usable(&entries[i]) && span.start <= address && end < span.end) {
            end = span.end;
        }
    }
    return end;
}

/* How far usable memory reaches from `start` without a gap, whatever the number and order of the entries that
 * make it up; `start` itself when it is not usable. */
static uint64_t usable_until(const MemoryMapEntry *entries, uint32_t count, uint64_t start)
{
    uint64_t reached = start;
    uint64_t next = usable_end(entries, count, reached);
    while (next > reached) {
        reached = next;
        next = usable_end(entries, count, reached);
    }
    return reached;
}

static bool overlapped(const MemoryMapEntry *entries, uint32_t count, struct span wanted)
{
    for (uint32_t i = 0; i < count; i++) {
        struct span span = span_of(&entries[i]);
        bool empty = span.start == span.end;
        if (!is_usable(&entries[i]) && !empty && span.start < wanted.end && wanted.start < span.end) {
            return true;
        }
    }
    return false;
}

enum place_verdict image_place(const MemoryMapEntry *entries, uint32_t count, uint32_t bytes, uint64_t *address)
{
    uint64_t pages = ((uint64_t)bytes + BLOCK_BYTES - 1) / BLOCK_BYTES; /* reservations take whole pages */
    struct span wanted = {IMAGE_PREFERRED_ADDR, IMAGE_PREFERRED_ADDR + pages * BLOCK_BYTES};
    if (!any_usable(entries, count)) {
        return PLACE_NO_MEMORY;
    }
    uint64_t reached = usable_until(entries, count, wanted.start);
    if (reached == wanted.start) {
        return PLACE_NOT_USABLE;
    }
    if (reached < wanted.end) {
        return PLACE_TOO_SMALL;
    }
    if (overlapped(entries, count, wanted)) {
        return PLACE_OVERLAPPED;
    }
    *address = wanted.start;
    return PLACE_OK;
}

const char *image_place_sentence(enum place_verdict verdict)
{
    switch (verdict) {
    case PLACE_OK: return "the kernel image fits at 1 MiB";
    case PLACE_NO_MEMORY: return "the firmware reports no usable memory at all";
    case PLACE_NOT_USABLE: return "the memory at 1 MiB is not usable";
    case PLACE_TOO_SMALL: return "the usable memory at 1 MiB is too small for the kernel image";
    case PLACE_OVERLAPPED: return "the memory at 1 MiB is also reported as not usable, in part";
    }
    return "an unknown verdict";
}
