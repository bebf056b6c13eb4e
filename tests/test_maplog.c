/* tests/tools/maplog.c: memory maps out of pasted text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/maps.h"
#include "tests/random.h"
#include "tests/tools/maplog.h"

static struct maplog maplog;

/* The text ends where its memory ends, so that reading past it is noticed. */
static bool read_bytes(const char *text, size_t bytes, const char *name)
{
    char *copy = malloc(bytes + 1);
    assert_non_null(copy);
    memcpy(copy + 1, text, bytes);
    memset(&maplog, 0xA5, sizeof maplog);
    bool good = maplog_read(&maplog, copy + 1, bytes, name);
    free(copy);
    assert_non_null(memchr(maplog.error, '\0', sizeof maplog.error));
    assert_true(good == (maplog.error[0] == '\0'));
    return good;
}

static void read_good(const char *text)
{
    if (!read_bytes(text, strlen(text), NULL)) {
        fail_msg("%s", maplog.error);
    }
}

static void assert_refused(const char *text, const char *problem)
{
    assert_false(read_bytes(text, strlen(text), NULL));
    if (strstr(maplog.error, problem) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", maplog.error, problem);
    }
}

static void assert_entry(uint32_t index, uint64_t base, uint64_t length, uint32_t type)
{
    assert_true(index < maplog.count);
    assert_int_equal(maplog.entries[index].base, base);
    assert_int_equal(maplog.entries[index].length, length);
    assert_int_equal(maplog.entries[index].type, type);
    assert_int_equal(maplog.entries[index].attributes, 1);
}

/* The same three entries in every form. */
static void assert_small_map(const char *source, const char *form)
{
    assert_int_equal(maplog.count, 3);
    assert_entry(0, 0, 0x9FC00, 1);
    assert_entry(1, 0x9FC00, 0x400, 2);
    assert_entry(2, 0x100000, 0x7EE0000, 1);
    assert_string_equal(maplog.source, source);
    assert_string_equal(maplog.form, form);
}

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
        "BIOS-e820: [gap 0x0000000000100000",
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
                   "line 1: half a map: the log says last_pfn = 0x7fe0, but no usable entry reaches that page");
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
              "user: [mem 0x0000000000000000-0x0000000007fdffff] usable\n"
              "last_pfn = 0x7fe0 max_arch_pfn = 0x400000000\n");
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

static const char TWO_MAPS[] =
    "{\"name\": \"first\", \"entries\": [{\"base\": \"0x0\", \"length\": \"0x1000\", \"type\": 2}]}\n"
    "{\"name\": \"second\", \"machine\": {\"a\": [1, -2.5e3, null, true, \"\\u00e9\\ud83d\\ude00\"]}, \"call\": "
    "\"88\",\n"
    " \"entries\": [{\"base\": \"0x0\", \"length\": \"0x9fc00\", \"type\": 1, \"size\": 20, \"attr\": 0},\n"
    "  {\"type\": 2, \"length\": 1024, \"base\": 654336},\n"
    "  {\"base\": \"0x0\", \"length\": \"0x0\", \"type\": 1, \"size\": 19},\n"
    "  {\"base\": \"0x100000\", \"length\": \"0x7ee0000\", \"type\": 1, \"size\": 24, \"attr\": 1}]}\n";

static void a_json_map_is_picked_by_its_name(void **state)
{
    (void)state;
    assert_true(read_bytes(TWO_MAPS, sizeof TWO_MAPS - 1, "second"));
    assert_small_map("88h", "JSON");
    assert_int_equal(maplog.first_line, 2);
    assert_int_equal(maplog.short_count, 1);
}

static void one_json_map_needs_no_name(void **state)
{
    (void)state;
    read_good(" \n{\"entries\":[{\"base\":\"0x1000\",\"length\":\"0x2000\",\"type\":1,\"size\":24,\"attr\":2}]}");
    assert_int_equal(maplog.count, 1);
    assert_int_equal(maplog.entries[0].attributes, 2);
    read_good("{\"entries\":[]}");
    assert_int_equal(maplog.count, 0);
}

static void several_json_maps_without_a_name_are_listed(void **state)
{
    (void)state;
    assert_refused(TWO_MAPS, "2 maps, and no NAME to pick one: first, second");
    assert_false(read_bytes(TWO_MAPS, sizeof TWO_MAPS - 1, "third"));
    assert_string_equal(maplog.error, "line 1: no map is named 'third'; there are 2: first, second");
}

static void json_that_is_damaged_or_contradicts_itself_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{", "cut off"},
        {"{}", "line 1: half a map: the object has no entries"},
        {"{\"entries\":[{}]}", "half a map: an entry needs base, length and type"},
        {"{\"entries\":[{\"base\":\"0x0\",\"type\":1}]}", "half a map: an entry needs base, length and type"},
        {"{\"entries\":\n[{\"base\":\"0x0\",\n\"length\":\"0x1", "line 3: the JSON is cut off or damaged"},
        {"{\"entries\":[{\"base\":\"0x0\",\"base\":\"0x1\",\"length\":\"0x1\",\"type\":1}]}", "the same thing twice"},
        {"{\"entries\":[{\"base\":\"10\",\"length\":\"0x1\",\"type\":1}]}",
         "a hexadecimal number of at most 64 bits"},
        {"{\"entries\":[{\"base\":\"0x10000000000000000\",\"length\":\"0x1\",\"type\":1}]}", "at most 64 bits"},
        {"{\"entries\":[{\"base\":18446744073709551616,\"length\":\"0x1\",\"type\":1}]}", "does not fit 64 bits"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":4294967296}]}", "does not fit 32 bits"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":-1}]}", "a whole number, not negative"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":1.5}]}", "a whole number, not negative"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":01}]}", "a whole number, not negative"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":1}{}]}", "cut off or damaged"},
        {"{\"entries\":[],\"x\":\"\\ud800\"}", "half a surrogate pair"},
        {"{\"entries\":[],\"x\":\"\\q\"}", "cut off or damaged"},
        {"{\"entries\":[],\"x\":\"a\nb\"}", "cut off or damaged"},
        {"{\"entries\":[],\"x\":?}", "cut off or damaged"},
        {"{\"entries\":[],\"call\":\"e999\"}", "call is e820, e801 or 88"},
        {"{\"entries\":[]} x", "cut off or damaged"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_refused(CASES[i][0], CASES[i][1]);
    }
}

static void json_that_is_nested_too_deeply_is_refused(void **state)
{
    (void)state;
    char text[300] = "{\"x\":";
    memset(text + 5, '[', 200);
    assert_refused(text, "nested too deeply");
}

static void json_escapes_are_understood_in_names(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"name\":\"a\\\"\\\\\\/\\u0041\\u00e9\\ud83d\\ude00\",\"entries\":[]}\n"
                               "{\"name\":\"b\",\"entries\":[]}";
    assert_true(read_bytes(TEXT, sizeof TEXT - 1, "a\"\\/A\xc3\xa9\xf0\x9f\x98\x80"));
}

static void linux_words(char words[40], uint32_t type)
{
    static const char *const WORDS[] = {"usable", "reserved", "ACPI data", "ACPI NVS", "unusable"};
    if (type >= 1 && type <= 5) {
        snprintf(words, 40, "%s", WORDS[type - 1]);
    } else {
        snprintf(words, 40, "type %u", type);
    }
}

/* Prints an entry in one of the five forms that the logs of these machines had, or ours. */
static void print_entry(char line[160], unsigned form, const struct firmware_entry *entry)
{
    char words[40];
    unsigned long long base = entry->base;
    unsigned long long length = entry->length;
    linux_words(words, entry->type);
    switch (form) {
    case 0: snprintf(line, 160, "BIOS-e820: [mem 0x%016llx-0x%016llx] %s\n", base, base + length - 1, words); break;
    case 1: snprintf(line, 160, " BIOS-e820: %016llx - %016llx (%s)\n", base, base + length, words); break;
    case 2: snprintf(line, 160, " BIOS-e820: %016llx @ %016llx (%s)\n", length, base, words); break;
    case 3: snprintf(line, 160, "SMAP type=%02x base=%016llx len=%016llx\n", entry->type, base, length); break;
    default: snprintf(line, 160, "tessera-map: 0x%016llx 0x%016llx %u\n", base, length, entry->type); break;
    }
}

static void every_real_map_is_read_back_from_every_form(void **state)
{
    (void)state;
    static char text[E820_ANSWERS_MAX * 160];
    for (size_t i = 0; i < real_map_count; i++) {
        for (unsigned form = 0; form < 5; form++) {
            text[0] = '\0';
            for (size_t k = 0; k < real_maps[i].count; k++) {
                print_entry(text + strlen(text), form, &real_maps[i].entries[k]);
            }
            read_good(text);
            assert_int_equal(maplog.count, real_maps[i].count);
            for (uint32_t k = 0; k < maplog.count; k++) {
                const struct firmware_entry *entry = &real_maps[i].entries[k];
                bool hidden = form == 0 && entry->length == 0; /* prints as 0 to 2^64 - 1 */
                assert_entry(k, hidden ? maplog.entries[k].base : entry->base, entry->length, entry->type);
            }
        }
    }
}

/* Cut, garbled and spliced texts are read or refused, never more. The sanitizers watch. */
static void damaged_texts_never_break_the_reader(void **state)
{
    (void)state;
    static const char TEXT[] = "[    0.000000] BIOS-provided physical RAM map:\n"
                               "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
                               " BIOS-e820: 000000000009fc00 - 00000000000a0000 (reserved)\n"
                               " BIOS-e820: 07ee0000 @ 00100000 (persistent (type 12))\n"
                               "SMAP type=01, xattr=00, base=0000000000300000, len=0000000000100000\n"
                               "(XEN) Xen-e820 RAM map:\n(XEN)  [0000000000000000, 000000000009fbff] (usable)\n"
                               "e820 map has 1 items:\n  0: 0000000000000000 - 000000000009fc00 = 1 RAM\n"
                               "tessera-map: source e820 entries 1\n"
                               "tessera-map: 0x0000000000000000 0x000000000009fc00 1 attr=0x3\n";
    struct random random = random_seeded("test_maplog");
    for (unsigned round = 0; round < 4000; round++) {
        const char *source = round % 2 == 0 ? TEXT : TWO_MAPS;
        size_t length = round % 2 == 0 ? sizeof TEXT - 1 : sizeof TWO_MAPS - 1;
        char text[sizeof TEXT + sizeof TWO_MAPS];
        memcpy(text, source, length);
        for (uint64_t changes = random_below(&random, 6); changes > 0; changes--) {
            size_t at = (size_t)random_below(&random, length);
            size_t from = (size_t)random_below(&random, length);
            size_t most = length - (at > from ? at : from);
            memmove(text + at, text + from, (size_t)random_below(&random, most < 20 ? most : 20));
            text[at] = (char)random_next(&random);
        }
        size_t start = (size_t)random_below(&random, 20);
        (void)read_bytes(text + start, length - start - (size_t)random_below(&random, 40), NULL);
        assert_in_range(maplog.count, 0, E820_ANSWERS_MAX);
    }
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
        cmocka_unit_test(a_line_that_is_cut_off_is_refused_with_its_number),
        cmocka_unit_test(a_line_that_contradicts_itself_is_refused),
        cmocka_unit_test(a_number_that_does_not_fit_is_refused),
        cmocka_unit_test(half_a_list_is_refused),
        cmocka_unit_test(a_last_pfn_that_the_list_explains_is_fine),
        cmocka_unit_test(a_text_without_a_map_is_refused),
        cmocka_unit_test(as_many_entries_as_the_firmware_may_have_are_read_and_no_more),
        cmocka_unit_test(an_error_shows_the_line_as_plain_text),
        cmocka_unit_test(a_json_map_is_picked_by_its_name),
        cmocka_unit_test(one_json_map_needs_no_name),
        cmocka_unit_test(several_json_maps_without_a_name_are_listed),
        cmocka_unit_test(json_that_is_damaged_or_contradicts_itself_is_refused_with_its_line),
        cmocka_unit_test(json_that_is_nested_too_deeply_is_refused),
        cmocka_unit_test(json_escapes_are_understood_in_names),
        cmocka_unit_test(every_real_map_is_read_back_from_every_form),
        cmocka_unit_test(damaged_texts_never_break_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
