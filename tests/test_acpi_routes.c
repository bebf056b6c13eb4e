/* core/acpi_routes.c and its report: what the MADT says of the interrupts, and what is taken where it says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/acpi_routes.h"
#include "tests/acpi_memory.h"
#include "tests/capture.h"

#define ROOT_AT UINT64_C(0xE0000)
#define RSDT_AT (FAKE_HIGH + 0x101)
#define MADT_AT (FAKE_HIGH + 0x1001)

enum { FLAGS_NONE = 0, FLAGS_8259 = 1, BODY_BYTES_MAX = 0x1000 };

/* Entries of a MADT. Numbers are little-endian. */
#define LOCAL_APIC(enabled)             0, 8, 0xA5, 0xA5, enabled, 0, 0, 0
#define X2APIC(enabled)                 9, 16, 0, 0, 0xA5, 0xA5, 0, 0, enabled, 0, 0, 0, 0, 0, 0, 0
#define IOAPIC(id, page, base)          1, 12, id, 0xA5, 0, page, 0xC0, 0xFE, base, 0, 0, 0
#define OVERRIDE(bus, irq, input, flag) 2, 10, bus, irq, input, 0, 0, 0, flag, 0
#define NMI                             4, 6, 0xFF, 0, 0, 1
#define LOCAL_APIC_AT_4G                5, 12, 0, 0, 0, 0x10, 0, 0, 1, 0, 0, 0
#define UNKNOWN                         0x7F, 3, 0xA5

static struct acpi acpi;
static struct interrupt_routes routes;

static void read_routes(void)
{
    memset(&routes, 0xA5, sizeof routes);
    (void)acpi_find_root(&acpi, 0);
    interrupt_routes_read(&acpi, &routes);
}

/* A machine whose MADT has these entries. */
static void read_madt(uint32_t local_apic, uint32_t flags, const uint8_t *entries, size_t bytes)
{
    static uint8_t body[BODY_BYTES_MAX];
    const uint32_t entry = MADT_AT;
    memcpy(body, &local_apic, 4);
    memcpy(body + 4, &flags, 4);
    memcpy(body + 8, entries, bytes);
    acpi = fake_empty();
    put_root(ROOT_AT, RSDT_AT, 0);
    put_table(RSDT_AT, "RSDT", &entry, sizeof entry);
    put_table(MADT_AT, "APIC", body, 8 + bytes);
    read_routes();
}

#define READ_MADT(local_apic, flags, ...)                                                                            \
    do {                                                                                                             \
        const uint8_t entries[] = {__VA_ARGS__};                                                                     \
        read_madt(local_apic, flags, entries, sizeof entries);                                                       \
    } while (0)

static void assert_isa(uint32_t irq, uint32_t gsi, bool level, bool active_low)
{
    assert_int_equal(routes.isa[irq].gsi, gsi);
    assert_int_equal(routes.isa[irq].level, level);
    assert_int_equal(routes.isa[irq].active_low, active_low);
}

static void assert_ioapic(uint32_t which, uint8_t id, uint32_t address, uint32_t base)
{
    assert_in_range(which, 0, routes.ioapic_count - 1);
    assert_int_equal(routes.ioapics[which].id, id);
    assert_int_equal(routes.ioapics[which].address, address);
    assert_int_equal(routes.ioapics[which].gsi_base, base);
}

static void assert_defaults(enum routes_source source, uint32_t broken_at)
{
    assert_int_equal(routes.source, source);
    assert_int_equal(routes.broken_at, broken_at);
    assert_int_equal(routes.local_apic, 0xFEE00000);
    assert_int_equal(routes.processors, 1);
    assert_true(routes.dual_8259);
    assert_int_equal(routes.ioapic_count, 1);
    assert_int_equal(routes.ioapics_lost, 0);
    assert_ioapic(0, 0, 0xFEC00000, 0);
    for (uint32_t irq = 0; irq < ISA_INTERRUPTS; irq++) {
        assert_isa(irq, irq, false, false);
    }
}

static void assert_madt(uint32_t broken_at, uint32_t ioapics, uint32_t processors)
{
    assert_int_equal(routes.source, ROUTES_FROM_MADT);
    assert_int_equal(routes.broken_at, broken_at);
    assert_int_equal(routes.ioapic_count, ioapics);
    assert_int_equal(routes.processors, processors);
}

static void assert_report(const char *text)
{
    capture_clear();
    interrupt_routes_report(&routes, capture);
    assert_string_equal(captured, text);
}

/* IRQ 0 at input 2; 5, 9, 10 and 11 are PCI's. */
static void qemu_machines_are_wired_like_this(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACPI_MACHINES; i++) {
        acpi = fake_machine(acpi_machines[i]);
        read_routes();
        assert_madt(0, 1, 1);
        assert_int_equal(routes.local_apic, 0xFEE00000);
        assert_true(routes.dual_8259);
        assert_ioapic(0, 0, 0xFEC00000, 0);
        for (uint32_t irq = 0; irq < ISA_INTERRUPTS; irq++) {
            bool pci = irq == 5 || (irq >= 9 && irq <= 11);
            assert_isa(irq, irq == 0 ? 2 : irq, pci, false);
        }
        assert_report(
            "interrupts: as the MADT has it: local APIC at 0xfee00000, I/O APIC 0 at 0xfec00000 from input 0, "
            "two 8259s, processors: 1\n"
            "interrupts: IRQ 0 at input 2 (edge, high), IRQ 5 at input 5 (level, high), IRQ 9 at input 9 "
            "(level, high), IRQ 10 at input 10 (level, high), IRQ 11 at input 11 (level, high)\n");
    }
}

static void without_a_madt_a_pc_is_as_it_always_was(void **state)
{
    (void)state;
    acpi = fake_empty();
    read_routes();
    assert_defaults(ROUTES_NO_MADT, 0);
    assert_report("interrupts: no MADT, so as a PC has it by default: local APIC at 0xfee00000, I/O APIC 0 at "
                  "0xfec00000 from input 0, two 8259s, processors: 1\n");
}

static void a_madt_with_a_wrong_checksum_is_none(void **state)
{
    (void)state;
    acpi = fake_machine(acpi_pc);
    fake(acpi_pc[MADT_PIECE].physical, 64)[50]++;
    read_routes();
    assert_defaults(ROUTES_NO_MADT, 0);
}

static void a_madt_without_an_ioapic_gives_way_to_the_defaults(void **state)
{
    (void)state;
    READ_MADT(0xFEE10000, FLAGS_NONE, LOCAL_APIC(1), LOCAL_APIC(1), OVERRIDE(0, 0, 2, 0xF));
    assert_defaults(ROUTES_NO_IOAPIC, 0);
    assert_report("interrupts: the MADT names no I/O APIC, so as a PC has it by default: local APIC at 0xfee00000, "
                  "I/O APIC 0 at 0xfec00000 from input 0, two 8259s, processors: 1\n");
}

/* It may end where its entries would begin, or before. */
static void a_madt_without_entries_names_no_ioapic(void **state)
{
    (void)state;
    read_madt(0xFEE10000, FLAGS_NONE, (const uint8_t *)"", 0);
    assert_defaults(ROUTES_NO_IOAPIC, 0);
    put_table(MADT_AT, "APIC", "", 0);
    read_routes();
    assert_defaults(ROUTES_NO_IOAPIC, 0);
}

static void processors_that_can_be_used_are_counted(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(0, 0, 0), LOCAL_APIC(1), LOCAL_APIC(0), LOCAL_APIC(3), X2APIC(1),
              X2APIC(2));
    assert_madt(0, 1, 3);
    assert_false(routes.dual_8259);
    assert_report("interrupts: as the MADT has it: local APIC at 0xfee00000, I/O APIC 0 at 0xfec00000 from input 0, "
                  "processors: 3\n");
}

static void the_local_apic_may_lie_above_4_gib_but_not_at_0(void **state)
{
    (void)state;
    READ_MADT(0xFEE10000, FLAGS_8259, IOAPIC(0, 0, 0));
    assert_int_equal(routes.local_apic, 0xFEE10000);
    READ_MADT(0xFEE10000, FLAGS_8259, IOAPIC(0, 0, 0), LOCAL_APIC_AT_4G);
    assert_int_equal(routes.local_apic, UINT64_C(0x100001000));
    READ_MADT(0, FLAGS_8259, IOAPIC(0, 0, 0));
    assert_int_equal(routes.local_apic, 0xFEE00000);
    READ_MADT(0xFEE10000, FLAGS_8259, IOAPIC(0, 0, 0), 5, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(routes.local_apic, 0xFEE10000);
}

/*   input   1        24         64
 *           |I/O 2...|I/O 7 ....|I/O 9 ...    however they are listed */
static void an_input_belongs_to_the_ioapic_that_begins_nearest_below(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(9, 0x20, 64), IOAPIC(2, 0, 1), IOAPIC(7, 0x10, 24));
    assert_madt(0, 3, 0);
    assert_ioapic(0, 9, 0xFEC02000, 64);
    assert_null(interrupt_routes_ioapic(&routes, 0));
    assert_int_equal(interrupt_routes_ioapic(&routes, 1)->id, 2);
    assert_int_equal(interrupt_routes_ioapic(&routes, 23)->id, 2);
    assert_int_equal(interrupt_routes_ioapic(&routes, 24)->id, 7);
    assert_int_equal(interrupt_routes_ioapic(&routes, 64)->id, 9);
    assert_int_equal(interrupt_routes_ioapic(&routes, UINT32_MAX)->id, 9);
}

static void an_ioapic_at_address_0_is_none(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, 1, 12, 8, 0, 0, 0, 0, 0, 24, 0, 0, 0, IOAPIC(3, 0, 0));
    assert_madt(0, 1, 0);
    assert_ioapic(0, 3, 0xFEC00000, 0);
}

static void ioapics_beyond_the_last_place_are_counted(void **state)
{
    (void)state;
    uint8_t entries[(IOAPICS_MAX + 2) * 12];
    for (size_t i = 0; i < IOAPICS_MAX + 2; i++) {
        const uint8_t entry[] = {IOAPIC((uint8_t)i, (uint8_t)i, 0)};
        memcpy(entries + i * sizeof entry, entry, sizeof entry);
    }
    read_madt(0xFEE00000, FLAGS_NONE, entries, sizeof entries - 24);
    assert_int_equal(routes.ioapics_lost, 0);
    read_madt(0xFEE00000, FLAGS_NONE, entries, sizeof entries);
    assert_madt(0, IOAPICS_MAX, 0);
    assert_int_equal(routes.ioapics_lost, 2);
    assert_ioapic(IOAPICS_MAX - 1, 15, 0xFEC00F00, 0);
    capture_clear();
    interrupt_routes_report(&routes, capture);
    assert_captured("I/O APIC 15 at 0xfec00f00 from input 0 (2 more are left alone), processors: 0\n");
}

/* Flags: polarity in bits 0 and 1, trigger in 2 and 3; 0 as the bus has it, 1 high or edge, 3 low or level, 2 reserved. */
static void overrides_say_input_polarity_and_trigger(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(0, 0, 0), OVERRIDE(0, 0, 2, 0x0), OVERRIDE(0, 3, 3, 0x3),
              OVERRIDE(0, 4, 4, 0xC), OVERRIDE(0, 5, 20, 0xF), OVERRIDE(0, 6, 6, 0x5), OVERRIDE(0, 7, 7, 0xA),
              OVERRIDE(0, 9, 22, 0xD), OVERRIDE(0, 15, 21, 0x7));
    assert_isa(0, 2, false, false);
    assert_isa(1, 1, false, false);
    assert_isa(3, 3, false, true);
    assert_isa(4, 4, true, false);
    assert_isa(5, 20, true, true);
    assert_isa(6, 6, false, false);
    assert_isa(7, 7, false, false);
    assert_isa(9, 22, true, false);
    assert_isa(15, 21, false, true);
    capture_clear();
    interrupt_routes_report(&routes, capture);
    assert_captured(
        "\ninterrupts: IRQ 0 at input 2 (edge, high), IRQ 3 at input 3 (edge, low), IRQ 4 at input 4 (level, "
        "high), IRQ 5 at input 20 (level, low), IRQ 9 at input 22 (level, high), IRQ 15 at input 21 (edge, "
        "low)\n");
}

static void the_last_override_of_an_interrupt_counts(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(0, 0, 0), OVERRIDE(0, 9, 20, 0xF), OVERRIDE(0, 9, 21, 0));
    assert_isa(9, 21, false, false);
}

static void overrides_of_other_buses_and_interrupts_are_passed_over(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(0, 0, 0), OVERRIDE(1, 3, 9, 0xF), OVERRIDE(0, 16, 9, 0xF),
              OVERRIDE(0, 255, 9, 0xF));
    assert_madt(0, 1, 0);
    for (uint32_t irq = 0; irq < ISA_INTERRUPTS; irq++) {
        assert_isa(irq, irq, false, false);
    }
}

static void nmis_and_unknown_entries_are_passed_over(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, NMI, UNKNOWN, 3, 8, 0, 0, 2, 0, 0, 0, IOAPIC(5, 0, 0));
    assert_madt(0, 1, 0);
    assert_ioapic(0, 5, 0xFEC00000, 0);
}

/*   44           56       64
 *   |I/O APIC    |processor|length 0: what follows is not read */
static void an_entry_without_length_ends_the_reading(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(5, 0, 0), LOCAL_APIC(1), 0, 0, LOCAL_APIC(1));
    assert_madt(64, 1, 1);
    assert_report("interrupts: what stands at byte 64 of the MADT is no entry; nothing is read from there on\n"
                  "interrupts: as the MADT has it: local APIC at 0xfee00000, I/O APIC 5 at 0xfec00000 from input 0, "
                  "processors: 1\n");
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(5, 0, 0), LOCAL_APIC(1), 0x7F, 1, LOCAL_APIC(1));
    assert_madt(64, 1, 1);
}

static void an_entry_past_the_end_ends_the_reading(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(5, 0, 0), 0x7F, 3, 0);
    assert_madt(0, 1, 0);
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(5, 0, 0), 0x7F, 4, 0);
    assert_madt(56, 1, 0);
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(5, 0, 0), 0x7F); /* half a header */
    assert_madt(56, 1, 0);
}

/* Each type that is read, one byte short, and entries without meaning after it. */
static void an_entry_shorter_than_its_type_ends_the_reading(void **state)
{
    static const struct {
        uint8_t type, bytes;
    } kinds[] = {{0, 8}, {1, 12}, {2, 10}, {5, 12}, {9, 16}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint8_t entries[12 + 16 + 3] = {IOAPIC(5, 0, 0), kinds[i].type, kinds[i].bytes};
        const uint8_t unknown[] = {UNKNOWN};
        entries[12 + 4] = 1; /* an address, for an I/O APIC */
        memcpy(&entries[12 + kinds[i].bytes], unknown, sizeof unknown);
        read_madt(0xFEE00000, FLAGS_NONE, entries, sizeof unknown + 12 + kinds[i].bytes);
        assert_int_equal(routes.broken_at, 0);
        entries[13]--;
        memcpy(&entries[12 + kinds[i].bytes - 1], unknown, sizeof unknown);
        read_madt(0xFEE00000, FLAGS_NONE, entries, sizeof unknown + 11 + kinds[i].bytes);
        assert_madt(56, 1, 0);
    }
}

static void a_reading_that_ends_before_an_ioapic_is_both_said(void **state)
{
    (void)state;
    READ_MADT(0xFEE10000, FLAGS_NONE, 0, 0, IOAPIC(5, 0, 0));
    assert_defaults(ROUTES_NO_IOAPIC, 44);
    capture_clear();
    interrupt_routes_report(&routes, capture);
    assert_captured("byte 44 of the MADT");
    assert_captured("names no I/O APIC");
}

/* Memory may change its mind after the checksum: what cannot be read any more ends the reading. */
static unsigned reads_left;

static bool read_a_while(void *context, uint64_t physical, void *to, size_t bytes)
{
    return reads_left != 0 && reads_left-- != 0 && fake_read(context, physical, to, bytes);
}

static void memory_that_goes_away_ends_the_reading(void **state)
{
    (void)state;
    READ_MADT(0xFEE00000, FLAGS_NONE, IOAPIC(5, 0, 0), LOCAL_APIC(1));
    acpi.memory.read = read_a_while;
    for (unsigned reads = 0;; reads++) {
        reads_left = reads;
        memset(&routes, 0xA5, sizeof routes);
        interrupt_routes_read(&acpi, &routes);
        assert_in_range(routes.source, ROUTES_FROM_MADT, ROUTES_NO_IOAPIC);
        if (routes.source == ROUTES_FROM_MADT && routes.broken_at == 0) {
            break;
        }
        assert_in_range(reads, 0, 100);
    }
    assert_madt(0, 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qemu_machines_are_wired_like_this),
        cmocka_unit_test(without_a_madt_a_pc_is_as_it_always_was),
        cmocka_unit_test(a_madt_with_a_wrong_checksum_is_none),
        cmocka_unit_test(a_madt_without_an_ioapic_gives_way_to_the_defaults),
        cmocka_unit_test(a_madt_without_entries_names_no_ioapic),
        cmocka_unit_test(processors_that_can_be_used_are_counted),
        cmocka_unit_test(the_local_apic_may_lie_above_4_gib_but_not_at_0),
        cmocka_unit_test(an_input_belongs_to_the_ioapic_that_begins_nearest_below),
        cmocka_unit_test(an_ioapic_at_address_0_is_none),
        cmocka_unit_test(ioapics_beyond_the_last_place_are_counted),
        cmocka_unit_test(overrides_say_input_polarity_and_trigger),
        cmocka_unit_test(the_last_override_of_an_interrupt_counts),
        cmocka_unit_test(overrides_of_other_buses_and_interrupts_are_passed_over),
        cmocka_unit_test(nmis_and_unknown_entries_are_passed_over),
        cmocka_unit_test(an_entry_without_length_ends_the_reading),
        cmocka_unit_test(an_entry_past_the_end_ends_the_reading),
        cmocka_unit_test(an_entry_shorter_than_its_type_ends_the_reading),
        cmocka_unit_test(a_reading_that_ends_before_an_ioapic_is_both_said),
        cmocka_unit_test(memory_that_goes_away_ends_the_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
