/* tests/tools/maplog.c: memory maps out of Linux's logs, old and new, with whatever stands around them. */
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

/* Linux's patch "Print out sizes of E820 memory ranges": a tenth is shown where the size is not whole. */
static void sizes_between_range_and_type_are_skipped(void **state)
{
    (void)state;
    read_good("BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff]  639   KB kernel usable RAM\n"
              "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff]    1   KB device reserved\n"
              "BIOS-e820: [gap 0x00000000000a0000-0x00000000000fffff]  384   KB ...\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff]  126.8 MB kernel usable RAM\n");
    assert_small_map("e820", "Linux boot log");
    read_good("BIOS-e820: [mem 0x0000000000000000-0x00000000000001ff]    0.5 KB ACPI NVS\n"
              "BIOS-e820: [mem 0x0000000100000000-0x0000007fffffffff]  508   GB System RAM\n"
              "BIOS-e820: [gap 0x0000008000000000-0x000000fcffffffff]  500   GB ...\n"
              "BIOS-e820: [mem 0x000000fd00000000-0x00001fffffffffff]   31.0 TB persistent RAM (type 7)\n"
              "BIOS-e820: [mem 0x0000200000000000-0x00002fffffffffff]\t16 TB\ttype 20\n");
    assert_int_equal(maplog.count, 4);
    assert_entry(0, 0, 0x200, 4);
    assert_entry(1, 0x100000000, 0x7F00000000, 1);
    assert_entry(2, 0xFD00000000, 0x1F0300000000, 7);
    assert_entry(3, 0x200000000000, 0x100000000000, 20);
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

/* dmesg -x -T, journalctl -o short-iso, dmesg -r; tabs and stray line ends, as terminals and mail leave them. */
static void other_prefixes_and_blanks_do_not_matter_either(void **state)
{
    (void)state;
    read_good("kern  :info  : [Mon Nov 23 01:00:00 2026] BIOS-provided physical RAM map:\t\r\r\n"
              "kern  :info  : [Mon Nov 23 01:00:00 2026] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] "
              "usable\r\r\n"
              "2026-11-23T01:00:00+0100 host kernel: BIOS-e820:\t[mem "
              "0x000000000009fc00-0x000000000009ffff]\treserved\t\r\n"
              "<6>[    0.000000] \tBIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] \tusable \t \n");
    assert_small_map("e820", "Linux boot log");
}

/* dmesg --color, a log level in bold, grep --color. */
static void a_terminals_colours_do_not_matter(void **state)
{
    (void)state;
    read_good(
        "\x1b[32m[    0.000000] \x1b[0m\x1b[33mBIOS-provided\x1b[0m physical RAM map:\n"
        "\x1b[32m[    0.000000] \x1b[0m\x1b[33mBIOS-e820: \x1b[0m[mem 0x0000000000000000-0x000000000009fbff] usable\n"
        "\x1b[0;1;39mBIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\x1b[0m\r\n"
        "\x1b[01;31m\x1b[KBIOS-e820\x1b[m\x1b[K: [mem 0x0000000000100000-0x0000000007fdffff] usable\x1b[m\x1b[?25h");
    assert_small_map("e820", "Linux boot log");
    assert_false(maplog.headless);
}

/* Half a control sequence ends with its line, and a line with a screenful of them is refused rather than cut. */
static void damaged_and_endless_colours_are_no_entries(void **state)
{
    (void)state;
    static const char ROW[] = "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usable\x1b[0";
    read_good(ROW);
    assert_entry(0, 0x100000, 0x100000, 1);

    char text[1100];
    memset(text, ' ', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, "\x1b[1m", 4);
    memcpy(text + 1000, ROW, sizeof ROW - 1);
    assert_refused(text, "line 1: ");
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

/* A log that begins in the middle of a boot, as after a rotation. That machine had more memory. */
static void what_an_earlier_boot_left_does_not_count(void **state)
{
    (void)state;
    read_good("modified: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
              "last_pfn = 0x230000 max_arch_pfn = 0x400000000\n"
              "user: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
              "BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n");
    assert_small_map("e820", "Linux boot log");
    assert_int_equal(maplog.first_line, 4);
    assert_int_equal(maplog.later_count, 0);
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

/* Firmware that tells an entry twice must not lose what comes behind it. */
static void an_entry_that_comes_again_is_the_firmwares(void **state)
{
    (void)state;
    read_good("SMAP type=01 base=0000000000000000 len=000000000009fc00\n"
              "SMAP type=01 base=0000000000000000 len=000000000009fc00\n");
    assert_int_equal(maplog.count, 2);
    read_good("BIOS-provided physical RAM map:\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n"
              "[Firmware Bug]: out of order E820 entry!\n"
              "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x0000000001000000-0x0000000001ffffff] reserved\n");
    assert_int_equal(maplog.count, 4);
    assert_entry(2, 0, 0x9FC00, 1);
    assert_entry(3, 0x1000000, 0x1000000, 2);
    assert_int_equal(maplog.later_count, 0);
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
        cmocka_unit_test(sizes_between_range_and_type_are_skipped),
        cmocka_unit_test(time_stamps_syslog_prefixes_quotes_and_line_ends_do_not_matter),
        cmocka_unit_test(other_prefixes_and_blanks_do_not_matter_either),
        cmocka_unit_test(a_terminals_colours_do_not_matter),
        cmocka_unit_test(damaged_and_endless_colours_are_no_entries),
        cmocka_unit_test(all_of_linuxs_words_for_types_are_known),
        cmocka_unit_test(the_fallback_calls_have_their_own_names),
        cmocka_unit_test(only_the_first_list_counts_and_the_others_are_counted),
        cmocka_unit_test(what_an_earlier_boot_left_does_not_count),
        cmocka_unit_test(lines_between_the_entries_do_not_end_the_list),
        cmocka_unit_test(an_entry_that_comes_again_is_the_firmwares),
        cmocka_unit_test(an_empty_entry_prints_with_its_last_byte_before_its_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
