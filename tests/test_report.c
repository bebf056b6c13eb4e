/* mm/report.c, mm/report_reasons.c: map and plan in words. */
#include "tests/report_fixture.h"

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

/*   1M      +256K  +320K    32M    32M+60K
 *   |image  |PP|ttt|  heap   | a gap |usable| */
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
                        "  [0x0410000000000, 0x0410000100000)      1 MiB  beyond the direct map\n"
                        "  [0x0000000143000, 0x0000000152000)     60 KiB  table of the blocks after it\n"
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
                    "    cut there: a region has at most 2^31 blocks\n");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sizes_are_short_and_rounded_down),
        TEST(the_raw_list_prints_its_count_and_only_unusual_attributes),
        TEST(the_map_prints_ranges_and_what_was_repaired),
        TEST(reservations_print_with_their_names),
        TEST(each_usable_piece_that_is_not_heap_has_its_reason),
        TEST(a_boot_module_is_named_and_the_handoff_in_low_memory_is_not_counted_twice),
        TEST(a_piece_cut_into_regions_says_why),
        TEST(a_refused_plan_says_why_and_what_there_was),
        TEST(without_a_plan_longer_pieces_are_not_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
