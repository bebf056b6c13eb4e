#include "mm/directmap.h"
#include "tests/plan_parts.h"

enum { BITS_2M = 21, BITS_1G = 30, BITS_512G = 39 };

static uint64_t grid_down(uint64_t at, uint64_t grid)
{
    return at / grid * grid;
}

static uint64_t grid_up(uint64_t at, uint64_t grid)
{
    return grid_down(at + grid - 1, grid);
}

/* Frames of 2^bits bytes that pieces touch, and of those the ones that a piece fills: none that two fill together, for
 * there is a gap between them. */
struct frames {
    uint64_t touched;
    uint64_t full;
};

static struct frames count_frames(const struct pieces *pieces, unsigned bits)
{
    struct frames frames = {0, 0};
    uint64_t next = 0; /* the first frame not yet counted */
    for (size_t i = 0; i < pieces->count; i++) {
        const uint64_t start = pieces->list[i].start;
        const uint64_t end = pieces->list[i].end;
        uint64_t first = start >> bits > next ? start >> bits : next;
        next = ((end - 1) >> bits) + 1;
        frames.touched += next > first ? next - first : 0;
        uint64_t first_full = grid_up(start, UINT64_C(1) << bits) >> bits;
        frames.full += end >> bits > first_full ? (end >> bits) - first_full : 0;
    }
    return frames;
}

static bool overlaps_given(struct range range, const struct given *given)
{
    for (size_t i = 0; i < given->count; i++) {
        if (range_overlap(range, given->list[i].range)) {
            return true;
        }
    }
    return false;
}

/* Frames of 2 MiB in which both a piece and something handed in lie: only those at a piece's ends can be. */
static uint64_t count_shared_frames(const struct pieces *pieces, const struct given *given)
{
    const uint64_t grid = UINT64_C(1) << BITS_2M;
    uint64_t shared = 0;
    uint64_t next = 0; /* the first frame not yet looked at */
    for (size_t i = 0; i < pieces->count; i++) {
        uint64_t ends[] = {grid_down(pieces->list[i].start, grid), grid_down(pieces->list[i].end - 1, grid)};
        for (size_t k = 0; k < 2; k++) {
            if (ends[k] >= next) {
                shared += overlaps_given((struct range){ends[k], ends[k] + grid}, given);
                next = ends[k] + grid;
            }
        }
    }
    return shared;
}

/* The bound of mm/plan.h. */
static uint64_t most_table_bytes(const struct pieces *pieces, const struct given *given)
{
    uint64_t large = plan_parts_large_page_bytes(pieces->list, pieces->count);
    struct frames gibs = count_frames(pieces, BITS_1G);
    uint64_t others = count_frames(pieces, BITS_512G).touched + gibs.touched - gibs.full;
    uint64_t sparse = (others + count_shared_frames(pieces, given)) * PAGE;
    return large + (sparse > PAGE_TABLE_SLACK_BYTES ? sparse : PAGE_TABLE_SLACK_BYTES);
}

const char *plan_check_tables(const struct plan *plan, const struct plan_input *input, const struct given *given)
{
    static struct pieces pieces;
    uint64_t tables = directmap_tables(plan->direct_map, plan->direct_map_count, plan->page_bits);
    if (tables * PAGE != range_bytes(plan->page_tables)) {
        return "P7: the page tables are not those that the direct map needs";
    }
    plan_parts_used(&pieces, input, given);
    if (range_bytes(plan->page_tables) > most_table_bytes(&pieces, given)) {
        return "P7: the page tables are larger than the plan's bound";
    }
    uint64_t exact = directmap_tables(pieces.list, pieces.count, plan->page_bits) * PAGE;
    uint64_t allowed = plan_parts_large_page_bytes(pieces.list, pieces.count) + PAGE_TABLE_SLACK_BYTES;
    if (plan->exact_edges != (exact <= allowed)) {
        return "P7: edges are exact where that costs too much, or not where it does not";
    }
    return NULL;
}

/* No frame of the range is mapped without a piece in it, `grid` being how finely it may be cut. */
static bool mapped_for_pieces(struct range range, const struct pieces *pieces, uint64_t grid)
{
    uint64_t needed = range.start; /* all below is mapped for a piece */
    for (size_t i = 0; i < pieces->count; i++) {
        if (!range_overlap(range, pieces->list[i])) {
            continue;
        }
        if (grid_down(pieces->list[i].start, grid) > needed) {
            return false;
        }
        needed = grid_up(pieces->list[i].end, grid);
    }
    return range.end <= needed;
}

static const char *check_mapped_range(struct range range, bool exact, const struct pieces *pieces,
                                      const struct given *given)
{
    if (range.start < LOW_MEMORY_BYTES || overlaps_given(range, given)) {
        return "P17: the direct map maps low memory or what was handed in as reserved";
    }
    if (!mapped_for_pieces(range, pieces, exact ? PAGE : UINT64_C(1) << BITS_2M)) {
        return "P17: the direct map maps what no piece needs";
    }
    return NULL;
}

static bool mapped(const struct plan *plan, struct range range)
{
    for (size_t i = 0; i < plan->direct_map_count; i++) {
        if (inside(range, plan->direct_map[i])) {
            return true;
        }
    }
    return false;
}

static bool same_pieces(const struct plan *plan, const struct pieces *pieces)
{
    for (size_t i = 0; i < plan->piece_count && i < pieces->count; i++) {
        if (plan->pieces[i].start != pieces->list[i].start || plan->pieces[i].end != pieces->list[i].end) {
            return false;
        }
    }
    return plan->piece_count == pieces->count;
}

const char *plan_check_direct_map(const struct plan *plan, const struct plan_input *input, const struct given *given)
{
    static struct pieces pieces;
    plan_parts_used(&pieces, input, given);
    if (!same_pieces(plan, &pieces)) {
        return "P22: the pieces are not what the reservations leave of usable memory";
    }
    for (size_t i = 0; i < plan->direct_map_count; i++) {
        struct range range = plan->direct_map[i];
        if (!aligned(range) || (i > 0 && plan->direct_map[i - 1].end >= range.start)) {
            return "P17: the direct map is not sorted, disjoint, apart and page-aligned";
        }
        if (range.end > input->policy.direct_map_bytes) {
            return "P17: the direct map reaches too far";
        }
        const char *fault = check_mapped_range(range, plan->exact_edges, &pieces, given);
        if (fault != NULL) {
            return fault;
        }
    }
    if (!mapped(plan, plan->page_tables)) {
        return "P18: the page tables are not in the direct map";
    }
    for (size_t i = 0; i < plan->region_count; i++) {
        if (!mapped(plan, (struct range){plan->regions[i].table.start, plan->regions[i].blocks.end})) {
            return "P18: a region is not in the direct map";
        }
    }
    return NULL;
}
