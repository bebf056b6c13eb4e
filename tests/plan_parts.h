/* What the rules of tests/plan_check.h are worked out from, and the rules that stand in a file of their own. */
#pragma once

#include "mm/plan.h"

enum { PAGE = 4096, PIECES_MAX = MEMMAP_RANGES_MAX + PLAN_RESERVED_MAX };

/* The usable memory from 1 MiB up that `reserved` leaves: maximal, sorted. */
struct pieces {
    struct range list[PIECES_MAX];
    size_t count;
};

/* What has to be reserved at least: low memory, and what was handed in, widened to whole pages and cut at the CPU's
 * width. */
struct given {
    struct reservation list[PLAN_RESERVED_MAX];
    size_t count;
};

static inline bool aligned(struct range range)
{
    return range.start % PAGE == 0 && range.end % PAGE == 0 && range.start < range.end;
}

static inline bool inside(struct range inner, struct range outer)
{
    return outer.start <= inner.start && inner.end <= outer.end;
}

/* What has to be reserved for these inputs. */
void plan_parts_given(struct given *given, const struct plan_input *input);

/* All pieces that `reserved`, in any order, leaves of the map; `pieces` is written whole. */
void plan_parts_pieces(struct pieces *pieces, const struct memmap *map, const struct reservation *reserved,
                       size_t reserved_count);

/* Those that the direct map has to reach: what `given` leaves, as far as it goes, in pieces long enough. */
void plan_parts_used(struct pieces *pieces, const struct plan_input *input, const struct given *given);

/* `piece` as far as the direct map goes. */
struct range plan_parts_reach(struct range piece, const struct plan_input *input);

/* 8 bytes for each whole 2 MiB of `pieces`. */
uint64_t plan_parts_large_page_bytes(const struct range *pieces, size_t count);

/* P7; P17, P18 and P22. As plan_check. */
const char *plan_check_tables(const struct plan *plan, const struct plan_input *input, const struct given *given);
const char *plan_check_direct_map(const struct plan *plan, const struct plan_input *input, const struct given *given);
