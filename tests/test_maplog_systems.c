/* tests/tools/maplog.c: memory maps out of the logs of FreeBSD, Xen, SeaBIOS and our kernel. */
#include "tests/maplog_fixture.h"

/* FreeBSD announces no list, but says that it boots: before or below the list. */
static void a_list_below_freebsds_boot_line_is_the_next_boots(void **state)
{
    (void)state;
    static const char *const BOOTS[] = {"---<<BOOT>>---", "Copyright (c) 1992-2025 The FreeBSD Project."};
    for (size_t i = 0; i < sizeof BOOTS / sizeof BOOTS[0]; i++) {
        char text[600];
        snprintf(text, sizeof text,
                 "%s\n"
                 "SMAP type=01 base=0000000000000000 len=000000000009fc00\n"
                 "SMAP type=02 base=000000000009fc00 len=0000000000000400\n"
                 "SMAP type=01 base=0000000000100000 len=0000000007ee0000\n"
                 "%s\n"
                 "SMAP type=01 base=0000000000000000 len=000000000009fc00\n"
                 "SMAP type=02 base=00000000000f0000 len=0000000000010000\n",
                 BOOTS[i], BOOTS[i]);
        read_good(text);
        assert_small_map("e820", "FreeBSD SMAP lines");
        assert_int_equal(maplog.later_count, 2);
    }
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

    read_good("(XEN) [    0.000000] Xen-e820 RAM map:\n"
              "(XEN) [    0.000000]  [0000000000000000, 000000000009fbff] (usable)\n"
              "(XEN) [2026-11-23 01:00:00.123]  [000000000009fc00, 000000000009ffff] (reserved)\n"
              "(XEN) [2026-11-23 01:00:00]  0000000000100000 - 0000000007fe0000 (usable)\n");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_below_freebsds_boot_line_is_the_next_boots),
        cmocka_unit_test(freebsds_types_are_hexadecimal_and_attributes_may_come),
        cmocka_unit_test(both_of_xens_styles_are_read_below_its_header),
        cmocka_unit_test(a_xen_guests_list_is_its_firmwares),
        cmocka_unit_test(seabios_counts_its_entries),
        cmocka_unit_test(our_own_print_is_read_out_of_a_whole_transcript),
        cmocka_unit_test(our_own_print_keeps_attributes_wraps_and_empty_entries),
        cmocka_unit_test(a_machine_that_told_nothing_is_a_map_without_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
