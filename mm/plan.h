/* The plan: where page tables and the kernel heap lie on this map, and why. A pure function; the host planner
 * (./tessera plan) runs the same object code as the kernel. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "mm/memmap.h"
#include "mm/range.h"

enum {
    PLAN_RESERVED_MAX = 24,
    PLAN_RESERVED_GIVEN_MAX = PLAN_RESERVED_MAX - 3, /* the plan adds low memory, page tables, ... itself */
    PLAN_REGIONS_MAX = MEMMAP_ENTRIES_MAX + PLAN_RESERVED_MAX,
};

/* Memory that is never handed out. May overlap others (the handoff lies in low memory). What is given need not be
 * page-aligned: the plan clips it to the physical width, widens it to whole pages, and leaves it out if that is
 * nothing. */
struct reservation {
    const char *name; /* a short noun without quotes; static storage */
    struct range range;
};

struct plan_policy {
    uint64_t piece_min_bytes;   /* smaller usable pieces are left alone                            */
    uint64_t direct_map_bytes;  /* memory from here up cannot be reached; a multiple of 2 MiB      */
    uint64_t region_blocks_max; /* a region is cut there; all memory must fit in PLAN_REGIONS_MAX  */
    uint32_t entry_bytes;       /* sizeof(HEAP_BLOCK_TABLE_ENTRY)                                  */
    uint32_t record_bytes;      /* what the heap notes beside the entries: KHEAP_NOTES_BYTES (mm/kheap.h) */
};

/* The policy of config.h and the heap's own sizes. */
struct plan_policy plan_policy_default(void);

struct plan_input {
    const struct memmap *map;
    const struct reservation *reserved; /* what the boot already stands on: image, handoff, modules. Low
                                           memory is added by the plan. Any order                     */
    size_t reserved_count;              /* at most PLAN_RESERVED_GIVEN_MAX                           */
    struct range image;                 /* also in `reserved`; for the certificate                   */
    struct plan_policy policy;
    unsigned page_bits; /* largest page of the direct map: 21 or 30 */
};

/* One heap_t: all its metadata, then the blocks. table.end == blocks.start. At table.start stands the record (the
 * heap_t), further on the entries (mm/kheap.h says where). The table is whole pages; where it would leave a page that no block
 * could use with its own entry, that page belongs to the table. */
struct plan_region {
    struct range table;
    struct range blocks;
};

enum plan_verdict {
    PLAN_OK,
    PLAN_NO_USABLE_MEMORY, /* nothing usable from 1 MiB up                              */
    PLAN_NO_PIECE,         /* usable memory, but no piece that is long enough           */
    PLAN_NO_ROOM_TABLES,   /* no piece holds the page tables                            */
    PLAN_NO_ROOM_HEAP,     /* those fit, but nothing is left for a heap                 */
    PLAN_TOO_MANY_RESERVED,
};

/* The lists come last: before them every offset is short. */
struct plan {
    enum plan_verdict verdict;
    unsigned phys_bits;
    unsigned page_bits;
    bool exact_edges; /* direct_map is `pieces`. False: its edges are whole 2-MiB frames, see plan_make */
    struct range image;
    struct range page_tables; /* in `reserved` too                                         */
    uint64_t usable_bytes;    /* sanitized usable bytes from 1 MiB up                      */
    uint64_t eligible_bytes;  /* those left after all of `reserved`, in pieces long enough */
    uint64_t heap_bytes;      /* sum of the regions' blocks                                */
    size_t reserved_count;
    size_t piece_count;
    size_t region_count;
    size_t direct_map_count;

    /* Page tables included; sorted by start. */
    struct reservation reserved[PLAN_RESERVED_MAX];
    /* Usable memory that `reserved` leaves, page tables not counted, in stretches long enough; sorted, disjoint, not
     * touching. */
    struct range pieces[PLAN_REGIONS_MAX];
    /* Sorted by start. */
    struct plan_region regions[PLAN_REGIONS_MAX];
    /* Physical ranges to map, sorted, disjoint, not touching. All of `pieces`; nothing that was handed in as reserved,
     * nothing below 1 MiB. */
    struct range direct_map[PLAN_REGIONS_MAX];
};

/* Makes the plan; `plan` is written whole, and has no regions unless the verdict is PLAN_OK. Dereferences only
 * its arguments, no globals. Never fails otherwise.
 *
 * Page tables: the direct map is cut to the pieces as long as that takes at most 8 bytes for each whole 2 MiB of the
 * pieces and PAGE_TABLE_SLACK_BYTES. Beyond that, each 2-MiB frame that a piece touches is mapped whole, but frames in
 * which anything reserved lies are still cut to the piece. That takes at most 8 bytes for each whole 2 MiB, and 4 KiB
 * for each
 *   - 512 GiB in which a piece lies,
 *   - 1 GiB that pieces cover in part,
 *   - 2-MiB frame in which both a piece and a reservation lie: two for each reservation at the most. */
void plan_make(struct plan *plan, const struct plan_input *input);

/* Why there is no plan, as a sentence; "" for PLAN_OK. */
const char *plan_verdict_sentence(enum plan_verdict verdict);
