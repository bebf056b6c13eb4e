#include "tests/plan_check.h"

#include <string.h>

#include "tests/plan_parts.h"

static bool same(struct range a, struct range b)
{
    return a.start == b.start && a.end == b.end;
}

static bool in_usable_memory(struct range range, const struct memmap *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].type == MEMORY_USABLE && inside(range, map->ranges[i].range)) {
            return range.start >= LOW_MEMORY_BYTES;
        }
    }
    return false;
}

static const char *check_reservations(const struct plan *plan, const struct given *given)
{
    for (size_t i = 0; i < plan->reserved_count; i++) {
        const struct reservation *r = &plan->reserved[i];
        if (!aligned(r->range) || r->name == NULL || r->name[0] == '\0') {
            return "P3: a reservation is empty, not page-aligned or has no name";
        }
        if (i > 0 && r[-1].range.start > r->range.start) {
            return "P3: the reservations are not sorted";
        }
    }
    for (size_t want = 0; want < given->count; want++) {
        bool found = false;
        for (size_t i = 0; i < plan->reserved_count && !found; i++) {
            found = same(plan->reserved[i].range, given->list[want].range) &&
                    strcmp(plan->reserved[i].name, given->list[want].name) == 0;
        }
        if (!found) {
            return "P4: low memory or a reservation that was handed in is not reserved";
        }
    }
    return NULL;
}

static const char *check_reach(const struct plan *plan, const struct plan_input *input, struct pieces *pieces)
{
    plan_parts_pieces(pieces, input->map, plan->reserved, plan->reserved_count);
    for (size_t i = 0; i < pieces->count; i++) {
        if (pieces->list[i].end > input->policy.direct_map_bytes) {
            return "P5: memory that the direct map cannot reach is not reserved";
        }
    }
    return NULL;
}

static const char *check_place_of_tables(const struct plan *plan, const struct plan_input *input)
{
    struct range own = plan->page_tables;
    if (!aligned(own) || !in_usable_memory(own, input->map)) {
        return "P6: the page tables lie outside usable memory";
    }
    bool reserved = false;
    for (size_t i = 0; i < plan->reserved_count; i++) {
        bool itself = same(plan->reserved[i].range, own);
        if (range_overlap(plan->reserved[i].range, own) && (!itself || reserved)) {
            return "P6: the page tables overlap a reservation";
        }
        reserved = reserved || itself;
    }
    return reserved ? NULL : "P6: the page tables are not reserved";
}

static const char *check_lowest_place(const struct plan *plan, const struct plan_input *input,
                                      const struct given *given, struct pieces *pieces)
{
    plan_parts_used(pieces, input, given);
    for (size_t i = 0; i < pieces->count; i++) {
        if (range_bytes(pieces->list[i]) >= range_bytes(plan->page_tables)) {
            bool lowest = pieces->list[i].start == plan->page_tables.start;
            return lowest ? NULL : "P8: a lower piece holds the page tables";
        }
    }
    return "P8: the page tables lie in a piece that does not hold them";
}

static const char *check_region(const struct plan_region *region, const struct plan *plan,
                                const struct plan_input *input)
{
    uint64_t blocks = range_bytes(region->blocks) / HEAP_BLOCK_SIZE;
    struct range whole = {region->table.start, region->blocks.end};
    if (!aligned(region->table) || !aligned(region->blocks) || region->table.end != region->blocks.start) {
        return "P9: a region is empty, not page-aligned, or its table is not right before its blocks";
    }
    if (input->policy.record_bytes + blocks * input->policy.entry_bytes > range_bytes(region->table)) {
        return "P10: a table has no room for the record and an entry for each block";
    }
    if (blocks > input->policy.region_blocks_max) {
        return "P11: a region has more blocks than the policy allows";
    }
    if (!in_usable_memory(whole, input->map)) {
        return "P12: a region lies outside usable memory";
    }
    for (size_t i = 0; i < plan->reserved_count; i++) {
        if (range_overlap(whole, plan->reserved[i].range)) {
            return "P13: a region overlaps a reservation";
        }
    }
    return NULL;
}

static const char *check_regions(const struct plan *plan, const struct plan_input *input)
{
    for (size_t i = 0; i < plan->region_count; i++) {
        const char *fault = check_region(&plan->regions[i], plan, input);
        if (fault != NULL) {
            return fault;
        }
        if (i > 0 && plan->regions[i - 1].blocks.end > plan->regions[i].table.start) {
            return "P9: the regions are not sorted or overlap";
        }
    }
    return NULL;
}

/* The smallest table for the blocks counts as used, and no page more. */
static uint64_t bytes_used(const struct plan_region *region, const struct plan_policy *policy)
{
    uint64_t table = policy->record_bytes + range_bytes(region->blocks) / HEAP_BLOCK_SIZE * policy->entry_bytes;
    return range_bytes(region->blocks) + (table + PAGE - 1) / PAGE * PAGE;
}

static const char *check_use(const struct plan *plan, const struct plan_input *input, const struct pieces *pieces)
{
    size_t met = 0; /* regions that lie in a piece long enough */
    for (size_t i = 0; i < pieces->count; i++) {
        uint64_t left = range_bytes(pieces->list[i]);
        bool too_small = left < input->policy.piece_min_bytes;
        for (size_t k = 0; k < plan->region_count; k++) {
            if (!inside(plan->regions[k].blocks, pieces->list[i])) {
                continue;
            }
            if (too_small) {
                return "P14: a region lies in a piece that is too small";
            }
            met++;
            uint64_t used = bytes_used(&plan->regions[k], &input->policy);
            left -= used < left ? used : left;
            left -= left < HEAP_BLOCK_SIZE ? left : HEAP_BLOCK_SIZE;
        }
        if (!too_small && left > 0) {
            return "P15: more than a block a region of a piece is not used";
        }
    }
    return met == plan->region_count ? NULL : "P12: a region lies across pieces";
}

static const char *check_sums(const struct plan *plan, const struct plan_input *input, struct pieces *pieces)
{
    uint64_t eligible = 0;
    uint64_t heap = 0;
    uint64_t usable = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        uint64_t bytes = range_bytes(pieces->list[i]);
        eligible += bytes >= input->policy.piece_min_bytes ? bytes : 0;
    }
    for (size_t i = 0; i < plan->region_count; i++) {
        heap += range_bytes(plan->regions[i].blocks);
    }
    plan_parts_pieces(pieces, input->map, NULL, 0);
    for (size_t i = 0; i < pieces->count; i++) {
        usable += range_bytes(pieces->list[i]);
    }
    if (plan->usable_bytes != usable || plan->eligible_bytes != eligible || plan->heap_bytes != heap) {
        return "P16: usable, eligible or heap bytes are not the sum";
    }
    return NULL;
}

/* Enough for any way to lay out page tables, and a region after them. */
static uint64_t room_for_everything(const struct plan_input *input, const struct pieces *pieces)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        bytes += range_bytes(pieces->list[i]);
    }
    uint64_t tables = (bytes / (UINT64_C(2) << 20) / 512 + 8 * pieces->count + 8) * PAGE;
    return tables + input->policy.record_bytes + 2 * input->policy.piece_min_bytes + 2 * PAGE;
}

static const char *check_refusal(const struct plan *plan, const struct plan_input *input, const struct given *given,
                                 struct pieces *pieces)
{
    enum plan_verdict verdict = plan->verdict;
    plan_parts_pieces(pieces, input->map, NULL, 0);
    if ((pieces->count == 0) != (verdict == PLAN_NO_USABLE_MEMORY)) {
        return "P19: refused for no usable memory where there is some, or not where there is none";
    }
    plan_parts_pieces(pieces, input->map, given->list, given->count);
    uint64_t largest = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        uint64_t reached = range_bytes(plan_parts_reach(pieces->list[i], input));
        largest = reached > largest ? reached : largest;
    }
    if (verdict != PLAN_NO_USABLE_MEMORY && (largest < input->policy.piece_min_bytes) != (verdict == PLAN_NO_PIECE)) {
        return "P19: refused for no piece that is long enough where there is one, or not where there is none";
    }
    if (verdict != PLAN_OK && largest >= room_for_everything(input, pieces)) {
        return "P19: refused although a piece has room for everything";
    }
    return NULL;
}

const char *plan_check(const struct plan *plan, const struct plan_input *input)
{
    static struct pieces pieces;
    static struct given given;
    if (plan->verdict != PLAN_OK && (plan->region_count != 0 || plan->heap_bytes != 0)) {
        return "P1: a refused plan has regions";
    }
    bool too_many = input->reserved_count > PLAN_RESERVED_GIVEN_MAX;
    if (too_many != (plan->verdict == PLAN_TOO_MANY_RESERVED)) {
        return "P19: refused for too many reservations where there are not, or not where there are";
    }
    if (too_many) {
        return NULL;
    }
    plan_parts_given(&given, input);
    const char *fault = check_refusal(plan, input, &given, &pieces);
    if (fault != NULL || plan->verdict != PLAN_OK) {
        return fault;
    }
    if (plan->phys_bits != input->map->phys_bits || plan->page_bits != input->page_bits ||
        !same(plan->image, input->image)) {
        return "P2: the plan does not repeat its inputs";
    }
    fault = check_reservations(plan, &given);
    fault = fault != NULL ? fault : check_place_of_tables(plan, input);
    fault = fault != NULL ? fault : plan_check_tables(plan, input, &given);
    fault = fault != NULL ? fault : check_lowest_place(plan, input, &given, &pieces);
    fault = fault != NULL ? fault : check_reach(plan, input, &pieces);
    fault = fault != NULL ? fault : check_regions(plan, input);
    fault = fault != NULL ? fault : check_use(plan, input, &pieces);
    fault = fault != NULL ? fault : check_sums(plan, input, &pieces);
    return fault != NULL ? fault : plan_check_direct_map(plan, input, &given);
}

const char *plan_check_yield(const struct plan *plan)
{
    uint64_t missing = plan->eligible_bytes - plan->heap_bytes;
    if (missing > plan->eligible_bytes / 1000 * 5 && missing > plan->region_count * HEAP_BLOCK_SIZE) {
        return "P20: the heap is smaller than 99.5 % of the memory left, by more than a block a region";
    }
    uint64_t allowed = plan_parts_large_page_bytes(plan->pieces, plan->piece_count) + PAGE_TABLE_SLACK_BYTES;
    if (range_bytes(plan->page_tables) > allowed) {
        return "P21: the page tables are larger than 8 bytes for each 2 MiB mapped plus 64 KiB";
    }
    return NULL;
}
