#include "mm/plan.h"

#include "core/assert.h"
#include "mm/directmap.h"
#include "mm/page_table.h"

/* Keeps the list sorted by start; equal starts keep their order. */
static void reserve(struct plan *plan, const char *name, struct range range)
{
    kassert(plan->reserved_count < PLAN_RESERVED_MAX, "plan: more reservations than there is room for");
    size_t slot = plan->reserved_count++;
    for (; slot > 0 && plan->reserved[slot - 1].range.start > range.start; slot--) {
        plan->reserved[slot] = plan->reserved[slot - 1];
    }
    plan->reserved[slot] = (struct reservation){name, range};
}

static struct range widen_to_pages(struct range range, uint64_t top)
{
    struct range inside = range_common(range, (struct range){0, top});
    return (struct range){round_down(inside.start, BLOCK_BYTES), round_up(inside.end, BLOCK_BYTES)};
}

static void reserve_given(struct plan *plan, const struct plan_input *input)
{
    uint64_t top = UINT64_C(1) << input->map->phys_bits;
    uint64_t reach = input->policy.direct_map_bytes;

    reserve(plan, "low-memory", (struct range){0, LOW_MEMORY_BYTES});
    for (size_t i = 0; i < input->reserved_count; i++) {
        struct range range = widen_to_pages(input->reserved[i].range, top);
        if (!range_empty(range)) {
            reserve(plan, input->reserved[i].name, range);
        }
    }
    if (memmap_usable_bytes(input->map, reach) > 0) {
        reserve(plan, "beyond-direct-map", (struct range){reach, top});
    }
}

static void add_piece(struct plan *plan, struct range piece, uint64_t min_bytes)
{
    if (range_empty(piece) || range_bytes(piece) < min_bytes) {
        return;
    }
    kassert(plan->piece_count < PLAN_REGIONS_MAX, "plan: more pieces than map and reservations can make");
    plan->pieces[plan->piece_count++] = piece;
}

/* The pieces that usable memory falls into around the reservations: all that the heap may use, and the page tables
 * that will be taken out of one of them. */
static void find_pieces(struct plan *plan, const struct plan_input *input)
{
    uint64_t min_bytes = input->policy.piece_min_bytes;
    for (size_t i = 0; i < input->map->count; i++) {
        if (input->map->ranges[i].type != MEMORY_USABLE) {
            continue;
        }
        struct range rest = input->map->ranges[i].range;
        for (size_t k = 0; k < plan->reserved_count; k++) {
            struct range taken = plan->reserved[k].range;
            if (range_overlap(rest, taken)) {
                add_piece(plan, (struct range){rest.start, taken.start}, min_bytes);
                rest.start = taken.end;
            }
        }
        add_piece(plan, rest, min_bytes);
    }
}

/* The region at the start of `piece`: most blocks that fit with their table, or the most one heap may have. With n
 * pages, a record of r bytes and e bytes an entry, b blocks fit when r + b * e <= (n - b) * 4096: the largest such b is
 * exact. The page that may be left over belongs to the table, so that a region fills its piece. */
static struct plan_region first_region(struct range piece, const struct plan_policy *policy)
{
    uint64_t pages = range_bytes(piece) / BLOCK_BYTES;
    uint64_t bytes = pages * BLOCK_BYTES;
    uint64_t blocks =
        bytes > policy->record_bytes ? (bytes - policy->record_bytes) / (BLOCK_BYTES + policy->entry_bytes) : 0;
    if (blocks > policy->region_blocks_max) {
        blocks = policy->region_blocks_max;
        pages = blocks + round_up(policy->record_bytes + blocks * policy->entry_bytes, BLOCK_BYTES) / BLOCK_BYTES;
    }
    uint64_t first_block = piece.start + (pages - blocks) * BLOCK_BYTES;
    return (struct plan_region){
        .table = {piece.start, first_block},
        .blocks = {first_block, piece.start + pages * BLOCK_BYTES},
    };
}

static void add_regions(struct plan *plan, struct range piece, const struct plan_policy *policy)
{
    for (;;) {
        struct plan_region region = first_region(piece, policy);
        if (range_empty(region.blocks)) {
            return; /* a cut left less than a block and its table */
        }
        kassert(plan->region_count < PLAN_REGIONS_MAX, "plan: more regions than pieces and cuts can make");
        plan->regions[plan->region_count++] = region;
        plan->heap_bytes += range_bytes(region.blocks);
        piece.start = region.blocks.end;
    }
}

/* Lays regions over what the page tables leave of the pieces; they stand at the start of one. */
static void lay_regions(struct plan *plan, const struct plan_policy *policy)
{
    for (size_t i = 0; i < plan->piece_count; i++) {
        struct range piece = plan->pieces[i];
        if (range_overlap(piece, plan->page_tables)) {
            piece.start = plan->page_tables.end;
        }
        if (range_bytes(piece) >= policy->piece_min_bytes) {
            plan->eligible_bytes += range_bytes(piece);
            add_regions(plan, piece, policy);
        }
    }
}

/* Page tables for the pieces as they are cost no more than 8 bytes for each 2 MiB, and the slack. */
static bool can_pay_exact_edges(const struct plan *plan)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->piece_count; i++) {
        bytes += range_bytes(plan->pieces[i]);
    }
    uint64_t allowed = (bytes >> PAGE_BITS_2M) * sizeof(uint64_t) + PAGE_TABLE_SLACK_BYTES;
    return directmap_tables(plan->pieces, plan->piece_count, plan->page_bits) * PAGE_TABLE_BYTES <= allowed;
}

static bool holds_reservation(const struct plan *plan, struct range frame)
{
    for (size_t i = 0; i < plan->reserved_count; i++) {
        if (range_overlap(plan->reserved[i].range, frame)) {
            return true;
        }
    }
    return false;
}

/* The piece and the rest of the 2-MiB frames at its edges. A frame that holds anything reserved stays cut: through it
 * the kernel's text would be writable and its stack guard mapped. */
static struct range whole_frames(const struct plan *plan, struct range piece)
{
    const uint64_t frame = UINT64_C(1) << PAGE_BITS_2M;
    uint64_t first = round_down(piece.start, frame);
    uint64_t end = round_up(piece.end, frame);
    return (struct range){
        .start = holds_reservation(plan, (struct range){first, first + frame}) ? piece.start : first,
        .end = holds_reservation(plan, (struct range){end - frame, end}) ? piece.end : end,
    };
}

/* Chooses what is mapped for the pieces: they alone, or the frames that they lie in, joined where those meet. */
static void lay_direct_map(struct plan *plan)
{
    plan->exact_edges = can_pay_exact_edges(plan);
    for (size_t i = 0; i < plan->piece_count; i++) {
        struct range mapped = plan->exact_edges ? plan->pieces[i] : whole_frames(plan, plan->pieces[i]);
        struct range *last = &plan->direct_map[plan->direct_map_count];
        if (plan->direct_map_count > 0 && last[-1].end >= mapped.start) {
            last[-1].end = mapped.end;
        } else {
            *last = mapped;
            plan->direct_map_count++;
        }
    }
}

/* Takes the page tables from the lowest piece that holds them. */
static bool place_page_tables(struct plan *plan)
{
    uint64_t bytes = directmap_tables(plan->direct_map, plan->direct_map_count, plan->page_bits) * PAGE_TABLE_BYTES;
    for (size_t i = 0; i < plan->piece_count; i++) {
        struct range piece = plan->pieces[i];
        if (range_bytes(piece) >= bytes) {
            plan->page_tables = (struct range){piece.start, piece.start + bytes};
            reserve(plan, "page-tables", plan->page_tables);
            return true;
        }
    }
    return false;
}

static enum plan_verdict decide(struct plan *plan, const struct plan_input *input)
{
    if (input->reserved_count > PLAN_RESERVED_GIVEN_MAX) {
        return PLAN_TOO_MANY_RESERVED;
    }
    reserve_given(plan, input);
    if (plan->usable_bytes == 0) {
        return PLAN_NO_USABLE_MEMORY;
    }
    find_pieces(plan, input);
    if (plan->piece_count == 0) {
        return PLAN_NO_PIECE;
    }
    lay_direct_map(plan);
    if (!place_page_tables(plan)) {
        return PLAN_NO_ROOM_TABLES;
    }
    lay_regions(plan, &input->policy);
    return plan->region_count > 0 ? PLAN_OK : PLAN_NO_ROOM_HEAP;
}

void plan_make(struct plan *plan, const struct plan_input *input)
{
    plan->phys_bits = input->map->phys_bits;
    plan->page_bits = input->page_bits;
    plan->image = input->image;
    plan->reserved_count = 0;
    plan->page_tables = (struct range){0, 0};
    plan->piece_count = 0;
    plan->region_count = 0;
    plan->direct_map_count = 0;
    plan->exact_edges = true;
    plan->usable_bytes = memmap_usable_bytes(input->map, LOW_MEMORY_BYTES);
    plan->eligible_bytes = 0;
    plan->heap_bytes = 0;
    plan->verdict = decide(plan, input);
    if (plan->verdict != PLAN_OK) {
        plan->region_count = 0;
        plan->heap_bytes = 0;
    }
}

const char *plan_verdict_sentence(enum plan_verdict verdict)
{
    switch (verdict) {
    case PLAN_OK: return "";
    case PLAN_NO_USABLE_MEMORY: return "no memory at or above 1 MiB is usable";
    case PLAN_NO_PIECE: return "the usable memory lies in pieces that are too small to use";
    case PLAN_NO_ROOM_TABLES: return "no piece of usable memory holds the page tables of the direct map";
    case PLAN_NO_ROOM_HEAP: return "the page tables leave no piece that is long enough for a heap";
    case PLAN_TOO_MANY_RESERVED: return "more reservations were given than the plan can hold";
    }
    return "the plan's verdict is unknown";
}
