#include "tests/plan_parts.h"

#include <assert.h>

void plan_parts_given(struct given *given, const struct plan_input *input)
{
    uint64_t top = UINT64_C(1) << input->map->phys_bits;
    given->list[0] = (struct reservation){"low-memory", {0, LOW_MEMORY_BYTES}};
    given->count = 1;
    for (size_t i = 0; i < input->reserved_count; i++) {
        struct range range = range_common(input->reserved[i].range, (struct range){0, top});
        if (!range_empty(range)) {
            uint64_t start = range.start / PAGE * PAGE;
            uint64_t end = (range.end + PAGE - 1) / PAGE * PAGE;
            given->list[given->count++] = (struct reservation){input->reserved[i].name, {start, end}};
        }
    }
}

/* The first byte at or after `from` that no reservation covers, in any order of them. */
static uint64_t skip_reserved(uint64_t from, const struct reservation *reserved, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (reserved[i].range.start <= from && from < reserved[i].range.end) {
            return skip_reserved(reserved[i].range.end, reserved, count);
        }
    }
    return from;
}

static uint64_t next_reserved(uint64_t from, uint64_t limit, const struct reservation *reserved, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (reserved[i].range.start >= from && reserved[i].range.start < limit && !range_empty(reserved[i].range)) {
            limit = reserved[i].range.start;
        }
    }
    return limit;
}

void plan_parts_pieces(struct pieces *pieces, const struct memmap *map, const struct reservation *reserved,
                       size_t reserved_count)
{
    pieces->count = 0;
    for (size_t i = 0; i < map->count; i++) {
        uint64_t end = map->ranges[i].range.end;
        uint64_t at = map->ranges[i].range.start;
        if (map->ranges[i].type != MEMORY_USABLE) {
            continue;
        }
        at = skip_reserved(at < LOW_MEMORY_BYTES ? LOW_MEMORY_BYTES : at, reserved, reserved_count);
        while (at < end) {
            uint64_t stop = next_reserved(at, end, reserved, reserved_count);
            assert(pieces->count < PIECES_MAX);
            pieces->list[pieces->count++] = (struct range){at, stop};
            at = skip_reserved(stop, reserved, reserved_count);
        }
    }
}

struct range plan_parts_reach(struct range piece, const struct plan_input *input)
{
    return range_common(piece, (struct range){0, input->policy.direct_map_bytes});
}

void plan_parts_used(struct pieces *pieces, const struct plan_input *input, const struct given *given)
{
    plan_parts_pieces(pieces, input->map, given->list, given->count);
    size_t used = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        struct range piece = plan_parts_reach(pieces->list[i], input);
        if (range_bytes(piece) >= input->policy.piece_min_bytes) {
            pieces->list[used++] = piece;
        }
    }
    pieces->count = used;
}

uint64_t plan_parts_large_page_bytes(const struct range *pieces, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        bytes += range_bytes(pieces[i]);
    }
    return bytes / (UINT64_C(2) << 20) * 8;
}
