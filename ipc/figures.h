/* What the kernel tells of memory, to servers that have a handle to it: its endpoint is one more that the manifest can name,
 * "figures". Questions can change nothing. What stands here is for both sides; servers/library/figures.h has it as messages.
 * Portable: the kernel's thread serves with it (ipc/figures_service.h), and one of the host's tests.
 *
 *   message          words                                  answer
 *   FIGURES_TOTALS   none                                   struct figures_of_totals
 *   FIGURES_OWNER    a slot                                 struct figures_of_owner, of the first live owner in that slot or behind it
 *   FIGURES_CLASS    an owner's slot, a class of sizes      struct figures_of_class, of what that owner has
 *   FIGURES_PICTURE  a cell, how many there may be at most  struct figures_of_picture: cells from that one on (mm/picture.h)
 *   FIGURES_MAP      a number                               struct figures_of_range, of that number in the sanitized memory map
 *   FIGURES_PLAN     a number                               struct figures_of_place, of that number in the plan: what is reserved, then
 *                                                           each region's table ("heap-table") and blocks ("heap")
 *
 * Any other message, one that is too short or long, and one that asks for what is not there, is answered with -EINVARG. */
#pragma once

#include <stdint.h>

enum figures_message { FIGURES_TOTALS = 1, FIGURES_OWNER, FIGURES_CLASS, FIGURES_PICTURE, FIGURES_MAP, FIGURES_PLAN };

enum {
    FIGURES_NAME_BYTES = 24,
    FIGURES_CELLS_MAX = 256,
    FIGURES_SLOT_OF_HEAP = 1, /* what the heap has for itself: for the sake of other owners */
};

/* As in struct kheap_totals (mm/kheap.h); all in blocks or counted. */
struct __attribute__((may_alias)) figures_of_totals {
    uint64_t regions, blocks, used, kept, peak, live_runs, free_runs, longest_free, refused;
};

/* As in struct owner_totals (mm/owner.h). */
struct __attribute__((may_alias)) figures_of_owner {
    uint64_t slot, number; /* the latter was no other owner's lately */
    char name[FIGURES_NAME_BYTES];
    uint64_t quota; /* UINT64_MAX: none */
    uint64_t held, peak, charged, runs, slabs;
    uint64_t objects; /* small ones of all classes */
};

struct __attribute__((may_alias)) figures_of_class {
    uint64_t bytes; /* of an object */
    uint64_t objects;
};

/* As in struct picture. */
struct __attribute__((may_alias)) figures_of_picture {
    uint64_t blocks, count;
    uint8_t share[FIGURES_CELLS_MAX];
};

/* As in struct memory_range (mm/memmap.h). */
struct __attribute__((may_alias)) figures_of_range {
    uint64_t start, end, type;
};

struct __attribute__((may_alias)) figures_of_place {
    uint64_t start, end; /* physical addresses */
    char name[FIGURES_NAME_BYTES];
};

struct memory_view; /* mm/commands.h */

/* Takes questions and answers them, until there is nowhere to receive. Walks the heap (mm/kheap_walk.h). Map and plan stay. */
void figures_serve(const struct memory_view *view);
