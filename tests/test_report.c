/* mm/report*.c, mm/certificate.c: map and plan in words, drawings and JSON. */
#include <stdlib.h>
#include <string.h>

#include "mm/report.h"
#include "tests/mock_e820.h"
#include "tests/random.h"

#include "tests/capture.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)

static struct mock machine;

static int start(void **state)
{
    (void)state;
    mock_start(&machine);
    capture_clear();
    return 0;
}

static void use_pc_with_128_mib(void)
{
    MOCK_MAP(&machine, {0x0, 0x9FC00, 1}, {0x9FC00, 0x400, 2}, {0xF0000, 0x10000, 2}, {0x100000, 0x7EE0000, 1},
             {0x7FE0000, 0x20000, 2}, {0xFFFC0000, 0x40000, 2});
    mock_plan(&machine);
}

static void assert_all_captured(const char *expected)
{
    assert_string_equal(captured, expected);
}

static void assert_bytes(uint64_t bytes, const char *expected)
{
    char text[16];
    memset(text, 0xA5, sizeof text);
    format_bytes(text, bytes);
    assert_string_equal(text, expected);
}

static void sizes_are_short_and_rounded_down(void **state)
{
    (void)state;
    assert_bytes(0, "0 B");
    assert_bytes(1023, "1023 B");
    assert_bytes(1024, "1 KiB");
    assert_bytes(1024 + 102, "1 KiB");
    assert_bytes(1024 + 103, "1.1 KiB");
    assert_bytes(639 * KIB, "639 KiB");
    assert_bytes(128 * MIB, "128 MiB");
    assert_bytes(MIB - 1, "1023.9 KiB");
    assert_bytes(3 * GIB + 512 * MIB, "3.5 GiB");
    assert_bytes(1 * TIB, "1 TiB");
    assert_bytes(UINT64_C(1) << 52, "4 PiB");
    assert_bytes(UINT64_MAX, "15.9 EiB");
}

static void the_raw_list_prints_its_count_and_only_unusual_attributes(void **state)
{
    (void)state;
    const MemoryMapEntry entries[] = {{0, 0x9FC00, 1, 1},
                                      {0, 0, 0, 1},
                                      {0xFFFFFFFFFFFFF000, 0x2000, 0xFFFFFFFF, 3},
                                      {1, 2, 3, 0}};
    report_entries("e801", entries, 4, capture);
    assert_all_captured("tessera-map: source e801 entries 4\n"
                        "tessera-map: 0x0000000000000000 0x000000000009fc00 1\n"
                        "tessera-map: 0x0000000000000000 0x0000000000000000 0\n"
                        "tessera-map: 0xfffffffffffff000 0x0000000000002000 4294967295 attr=0x3\n"
                        "tessera-map: 0x0000000000000001 0x0000000000000002 3 attr=0x0\n");
}

static void the_map_prints_ranges_and_what_was_repaired(void **state)
{
    (void)state;
    machine.phys_bits = 40;
    MOCK_ANSWER(&machine, .base = 1 * MIB, .length = 2 * MIB, .type = 1);
    MOCK_ANSWER(&machine, .base = 2 * MIB, .length = 64 * KIB, .type = 4);
    MOCK_ANSWER(&machine, .base = 0, .length = 0, .type = 1);
    MOCK_ANSWER(&machine, .base = 8 * MIB, .length = 1 * MIB, .type = 1, .bytes = 24);
    MOCK_ANSWER(&machine, .base = 1 * TIB - 4 * KIB, .length = 8 * KIB, .type = 5);
    MOCK_ANSWER(&machine, .base = 2 * TIB, .length = 4 * KIB, .type = 3, .last = true);
    mock_detect(&machine);
    report_map(&machine.map, capture);
    assert_all_captured("memory map, in whole pages, 40-bit addresses:\n"
                        "  [0x0000000100000, 0x0000000200000)      1 MiB  usable\n"
                        "  [0x0000000200000, 0x0000000210000)     64 KiB  ACPI NVS\n"
                        "  [0x0000000210000, 0x0000000300000)    960 KiB  usable\n"
                        "  [0x000fffffff000, 0x0010000000000)      4 KiB  bad\n"
                        "  repaired: 1 empty, dropped\n"
                        "  repaired: 1 with attribute bit 0 clear, ignored as the firmware asks\n"
                        "  repaired: 1 wholly beyond the physical address width, dropped\n"
                        "  repaired: 1 cut at the physical address width\n"
                        "  repaired: 1 overlaps, given to the least usable type\n");
}

static void reservations_print_with_their_names(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    report_reservations(&machine.plan, capture);
    assert_captured("never handed out:\n"
                    "  [0x0000000000000, 0x0000000100000)      1 MiB  low-memory\n");
    assert_captured("  [0x0000000100000, 0x0000000140000)    256 KiB  image\n");
}

static void the_drawing_of_a_small_machine(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    report_drawing(&machine.map, &machine.plan, capture);
    assert_all_captured("the plan, to scale:\n"
                        "\n"
                        "    one character is 64 KiB\n"
                        "    |LxLLLLLLLrLLLLLrKKKKPtttttttt###################################|\n"
                        "     0x0             0x100000        0x200000        0x300000\n"
                        "\n"
                        "    one character is 2 MiB\n"
                        "    |K##############################################################r|\n"
                        "     0x0             0x2000000       0x4000000       0x6000000\n"
                        "\n"
                        "    K kernel image  P page tables  x other reservation  t block table\n"
                        "    r reserved by the firmware  # heap  L low memory\n");
}

/* A terabyte of memory above a terabyte: each of the two parts has a bar of its own, the gap has none. */
static void the_drawing_of_a_large_machine_leaves_out_the_gaps(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0, 0x9FC00, 1}, {1 * MIB, 3 * GIB - 1 * MIB, 1}, {0xFD00000000, 0x300000000, 2},
             {1 * TIB, 1 * TIB, 1});
    mock_plan(&machine);
    report_drawing(&machine.map, &machine.plan, capture);
    assert_captured("    one character is 64 MiB\n"
                    "    |K###############################################|\n"
                    "     0x0             0x40000000      0x80000000\n");
    assert_captured("    one character is 16 GiB\n"
                    "    |t###############################################################|\n"
                    "     0x10000000000   0x14000000000   0x18000000000   0x1c000000000\n");
}

/* The first bar follows the image. Pieces too small for a region, bad memory and ACPI data show. */
static void the_drawing_zooms_to_the_image_and_shows_small_things(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {1 * MIB, 60 * KIB, 1}, {16 * MIB, 16 * MIB, 1}, {17 * MIB, 4 * KIB, 5},
             {18 * MIB, 4 * KIB, 3}, {18 * MIB + 32 * KIB, 4 * KIB, 4});
    mock_image(&machine, 16 * MIB, 16 * MIB + 128 * KIB);
    mock_plan(&machine);
    report_drawing(&machine.map, &machine.plan, capture);
    assert_captured("    |KKP#############!###############at##");
    assert_captured("     0x1000000       0x1100000       0x1200000       0x1300000\n");
    assert_captured("    one character is 4 KiB\n    |---------------|\n     0x100000\n");
    assert_captured("  ! bad memory  a ACPI  - usable, not used");
}

static void a_machine_without_memory_is_drawn_as_nothing(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0, 4 * GIB, 2});
    mock_plan(&machine);
    report_drawing(&machine.map, &machine.plan, capture);
    assert_all_captured("the plan, to scale:\n\n");
}

/*   1M      +256K  +320K    32M    32M+60K
 *   |image  |PC|ttt|  heap   | a gap |usable| */
static void each_usable_piece_that_is_not_heap_has_its_reason(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0, 0x9F000, 1}, {1 * MIB, 15 * MIB, 1}, {32 * MIB, 60 * KIB, 1}, {65 * TIB, 1 * MIB, 1});
    mock_plan(&machine);
    report_reasons(&machine.map, &machine.plan, capture);
    assert_all_captured("usable, but not for the heap:\n"
                        "  [0x0000000000000, 0x000000009f000)    636 KiB  below 1 MiB: the firmware's\n"
                        "  [0x0000000100000, 0x0000000140000)    256 KiB  the kernel image\n"
                        "  [0x0000000140000, 0x0000000143000)     12 KiB  page tables of the direct map\n"
                        "  [0x0000000143000, 0x0000000144000)      4 KiB  a record for each heap region\n"
                        "  [0x0410000000000, 0x0410000100000)      1 MiB  beyond the direct map\n"
                        "  [0x0000000144000, 0x0000000153000)     60 KiB  table of the blocks after it\n"
                        "  [0x0000002000000, 0x000000200f000)     60 KiB  too short: less than 64 KiB\n");
}

static void a_boot_module_is_named_and_the_handoff_in_low_memory_is_not_counted_twice(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    machine.reserved[1] = (struct reservation){"module shell", {2 * MIB, 3 * MIB}};
    plan_make(&machine.plan, &machine.input);
    report_reasons(&machine.map, &machine.plan, capture);
    assert_captured("  [0x0000000200000, 0x0000000300000)      1 MiB  module shell\n");

    capture_clear();
    machine.reserved[1] = (struct reservation){"handoff", {64 * KIB, 128 * KIB}};
    plan_make(&machine.plan, &machine.input);
    report_reasons(&machine.map, &machine.plan, capture);
    assert_null(strstr(captured, "handoff"));
}

static void a_piece_cut_into_regions_says_why(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    machine.input.policy.region_blocks_max = 16384;
    plan_make(&machine.plan, &machine.input);
    report_reasons(&machine.map, &machine.plan, capture);
    assert_captured("table of the blocks after it\n"
                    "    cut there: a region has at most 2^32 blocks\n");
}

static void a_refused_plan_says_why_and_what_there_was(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {1 * MIB, 256 * KIB, 1}, {8 * MIB, 68 * KIB, 1});
    mock_plan(&machine);
    assert_int_not_equal(machine.plan.verdict, PLAN_OK);
    report_reasons(&machine.map, &machine.plan, capture);
    assert_captured("no plan:\n");
    assert_captured(plan_verdict_sentence(machine.plan.verdict));
    assert_captured("too short: less than 64 KiB");
}

static void without_a_plan_longer_pieces_are_not_planned(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    machine.input.reserved_count = PLAN_RESERVED_MAX + 1;
    plan_make(&machine.plan, &machine.input);
    report_reasons(&machine.map, &machine.plan, capture);
    assert_captured("  [0x0000000100000, 0x0000007fe0000)  126.8 MiB  not planned\n");
}

static void the_hash_is_fnv_1a_over_every_record_in_order(void **state)
{
    (void)state;
    const MemoryMapEntry digits[] = {{0x0102030405060708, 0x1112131415161718, 0x21222324, 99}};
    const MemoryMapEntry list[] = {{0, 0x9FC00, 1, 1}, {0, 0, 0, 1}, {0x100000, 0x7EE0000, 1, 1}};
    assert_int_equal(map_hash(NULL, 0), UINT64_C(0xCBF29CE484222325));
    assert_int_equal(map_hash(digits, 1), UINT64_C(0xC81B6BCFB5EFA875));
    assert_int_equal(map_hash(list, 3), UINT64_C(0x6592D9B8D4FBE2D7));
}

static void the_certificate_is_one_json_object_with_its_keys_in_order(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    const struct certificate certificate = {"e820", 0x1234};
    report_certificate(&machine.plan, &certificate, capture);
    assert_all_captured("{\"source\":\"e820\",\"phys_bits\":52,\"page_bits\":21,\"map_hash\":\"0x0000000000001234\","
                        "\"image\":[\"0x100000\",\"0x140000\"],"
                        "\"reserved\":[{\"name\":\"low-memory\",\"start\":\"0x0\",\"end\":\"0x100000\"},"
                        "{\"name\":\"handoff\",\"start\":\"0x10000\",\"end\":\"0x16000\"},"
                        "{\"name\":\"image\",\"start\":\"0x100000\",\"end\":\"0x140000\"},"
                        "{\"name\":\"page-tables\",\"start\":\"0x140000\",\"end\":\"0x144000\"},"
                        "{\"name\":\"heap-control\",\"start\":\"0x144000\",\"end\":\"0x145000\"}],"
                        "\"regions\":[{\"start\":\"0x1c4000\",\"end\":\"0x7fe0000\",\"table_start\":\"0x145000\","
                        "\"table_end\":\"0x1c4000\"}],"
                        "\"usable_bytes\":133038080,\"eligible_bytes\":132755456,\"heap_bytes\":132235264}");
}

static void regions_are_separated_by_commas_and_none_is_an_empty_list(void **state)
{
    (void)state;
    const struct certificate certificate = {"88h", UINT64_MAX};
    MOCK_MAP(&machine, {1 * MIB, 4 * MIB, 1}, {8 * MIB, 4 * MIB, 1});
    mock_plan(&machine);
    report_certificate(&machine.plan, &certificate, capture);
    assert_captured("\"table_end\":\"0x149000\"},{\"start\":\"0x804000\"");
    assert_captured("\"map_hash\":\"0xffffffffffffffff\"");

    mock_start(&machine);
    capture_clear();
    mock_plan(&machine);
    report_certificate(&machine.plan, &certificate, capture);
    assert_captured("\"regions\":[],\"usable_bytes\":0,");
}

/* Module names come from whoever made the boot disk. */
static void a_name_cannot_break_the_json(void **state)
{
    (void)state;
    const struct certificate certificate = {"e820", 0};
    use_pc_with_128_mib();
    machine.reserved[1] = (struct reservation){"a\"b\\c\nd\x80 e", {2 * MIB, 3 * MIB}};
    plan_make(&machine.plan, &machine.input);
    report_certificate(&machine.plan, &certificate, capture);
    assert_captured("{\"name\":\"a?b?c?d? e\",\"start\":\"0x200000\"");
}

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

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sizes_are_short_and_rounded_down),
        TEST(the_raw_list_prints_its_count_and_only_unusual_attributes),
        TEST(the_map_prints_ranges_and_what_was_repaired),
        TEST(reservations_print_with_their_names),
        TEST(the_drawing_of_a_small_machine),
        TEST(the_drawing_of_a_large_machine_leaves_out_the_gaps),
        TEST(the_drawing_zooms_to_the_image_and_shows_small_things),
        TEST(a_machine_without_memory_is_drawn_as_nothing),
        TEST(each_usable_piece_that_is_not_heap_has_its_reason),
        TEST(a_boot_module_is_named_and_the_handoff_in_low_memory_is_not_counted_twice),
        TEST(a_piece_cut_into_regions_says_why),
        TEST(a_refused_plan_says_why_and_what_there_was),
        TEST(without_a_plan_longer_pieces_are_not_planned),
        TEST(the_hash_is_fnv_1a_over_every_record_in_order),
        TEST(the_certificate_is_one_json_object_with_its_keys_in_order),
        TEST(regions_are_separated_by_commas_and_none_is_an_empty_list),
        TEST(a_name_cannot_break_the_json),
        TEST(every_report_of_random_maps_fits_the_screen),
        TEST(the_unused_pieces_are_exactly_the_usable_pages_without_a_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
