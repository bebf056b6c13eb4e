/* tests/tools/maplog.c: memory maps out of pasted text, in every form that is known. */
#include "tests/maplog_fixture.h"

static void a_new_style_linux_list_has_its_last_byte_inside(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n");
    assert_small_map("e820", "Linux boot log");
    assert_int_equal(maplog.first_line, 1);
    assert_false(maplog.headless);
}

static void an_old_style_linux_list_has_its_end_outside(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              " BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)\n"
              " BIOS-e820: 000000000009fc00 - 00000000000a0000 (reserved)\n"
              " BIOS-e820: 0000000000100000 - 0000000007fe0000 (usable)\n");
    assert_small_map("e820", "Linux boot log");
}

static void the_oldest_linux_lists_have_the_size_first(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              " BIOS-e820: 0009fc00 @ 00000000 (usable)\n"
              " BIOS-e820: 00000400 @ 0009fc00 (reserved)\n"
              " BIOS-e820: 07ee0000 @ 00100000 (usable)\n");
    assert_small_map("e820", "Linux boot log");
}

static void the_newest_linux_lists_print_gaps_and_other_words(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff]  System RAM\n"
              "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff]  device reserved\n"
              "BIOS-e820: [gap 0x00000000000a0000-0x00000000000fffff]\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff]  System RAM\n");
    assert_small_map("e820", "Linux boot log");
}

static void time_stamps_syslog_prefixes_quotes_and_line_ends_do_not_matter(void **state)
{
    (void)state;
    read_good(
        "> [    0.000000] BIOS-provided physical RAM map:\r\n"
        "<6>[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\r\n"
        "Jan  1 00:00:00 host kernel: [    0.000000] BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] "
        "reserved  \n"
        "\t2026-08-09T08:08:43.080727+00:00 host kernel: BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] "
        "usable");
    assert_small_map("e820", "Linux boot log");
}

static void all_of_linuxs_words_for_types_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        uint32_t type;
    } TYPES[] = {
        {"usable", 1},
        {"System RAM", 1},
        {"kernel usable RAM", 1},
        {"reserved", 2},
        {"device reserved", 2},
        {"ACPI data", 3},
        {"(ACPI data)", 3},
        {"ACPI NVS", 4},
        {"unusable", 5},
        {"(unusable)", 5},
        {"persistent (type 7)", 7},
        {"persistent RAM (type 12)", 12},
        {"soft reserved", 0xEFFFFFFF},
        {"type 20", 20},
        {"(type 4294967295)", 0xFFFFFFFF},
    };
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        char line[160];
        snprintf(line, sizeof line, "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] %s\n", TYPES[i].words);
        read_good(line);
        assert_entry(0, 0x100000, 0x100000, TYPES[i].type);
    }
}

static void the_fallback_calls_have_their_own_names(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              " BIOS-e801: 000000000009f000 @ 0000000000000000 (usable)\n"
              " BIOS-e801: 0000000003f00000 @ 0000000000100000 (usable)\n");
    assert_string_equal(maplog.source, "e801");
    read_good(" BIOS-88: 000000000009f000 @ 0000000000000000 (usable)\n");
    assert_string_equal(maplog.source, "88h");
}

/* Lists that Linux made itself out of the first, and the second boot in the same file. */
static void only_the_first_list_counts_and_the_others_are_counted(void **state)
{
    (void)state;
    read_good("Linux version 6.1\n"
              "BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n"
              "NX (Execute Disable) protection: active\n"
              "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved\n"
              "e820: remove [mem 0x000a0000-0x000fffff] usable\n"
              "user-defined physical RAM map:\n"
              "user: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
              "modified: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
              " modified: 0000000000000000 - 0000000000001000 (reserved)\n"
              "extended: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
              "reserve setup_data: [mem 0x0000000000000000-0x0000000000000fff] usable\n"
              "BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n");
    assert_small_map("e820", "Linux boot log");
    assert_int_equal(maplog.first_line, 2);
    assert_int_equal(maplog.later_count, 6);
    assert_int_equal(maplog.later_line, 10);
}

/* Other processors' messages may stand between two entries; the list goes on. */
static void lines_between_the_entries_do_not_end_the_list(void **state)
{
    (void)state;
    read_good("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "random: crng init done\n"
              "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
              "last modified: 2026-01-01, user: 1000\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n");
    assert_small_map("e820", "Linux boot log");
    assert_int_equal(maplog.later_count, 0);
    assert_true(maplog.headless);
}

static void a_list_that_begins_anew_without_a_header_is_the_next_boot(void **state)
{
    (void)state;
    read_good("SMAP type=01 base=0000000000000000 len=000000000009fc00\n"
              "SMAP type=02 base=000000000009fc00 len=0000000000000400\n"
              "SMAP type=01 base=0000000000100000 len=0000000007ee0000\n"
              "---<<BOOT>>---\n"
              "SMAP type=01 base=0000000000000000 len=000000000009fc00\n"
              "SMAP type=02 base=00000000000f0000 len=0000000000010000\n");
    assert_small_map("e820", "FreeBSD SMAP lines");
    assert_int_equal(maplog.later_count, 2);
}

static void two_equal_entries_one_after_the_other_are_the_firmwares(void **state)
{
    (void)state;
    read_good("SMAP type=01 base=0000000000000000 len=000000000009fc00\n"
              "SMAP type=01 base=0000000000000000 len=000000000009fc00\n");
    assert_int_equal(maplog.count, 2);
}

static void freebsds_types_are_hexadecimal_and_attributes_may_come(void **state)
{
    (void)state;
    read_good("SMAP type=14 base=0000000000100000 len=0000000000100000\n"
              "SMAP type=01 base=0000000000200000 len=0000000000100000 attr=03\n"
              "SMAP type=01, xattr=00, base=0000000000300000, len=0000000000100000\n");
    assert_entry(0, 0x100000, 0x100000, 20);
    assert_int_equal(maplog.entries[1].attributes, 3);
    assert_int_equal(maplog.entries[2].base, 0x300000);
    assert_int_equal(maplog.entries[2].attributes, 0);
}

static void both_of_xens_styles_are_read_below_its_header(void **state)
{
    (void)state;
    read_good("(XEN) Video information:\n"
              "(XEN) Xen-e820 RAM map:\n"
              "(XEN)  0000000000000000 - 000000000009fc00 (usable)\n"
              "(XEN)  000000000009fc00 - 00000000000a0000 (reserved)\n"
              "(XEN)  0000000000100000 - 0000000007fe0000 (usable)\n"
              "(XEN) System RAM: 127MB (130000kB)\n"
              "(XEN)  0000000000100000 - 0000000007fe0000 (usable)\n"
              "BIOS-provided physical RAM map:\n"
              "Xen: [mem 0x0000000000000000-0x000000000009ffff] usable\n");
    assert_small_map("e820", "Xen boot log");
    assert_int_equal(maplog.later_count, 1);

    read_good("(XEN) [0000003431f47909] Xen-e820 RAM map:\n"
              "(XEN) [0000003432ac52a2]  [0000000000000000, 000000000009fbff] (usable)\n"
              "(XEN) [0000003432ac52a2]  [000000000009fc00, 000000000009ffff] (reserved)\n"
              "(XEN)  [0000000000100000, 0000000007fdffff] (usable)\n");
    assert_small_map("e820", "Xen boot log");
}

static void a_xen_guests_list_is_its_firmwares(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              "Xen: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "Xen: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
              "Xen: [mem 0x0000000000100000-0x0000000007fdffff] usable\n");
    assert_small_map("e820", "Linux boot log");
}

static void seabios_counts_its_entries(void **state)
{
    (void)state;
    read_good("SeaBIOS (version 1.16)\n"
              "e820 map has 3 items:\n"
              "  0: 0000000000000000 - 000000000009fc00 = 1 RAM\n"
              "  1: 000000000009fc00 - 00000000000a0000 = 2 RESERVED\n"
              "  2: 0000000000100000 - 0000000007fe0000 = 1 RAM\n"
              "Booting from Hard Disk\n");
    assert_small_map("e820", "SeaBIOS log");
    assert_refused("e820 map has 2 items:\n"
                   "  0: 0000000000000000 - 000000000009fc00 = 1 RAM\n",
                   "line 1: half a map: the list has 1 entries, but 2 are announced");
}

/* A whole transcript: prompts, other lines, the certificate, and the list once more. */
static void our_own_print_is_read_out_of_a_whole_transcript(void **state)
{
    (void)state;
    read_good("Tessera 0.1.0\r\n"
              "tessera-map: source e801 entries 3\r\n"
              "tessera-map: 0x0000000000000000 0x000000000009fc00 1\r\n"
              "tessera-map: 0x000000000009fc00 0x0000000000000400 2\r\n"
              "tessera-map: 0x0000000000100000 0x0000000007ee0000 1\r\n"
              "tessera: plan {\"source\":\"e801\"}\r\n"
              "tessera: ready\r\n"
              "tessera> map\r\n"
              "tessera-map: source e801 entries 3\r\n"
              "tessera-map: 0x0000000000000000 0x000000000009fc00 1\r\n");
    assert_small_map("e801", "Tessera boot log");
    assert_int_equal(maplog.later_count, 1);
}

static void our_own_print_keeps_attributes_wraps_and_empty_entries(void **state)
{
    (void)state;
    read_good("tessera-map: 0xfffffffffffff000 0x0000000000002000 4294967295 attr=0xfffffffe\n"
              "tessera-map: 0x0000000000000000 0x0000000000000000 0\n");
    assert_int_equal(maplog.count, 2);
    assert_int_equal(maplog.entries[0].base, 0xFFFFFFFFFFFFF000);
    assert_int_equal(maplog.entries[0].length, 0x2000);
    assert_int_equal(maplog.entries[0].type, 0xFFFFFFFF);
    assert_int_equal(maplog.entries[0].attributes, 0xFFFFFFFE);
    assert_entry(1, 0, 0, 0);
}

static void a_machine_that_told_nothing_is_a_map_without_entries(void **state)
{
    (void)state;
    read_good("tessera-map: source none entries 0\n");
    assert_int_equal(maplog.count, 0);
    assert_string_equal(maplog.source, "none");
}

static void an_empty_entry_prints_with_its_last_byte_before_its_first(void **state)
{
    (void)state;
    read_good("BIOS-e820: [mem 0x0000000000001000-0x0000000000000fff] usable\n"
              "BIOS-e820: [mem 0x0000000000000000-0xffffffffffffffff] usable\n"
              "BIOS-e820: [mem 0xffffffffffff0000-0xffffffffffffffff] reserved\n");
    assert_entry(0, 0x1000, 0, 1);
    assert_entry(1, 0, 0, 1);
    assert_entry(2, 0xFFFFFFFFFFFF0000, 0x10000, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_style_linux_list_has_its_last_byte_inside),
        cmocka_unit_test(an_old_style_linux_list_has_its_end_outside),
        cmocka_unit_test(the_oldest_linux_lists_have_the_size_first),
        cmocka_unit_test(the_newest_linux_lists_print_gaps_and_other_words),
        cmocka_unit_test(time_stamps_syslog_prefixes_quotes_and_line_ends_do_not_matter),
        cmocka_unit_test(all_of_linuxs_words_for_types_are_known),
        cmocka_unit_test(the_fallback_calls_have_their_own_names),
        cmocka_unit_test(only_the_first_list_counts_and_the_others_are_counted),
        cmocka_unit_test(lines_between_the_entries_do_not_end_the_list),
        cmocka_unit_test(a_list_that_begins_anew_without_a_header_is_the_next_boot),
        cmocka_unit_test(two_equal_entries_one_after_the_other_are_the_firmwares),
        cmocka_unit_test(freebsds_types_are_hexadecimal_and_attributes_may_come),
        cmocka_unit_test(both_of_xens_styles_are_read_below_its_header),
        cmocka_unit_test(a_xen_guests_list_is_its_firmwares),
        cmocka_unit_test(seabios_counts_its_entries),
        cmocka_unit_test(our_own_print_is_read_out_of_a_whole_transcript),
        cmocka_unit_test(our_own_print_keeps_attributes_wraps_and_empty_entries),
        cmocka_unit_test(a_machine_that_told_nothing_is_a_map_without_entries),
        cmocka_unit_test(an_empty_entry_prints_with_its_last_byte_before_its_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
