/* core/acpi.c: which tables are sound, and how they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/acpi_memory.h"

#define ROOT_AT  UINT64_C(0xE0000)
#define RSDT_AT  (FAKE_HIGH + 0x101) /* tables lie on no boundary */
#define XSDT_AT  (FAKE_HIGH + 0x203)
#define TABLE_AT (FAKE_HIGH + 0x1001)
#define OTHER_AT (FAKE_HIGH + 0x2005)

static struct acpi acpi;
static struct acpi_table table;

static int empty_memory(void **state)
{
    (void)state;
    acpi = fake_empty();
    memset(&table, 0xA5, sizeof table);
    return 0;
}

/* Root pointer -> RSDT -> "TEST", 8 bytes of body. */
static int one_table(void **state)
{
    empty_memory(state);
    const uint32_t entry = TABLE_AT;
    put_root(ROOT_AT, RSDT_AT, 0);
    put_table(RSDT_AT, "RSDT", &entry, sizeof entry);
    put_table(TABLE_AT, "TEST", "\1\2\3\4\5\6\7\10", 8);
    return 0;
}

static void assert_table(uint64_t physical)
{
    assert_true(acpi_find_root(&acpi, 0));
    assert_true(acpi_find_table(&acpi, "TEST", &table));
    assert_int_equal(table.physical, physical);
}

static void assert_no_table(void)
{
    struct acpi_table before = table;
    assert_true(acpi_find_root(&acpi, 0));
    assert_false(acpi_find_table(&acpi, "TEST", &table));
    assert_memory_equal(&table, &before, sizeof table);
}

static void there_is_no_table_at_address_0(void **state)
{
    (void)state;
    put_table(0, "TEST", "", 0);
    assert_false(acpi_table_at(&acpi, 0, "TEST", &table));
}

static void a_table_is_found_by_its_signature(void **state)
{
    (void)state;
    assert_table(TABLE_AT);
    assert_int_equal(table.bytes, ACPI_HEADER_BYTES + 8);
    assert_false(acpi_find_table(&acpi, "TESS", &table));
}

static void numbers_stand_on_no_boundary_and_end_with_the_table(void **state)
{
    (void)state;
    uint8_t last[2] = {0};
    assert_table(TABLE_AT);
    assert_int_equal(acpi_table_number(&table, ACPI_HEADER_BYTES, 1), 1);
    assert_int_equal(acpi_table_number(&table, ACPI_HEADER_BYTES + 1, 4), 0x05040302);
    assert_int_equal(acpi_table_number(&table, ACPI_HEADER_BYTES, 8), UINT64_C(0x0807060504030201));
    assert_int_equal(acpi_table_number(&table, ACPI_HEADER_BYTES + 1, 8), 0);
    assert_int_equal(acpi_table_number(&table, UINT32_MAX, 8), 0);
    assert_true(acpi_table_read(&table, ACPI_HEADER_BYTES + 6, last, 2));
    assert_int_equal(last[1], 8);
    assert_false(acpi_table_read(&table, ACPI_HEADER_BYTES + 7, last, 2));
}

/* XSDT -> another table of that name than the RSDT. */
static void the_xsdt_comes_first_and_the_rsdt_where_that_fails(void **state)
{
    (void)state;
    uint64_t entries[] = {UINT64_MAX - 2, 0, XSDT_AT, OTHER_AT}; /* nowhere, nothing, itself, a table */
    put_root(ROOT_AT, RSDT_AT, XSDT_AT);
    put_table(XSDT_AT, "XSDT", entries, sizeof entries);
    put_table(OTHER_AT, "TEST", "", 0);
    assert_table(OTHER_AT);
    put(OTHER_AT, "NONE", 4);
    seal(OTHER_AT);
    assert_table(TABLE_AT);
    put_table(OTHER_AT, "TEST", "", 0);
    fake(XSDT_AT, 36)[CHECKSUM_AT]++;
    assert_table(TABLE_AT);
}

static void a_root_table_needs_its_own_signature(void **state)
{
    (void)state;
    put(RSDT_AT, "XSDT", 4);
    seal(RSDT_AT);
    assert_no_table();
}

static void half_an_entry_at_the_end_is_none(void **state)
{
    (void)state;
    const uint32_t entry = TABLE_AT;
    put_table(RSDT_AT, "RSDT", &entry, sizeof entry - 1);
    assert_no_table();
}

static void a_table_with_a_wrong_checksum_gives_way_to_the_next(void **state)
{
    (void)state;
    const uint32_t entries[] = {TABLE_AT, OTHER_AT};
    put_table(RSDT_AT, "RSDT", entries, sizeof entries);
    put_table(OTHER_AT, "TEST", "", 0);
    assert_table(TABLE_AT);
    fake(TABLE_AT, 44)[40]++;
    assert_table(OTHER_AT);
    fake(OTHER_AT, 36)[35]++;
    assert_no_table();
}

static void a_table_shorter_than_its_header_is_none(void **state)
{
    (void)state;
    put_number(TABLE_AT + 4, ACPI_HEADER_BYTES - 1, 4);
    fake_balance(TABLE_AT, ACPI_HEADER_BYTES - 1, CHECKSUM_AT);
    assert_no_table();
}

static bool endless_zeros(void *context, uint64_t physical, void *to, size_t bytes)
{
    const uint32_t *length = context;
    (void)physical;
    memset(to, 0, bytes);
    if (bytes == 8) { /* the start of a table */
        memcpy(to, "TEST", 4);
        memcpy((char *)to + 4, length, sizeof *length);
    }
    return true;
}

/* All its bytes can be read, and add up to 0. */
static void a_table_longer_than_any_is_none(void **state)
{
    (void)state;
    static uint32_t length;
    length = ACPI_TABLE_BYTES_MAX;
    acpi.memory = (struct acpi_memory){endless_zeros, &length};
    assert_true(acpi_table_at(&acpi, TABLE_AT, "TEST", &table));
    length++;
    assert_false(acpi_table_at(&acpi, TABLE_AT, "TEST", &table));
}

static void a_table_that_would_go_past_the_last_address_is_none(void **state)
{
    (void)state;
    static uint32_t length = 0x1000;
    acpi.memory = (struct acpi_memory){endless_zeros, &length};
    assert_true(acpi_table_at(&acpi, UINT64_MAX - 0x1000, "TEST", &table));
    assert_false(acpi_table_at(&acpi, UINT64_MAX - 0xFFE, "TEST", &table));
}

static void a_table_that_ends_where_nothing_can_be_read_is_none(void **state)
{
    (void)state;
    put_table(FAKE_HIGH + FAKE_HIGH_BYTES - 44, "TEST", "12345678", 8);
    assert_true(acpi_table_at(&acpi, FAKE_HIGH + FAKE_HIGH_BYTES - 44, "TEST", &table));
    put_number(FAKE_HIGH + FAKE_HIGH_BYTES - 44 + 4, 45, 4);
    assert_false(acpi_table_at(&acpi, FAKE_HIGH + FAKE_HIGH_BYTES - 44, "TEST", &table));
}

static void of_too_many_tables_the_first_ones_count(void **state)
{
    (void)state;
    static uint32_t entries[ACPI_ROOT_ENTRIES_MAX + 1];
    const uint64_t rsdt = FAKE_HIGH + 0x4000;
    entries[ACPI_ROOT_ENTRIES_MAX] = TABLE_AT;
    put_root(ROOT_AT, (uint32_t)rsdt, 0);
    put_table(rsdt, "RSDT", entries, sizeof entries);
    assert_no_table();
    entries[ACPI_ROOT_ENTRIES_MAX - 1] = TABLE_AT;
    put_table(rsdt, "RSDT", entries, sizeof entries);
    assert_table(TABLE_AT);
}

static void qemu_machines_have_their_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACPI_MACHINES; i++) {
        acpi = fake_machine(acpi_machines[i]);
        assert_true(acpi_find_root(&acpi, 0));
        assert_int_equal(acpi.rsdt, acpi_machines[i][RSDT_PIECE].physical);
        assert_true(acpi_find_table(&acpi, "APIC", &table));
        assert_int_equal(table.physical, acpi_machines[i][MADT_PIECE].physical);
        assert_true(acpi_find_table(&acpi, "FACP", &table));
        assert_true(acpi_table_at(&acpi, acpi_machines[i][DSDT_PIECE].physical, "DSDT", &table));
        assert_false(acpi_find_table(&acpi, "HPET", &table));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(there_is_no_table_at_address_0, empty_memory),
        cmocka_unit_test_setup(a_table_is_found_by_its_signature, one_table),
        cmocka_unit_test_setup(numbers_stand_on_no_boundary_and_end_with_the_table, one_table),
        cmocka_unit_test_setup(the_xsdt_comes_first_and_the_rsdt_where_that_fails, one_table),
        cmocka_unit_test_setup(a_root_table_needs_its_own_signature, one_table),
        cmocka_unit_test_setup(half_an_entry_at_the_end_is_none, one_table),
        cmocka_unit_test_setup(a_table_with_a_wrong_checksum_gives_way_to_the_next, one_table),
        cmocka_unit_test_setup(a_table_shorter_than_its_header_is_none, one_table),
        cmocka_unit_test_setup(a_table_longer_than_any_is_none, empty_memory),
        cmocka_unit_test_setup(a_table_that_would_go_past_the_last_address_is_none, empty_memory),
        cmocka_unit_test_setup(a_table_that_ends_where_nothing_can_be_read_is_none, empty_memory),
        cmocka_unit_test_setup(of_too_many_tables_the_first_ones_count, one_table),
        cmocka_unit_test(qemu_machines_have_their_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
