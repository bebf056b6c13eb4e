/* mm/report*.c on random maps. */
#include "tests/random.h"
#include "tests/report_fixture.h"

static void assert_lines_fit(void)
{
    size_t column = 0;
    for (const char *c = captured; *c != '\0'; c++) {
        assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
        column = *c == '\n' ? 0 : column + 1;
        if (column > 79) {
            fail_msg("a line is longer than 79 columns: '%.100s'", c + 1 - column);
        }
    }
}

static void add_random_entries(struct random *random, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        unsigned high = 12 + (unsigned)random_below(random, 42);
        uint64_t base = random_next(random) & ((UINT64_C(1) << high) - 1);
        uint64_t length = random_next(random) & ((UINT64_C(1) << (12 + random_below(random, 36))) - 1);
        uint32_t type = random_below(random, 3) != 0 ? 1 : (uint32_t)random_below(random, 7);
        MOCK_ANSWER(&machine, .base = base, .length = length, .type = type);
    }
}

/* On any map each line is at most 79 columns of ASCII, no bar is missing its ends, and the heap is visible. */
static void every_report_of_random_maps_fits_the_screen(void **state)
{
    (void)state;
    struct random random = random_seeded("test_report");
    for (unsigned round = 0; round < 500; round++) {
        mock_start(&machine);
        machine.phys_bits = 36 + (unsigned)random_below(&random, 17);
        add_random_entries(&random, 1 + (uint32_t)random_below(&random, 30));
        mock_plan(&machine);
        capture_clear();
        report_entries("e820", machine.list.entries, machine.list.count, capture);
        report_map(&machine.map, capture);
        report_reservations(&machine.plan, capture);
        report_reasons(&machine.map, &machine.plan, capture);
        assert_lines_fit();
        capture_clear();
        report_drawing(&machine.map, &machine.plan, capture);
        assert_lines_fit();
        if (machine.plan.region_count > 0) {
            assert_true(strchr(captured, '#') != NULL || strchr(captured, 't') != NULL);
        }
    }
}

static bool touches(const struct range *ranges, size_t count, struct range piece)
{
    for (size_t i = 0; i < count; i++) {
        if (range_overlap(ranges[i], piece)) {
            return true;
        }
    }
    return false;
}

/* Walking the unused pieces finds exactly the usable pages that nothing of the plan lies on. */
static void the_unused_pieces_are_exactly_the_usable_pages_without_a_use(void **state)
{
    (void)state;
    struct random random = random_seeded("test_report");
    for (unsigned round = 0; round < 200; round++) {
        mock_start(&machine);
        for (unsigned i = 0; i < 12; i++) {
            MOCK_ANSWER(&machine, .base = random_below(&random, 800) * 4 * KIB,
                        .length = random_below(&random, 100) * 4 * KIB,
                        .type = random_below(&random, 4) != 0 ? 1 : 2);
        }
        mock_plan(&machine);
        struct range piece = report_unused(&machine.map, &machine.plan, 0);
        for (uint64_t page = 0; page < 4 * MIB; page += 4 * KIB) {
            struct range here = {page, page + 4 * KIB};
            bool used = false;
            bool usable = false;
            for (size_t i = 0; i < machine.plan.reserved_count; i++) {
                used |= touches(&machine.plan.reserved[i].range, 1, here);
            }
            for (size_t i = 0; i < machine.plan.region_count; i++) {
                used |= touches(&machine.plan.regions[i].table, 2, here);
            }
            for (size_t i = 0; i < machine.map.count; i++) {
                usable |=
                    machine.map.ranges[i].type == MEMORY_USABLE && touches(&machine.map.ranges[i].range, 1, here);
            }
            if (piece.end <= page) {
                piece = report_unused(&machine.map, &machine.plan, page);
            }
            assert_int_equal(range_overlap(piece, here), usable && !used);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_report_of_random_maps_fits_the_screen),
        TEST(the_unused_pieces_are_exactly_the_usable_pages_without_a_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
