/* The plan's rules about refusals, reservations and what the plan takes for itself: each has a plan that breaks it. */
#include "tests/broken_plan.h"

static size_t reservation_of(struct range range)
{
    for (size_t i = 0; i < plan->reserved_count; i++) {
        if (plan->reserved[i].range.start == range.start && plan->reserved[i].range.end == range.end) {
            return i;
        }
    }
    fail_msg("no such reservation");
    return PLAN_RESERVED_MAX;
}

static void remove_reservation(size_t at)
{
    plan->reserved_count--;
    memmove(&plan->reserved[at], &plan->reserved[at + 1], (plan->reserved_count - at) * sizeof plan->reserved[0]);
}

/* Together with their reservation. */
static void change_page_tables(struct range to)
{
    plan->reserved[reservation_of(plan->page_tables)].range = to;
    plan->page_tables = to;
}

static void a_refused_plan_with_regions(void)
{
    plan->verdict = PLAN_NO_ROOM_HEAP;
}

static void a_refused_plan_with_heap_bytes(void)
{
    plan->verdict = PLAN_NO_ROOM_HEAP;
    plan->region_count = 0;
}

static void a_plan_for_another_page_size(void)
{
    plan->page_bits = 30;
}

static void a_plan_for_another_image(void)
{
    plan->image.end += PAGE;
}

static void a_plan_for_another_width(void)
{
    plan->phys_bits++;
}

static void a_reservation_out_of_order(void)
{
    struct reservation first = plan->reserved[0];
    plan->reserved[0] = plan->reserved[plan->reserved_count - 1];
    plan->reserved[plan->reserved_count - 1] = first;
}

static void a_reservation_without_a_name(void)
{
    plan->reserved[1].name = "";
}

static void a_ragged_reservation(void)
{
    plan->reserved[1].range.end--;
}

static void an_empty_reservation(void)
{
    plan->reserved[1].range.end = plan->reserved[1].range.start;
}

static void low_memory_handed_out(void)
{
    remove_reservation(reservation_of((struct range){0, LOW_MEMORY_BYTES}));
}

static void a_forgotten_image(void)
{
    remove_reservation(reservation_of(plan->image));
}

static void a_lost_name(void)
{
    plan->reserved[reservation_of(plan->image)].name = "picture";
}

static void memory_out_of_the_direct_maps_reach(void)
{
    input->policy.direct_map_bytes = 300 * MIB;
}

static void page_tables_that_are_not_reserved(void)
{
    remove_reservation(reservation_of(plan->page_tables));
}

static void page_tables_in_a_hole(void)
{
    size_t last = plan->reserved_count - 1;
    plan->reserved[last] = plan->reserved[reservation_of(plan->page_tables)];
    plan->page_tables = (struct range){400 * MIB, 401 * MIB};
    plan->reserved[last].range = plan->page_tables;
    input->reserved_count = 0; /* what stood last may have been handed in */
}

/*   |image|tables|   ->   |image   |
 *                              |tables| */
static void page_tables_over_the_image(void)
{
    struct range to = plan->page_tables;
    to.start = plan->image.end - PAGE;
    change_page_tables(to);
}

static void too_few_page_tables(void)
{
    struct range to = plan->page_tables;
    to.end = to.start + PAGE;
    change_page_tables(to);
}

static void wasteful_page_tables(void)
{
    remove_reservation(reservation_of(plan->page_tables));
    plan->page_tables = plan->regions[3].blocks;
    plan->reserved[plan->reserved_count++] = (struct reservation){"page-tables", plan->page_tables};
}

static void coarse_edges_without_need(void)
{
    plan->exact_edges = false;
}

/*   |tables|region 1  |r|region 2  |   ->   |region 1       |r|tables|region 2|    all as large as before */
static void page_tables_in_the_second_piece(void)
{
    uint64_t bytes = plan->page_tables.end - plan->page_tables.start;
    struct range to = {33 * MIB, 33 * MIB + bytes};
    plan->regions[0].table.start -= bytes;
    plan->regions[0].table.end -= bytes;
    plan->regions[0].blocks.start -= bytes;
    plan->regions[1].table.start += bytes;
    plan->regions[1].table.end += bytes;
    plan->regions[1].blocks.start += bytes;
    remove_reservation(reservation_of(plan->page_tables));
    plan->page_tables = to;
    plan->reserved[plan->reserved_count++] = (struct reservation){"page-tables", to};
}

static void refuse(enum plan_verdict verdict)
{
    plan->verdict = verdict;
    plan->region_count = 0;
    plan->heap_bytes = 0;
}

static void memory_called_unusable(void)
{
    refuse(PLAN_NO_USABLE_MEMORY);
}

static void pieces_called_too_small(void)
{
    refuse(PLAN_NO_PIECE);
}

static void room_called_too_small_for_tables(void)
{
    refuse(PLAN_NO_ROOM_TABLES);
}

static void room_called_too_small_for_a_heap(void)
{
    refuse(PLAN_NO_ROOM_HEAP);
}

static void few_reservations_called_too_many(void)
{
    refuse(PLAN_TOO_MANY_RESERVED);
}

static void a_plan_for_too_many_reservations(void)
{
    input->reserved_count = PLAN_RESERVED_GIVEN_MAX + 1;
}

static const struct broken all_broken[] = {
    {BROKEN(P1, a_refused_plan_with_regions)},
    {BROKEN(P1, a_refused_plan_with_heap_bytes)},
    {BROKEN(P2, a_plan_for_another_page_size)},
    {BROKEN(P2, a_plan_for_another_image)},
    {BROKEN(P2, a_plan_for_another_width)},
    {BROKEN(P3, a_reservation_out_of_order)},
    {BROKEN(P3, a_reservation_without_a_name)},
    {BROKEN(P3, a_ragged_reservation)},
    {BROKEN(P3, an_empty_reservation)},
    {BROKEN(P4, low_memory_handed_out)},
    {BROKEN(P4, a_forgotten_image)},
    {BROKEN(P4, a_lost_name)},
    {BROKEN(P5, memory_out_of_the_direct_maps_reach)},
    {BROKEN(P6, page_tables_that_are_not_reserved)},
    {BROKEN(P6, page_tables_in_a_hole)},
    {BROKEN(P6, page_tables_over_the_image)},
    {BROKEN(P7, too_few_page_tables)},
    {BROKEN(P7, wasteful_page_tables)},
    {BROKEN(P7, coarse_edges_without_need)},
    {BROKEN(P8, page_tables_in_the_second_piece)},
    {BROKEN(P19, memory_called_unusable)},
    {BROKEN(P19, pieces_called_too_small)},
    {BROKEN(P19, room_called_too_small_for_tables)},
    {BROKEN(P19, room_called_too_small_for_a_heap)},
    {BROKEN(P19, few_reservations_called_too_many)},
    {BROKEN(P19, a_plan_for_too_many_reservations)},
};

int main(void)
{
    return run_broken(all_broken, sizeof all_broken / sizeof all_broken[0]);
}
