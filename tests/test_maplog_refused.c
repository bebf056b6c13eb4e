/* tests/tools/maplog.c: half a map, contradictions, too large numbers: refused with line and reason. */
#include "tests/maplog_fixture.h"

/* Each of these is half a line: the line is named and shown. */
static void a_line_that_is_cut_off_is_refused_with_its_number(void **state)
{
    (void)state;
    static const char *const HALVES[] = {
        "BIOS-e820:",
        "BIOS-e820: [mem",
        "BIOS-e820: [mem 0x",
        "BIOS-e820: [mem 0x0000000000100000",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff]",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff]    1",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff]    1.",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff]    1.5 M",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff]    1   MB",
        "BIOS-e820: [gap 0x0000000000100000",
        "BIOS-e820: [gap 0x0000000000100000-0x00000000001ff",
        "BIOS-e820: 0000000000000000 - ",
        "BIOS-e820: 0000000000000000 - 000000000009fc00",
        "BIOS-e820: 0000000000000000 - 000000000009fc00 (usab",
        "BIOS-e820: 0000000000000000 - 000000000009fc00 (",
        "BIOS-e820: 0009fc00 @ 000000",
        "BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] persistent (type 12",
        "SMAP type=",
        "SMAP type=01 base=000000",
        "SMAP type=01 base=0000000000100000 len=00000000000",
        "SMAP type=01 base=0000000000100000 len=0000000000100000 att",
        "tessera-map: ",
        "tessera-map: 0x0000000000100000 0x",
        "tessera-map: 0x0000000000100000 0x0000000000100000",
        "tessera-map: 0x0000000000100000 0x0000000000100000 1 attr=",
    };
    for (size_t i = 0; i < sizeof HALVES / sizeof HALVES[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "hello\n%s\n", HALVES[i]);
        assert_refused(text, "line 2: the line is cut off or damaged: '");
        assert_refused(HALVES[i], "line 1: ");
    }
    assert_refused("x\nBIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usab\n",
                   "line 2: the type is not one that is known: "
                   "'BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usab'");
}

static void a_line_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static const char BACKWARDS[] = "line 1: the range ends before it starts: 'BIOS-e820";
    assert_refused("BIOS-e820: [mem 0x0000000000100000-0x00000000000ffffe] usable\n", BACKWARDS);
    assert_refused("BIOS-e820: 0000000000100000 - 00000000000fffff (usable)\n", BACKWARDS);
    assert_refused("e820 map has 1 items:\n  0: 0000000000000001 - 0000000000000000 = 1 RAM\n",
                   "line 2: the range ends before it starts");
}

static void a_number_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    static const char TOO_LARGE[] = "line 1: a number does not fit 64 bits: '";
    assert_refused("BIOS-e820: [mem 0x00000000000000000-0x10000000000000000] usable\n", TOO_LARGE);
    assert_refused("SMAP type=01 base=10000000000000000 len=0000000000100000\n", TOO_LARGE);
    assert_refused("tessera-map: 0x10000000000000000 0x0 1\n", TOO_LARGE);
    assert_refused("BIOS-e820: [mem 0x0000000000000000-0x0000000000000fff] type 4294967296\n",
                   "the type does not fit 32 bits");
    assert_refused("tessera-map: 0x0 0x0 4294967296\n", "a field does not fit 32 bits");
    assert_refused("tessera-map: 0x0 0x0 1 attr=0x100000000\n", "a field does not fit 32 bits");
    assert_refused("SMAP type=100000000 base=0000000000000000 len=0000000000100000\n", "does not fit 32 bits");
}

static void half_a_list_is_refused(void **state)
{
    (void)state;
    assert_refused("Linux version 6.1\nBIOS-provided physical RAM map:\nNX protection: active\n",
                   "line 2: half a map: the list is announced, but has no entries");
    assert_refused("tessera-map: source e820 entries 2\n"
                   "tessera-map: 0x0000000000000000 0x000000000009fc00 1\n",
                   "line 1: half a map: the list has 1 entries, but 2 are announced");
    assert_refused("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
                   "last_pfn = 0x7fe0 max_arch_pfn = 0x400000000\n",
                   "line 1: half a map: the log says last_pfn = 0x7fe0, but no memory in the list reaches that page");
}

/* last_pfn is where Linux's own map ends: it may be lower than the firmware's, and higher where Linux was told so. */
static void a_last_pfn_that_the_list_explains_is_fine(void **state)
{
    (void)state;
    read_good("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n"
              "last_pfn = 0x7fe0 max_arch_pfn = 0x400000000\n"
              "last_pfn = 0x100 max_arch_pfn = 0x400000000\n");
    read_good("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x0000000100000000-0x00000001ffffffff] persistent (type 12)\n"
              "last_pfn = 0x200000 max_arch_pfn = 0x400000000\n");
    read_good("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
              "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\n"
              "BIOS-e820: [mem 0x0000000007fe0000-0x0000000007ffffff] ACPI data\n"
              "last_pfn = 0x8000 max_arch_pfn = 0x400000000\n");
}

/* What `memmap=` on the command line or an EFI boot adds is in a list of its own; the next boot may have more RAM. */
static void a_last_pfn_that_is_not_this_lists_proves_nothing(void **state)
{
    (void)state;
    static const char *const BETWEEN[] = {
        "user: [mem 0x0000000000000000-0x0000000007fdffff] usable",
        "extended: [mem 0x0000000000000000-0x0000000007fdffff] usable",
        ("user: [mem 0x0000000000000000-0x0000000007fdffff] usable\n"
         "modified: [mem 0x0000000000001000-0x0000000007fdffff] usable"),
        "BIOS-provided physical RAM map:",
        "tessera-map: 0x0000000000000000 0x0000000007fe0000 1",
        ("modified: [mem 0x0000000000000000-0x0000000000000fff] usable\n"
         "BIOS-e820: [mem 0x0000000000000000-0x0000000007fdffff] usable"),
    };
    for (size_t i = 0; i < sizeof BETWEEN / sizeof BETWEEN[0]; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n%s\n"
                 "last_pfn = 0x7fe0 max_arch_pfn = 0x400000000\n",
                 BETWEEN[i]);
        read_good(text);
        assert_int_equal(maplog.count, 1);
    }
}

/* A whole dmesg whose upper part is lost: later lists that only take memory away do not excuse what is missing.
 *   firmware  |RAM|res|####### RAM to 3.2 GiB #######|  hole  |#### RAM to 8.75 GiB ####|
 *   pasted    |RAM|res|####### RAM to 3.2 GiB #######|                                    last_pfn = 0x230000 */
static void half_a_map_is_noticed_in_a_whole_dmesg(void **state)
{
    (void)state;
    static const char HEAD[] =
        "[    0.000000] Linux version 6.1.0-18-amd64 (gcc-12, GNU ld 2.40) #1 SMP PREEMPT_DYNAMIC\n"
        "[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz root=UUID=0 ro quiet\n"
        "[    0.000000] BIOS-provided physical RAM map:\n"
        "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] usable\n"
        "[    0.000000] BIOS-e820: [mem 0x000000000009f000-0x00000000000fffff] reserved\n"
        "[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000cfedffff] usable\n";
    static const char UPPER[] = "[    0.000000] BIOS-e820: [mem 0x0000000100000000-0x000000022fffffff] usable\n";
    static const char TAIL[] = "[    0.000000] NX (Execute Disable) protection: active\n"
                               "[    0.000000] extended physical RAM map:\n"
                               "[    0.000000] %s [mem 0x0000000000000000-0x000000000009efff] usable\n"
                               "[    0.000000] %s [mem 0x0000000000100000-0x00000000cfedffff] usable\n"
                               "[    0.003266] e820: update [mem 0x00000000-0x00000fff] usable ==> reserved\n"
                               "[    0.003268] e820: remove [mem 0x000a0000-0x000fffff] usable\n"
                               "[    0.003273] last_pfn = 0x230000 max_arch_pfn = 0x400000000\n"
                               "[    0.004843] total RAM covered: 8191M\n"
                               "[    0.006510] e820: update [mem 0xcff00000-0xffffffff] usable ==> reserved\n"
                               "[    0.006512] modified: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
                               "[    0.006518] last_pfn = 0xcfee0 max_arch_pfn = 0x400000000\n"
                               "[    0.020834] RAMDISK: [mem 0x36027000-0x3700afff]\n"
                               "[    1.000000] modified: [mem 0x0000000000001000-0x000000000009efff] usable\n";
    static const char *const LABELS[] = {"reserve setup_data:", "modified:"};
    for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
        char tail[sizeof TAIL + 40];
        char text[sizeof HEAD + sizeof UPPER + sizeof tail];
        snprintf(tail, sizeof tail, TAIL, LABELS[i], LABELS[i]);
        snprintf(text, sizeof text, "%s%s%s", HEAD, UPPER, tail);
        read_good(text);
        assert_int_equal(maplog.count, 4);
        assert_int_equal(maplog.later_count, 4);
        snprintf(text, sizeof text, "%s%s", HEAD, tail);
        assert_refused(text, "line 3: half a map: the log says last_pfn = 0x230000");
    }
}

static void a_text_without_a_map_is_refused(void **state)
{
    (void)state;
    assert_refused("", "line 1: from here to the end there is no memory map");
    assert_refused("hello\nworld\n", "line 1: from here to the end there is no memory map");
    assert_refused("user: [mem 0x0000000000000000-0x0000000000000fff] usable\n", "there is no memory map");
    assert_false(read_bytes("BIOS-e820: 00000000 - 00001000 (usable)\n", 40, "name"));
    assert_non_null(strstr(maplog.error, "a NAME picks one of several JSON objects"));
}

static void as_many_entries_as_the_firmware_may_have_are_read_and_no_more(void **state)
{
    (void)state;
    char *text = malloc(600 * 64);
    assert_non_null(text);
    text[0] = '\0';
    for (unsigned i = 0; i <= E820_ANSWERS_MAX; i++) {
        if (i == E820_ANSWERS_MAX) {
            read_good(text);
            assert_int_equal(maplog.count, E820_ANSWERS_MAX);
        }
        sprintf(text + strlen(text), "tessera-map: 0x%016x 0x0000000000001000 1\n", i * 0x2000);
    }
    assert_refused(text, "line 513: more than 512 entries: 'tessera-map");
    free(text);
}

/* Whatever the text holds, the message is one line of plain ASCII. */
static void an_error_shows_the_line_as_plain_text(void **state)
{
    (void)state;
    static const char DIRTY[] = "BIOS-e820: \x1b[31m\0\xff\t%s";
    assert_false(read_bytes(DIRTY, sizeof DIRTY - 1, NULL));
    for (const char *c = maplog.error; *c != '\0'; c++) {
        assert_in_range(*c, ' ', '~');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_is_cut_off_is_refused_with_its_number),
        cmocka_unit_test(a_line_that_contradicts_itself_is_refused),
        cmocka_unit_test(a_number_that_does_not_fit_is_refused),
        cmocka_unit_test(half_a_list_is_refused),
        cmocka_unit_test(a_last_pfn_that_the_list_explains_is_fine),
        cmocka_unit_test(a_last_pfn_that_is_not_this_lists_proves_nothing),
        cmocka_unit_test(half_a_map_is_noticed_in_a_whole_dmesg),
        cmocka_unit_test(a_text_without_a_map_is_refused),
        cmocka_unit_test(as_many_entries_as_the_firmware_may_have_are_read_and_no_more),
        cmocka_unit_test(an_error_shows_the_line_as_plain_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
