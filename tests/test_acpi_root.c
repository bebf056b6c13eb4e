/* core/acpi.c: where the root pointer is looked for, and which of them are sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/acpi_memory.h"

#define ROOT_AT UINT64_C(0xE0000)

static struct acpi acpi;

static int empty_memory(void **state)
{
    (void)state;
    acpi = fake_empty();
    return 0;
}

static void assert_root(uint64_t handed_over, uint64_t rsdt, uint64_t xsdt)
{
    assert_true(acpi_find_root(&acpi, handed_over));
    assert_int_equal(acpi.rsdt, rsdt);
    assert_int_equal(acpi.xsdt, xsdt);
}

static void assert_no_root(uint64_t handed_over)
{
    assert_false(acpi_find_root(&acpi, handed_over));
    assert_int_equal(acpi.rsdt, 0);
    assert_int_equal(acpi.xsdt, 0);
}

static void without_a_root_nothing_is_found(void **state)
{
    (void)state;
    assert_no_root(0);
    struct acpi_table table;
    assert_false(acpi_find_table(&acpi, "APIC", &table));
}

static void the_root_is_where_the_loader_says(void **state)
{
    (void)state;
    put_root(FAKE_HIGH + 4, 1, 0);
    assert_root(FAKE_HIGH + 4, 1, 0);
    put_root(ROOT_AT, 2, 0);
    assert_root(FAKE_HIGH + 4, 1, 0);
}

static void a_wrong_word_of_the_loader_leads_to_the_search(void **state)
{
    (void)state;
    put_root(ROOT_AT, 7, 0);
    assert_root(FAKE_HIGH, 7, 0);
    assert_root(UINT64_MAX - 3, 7, 0);
}

/*   0xE0000                          1 MiB
 *   |R...............................R|    on each 16th byte */
static void the_root_is_searched_for_in_the_bios(void **state)
{
    (void)state;
    put_root(0xFFFE0, 3, 0);
    assert_root(0, 3, 0);
    put_root(0xE0000, 4, 0);
    assert_root(0, 4, 0);
}

static void a_root_off_its_boundary_is_none(void **state)
{
    (void)state;
    put_root(0xE0008, 3, 0);
    assert_no_root(0);
    put_root(0xDFFF0, 3, 0);
    assert_no_root(0);
}

/*   EBDA      1 KiB
 *   |R.......R|R...    the first two count */
static void the_root_is_searched_for_in_the_first_kib_of_the_ebda(void **state)
{
    (void)state;
    put_number(0x40E, 0x9FC0, 2);
    put_root(0x9FC00 + 1024, 5, 0);
    assert_no_root(0);
    put_root(0x9FC00 + 1008, 6, 0);
    put_root(ROOT_AT, 8, 0);
    assert_root(0, 6, 0);
    put_root(0x9FC00, 7, 0);
    assert_root(0, 7, 0);
}

static void an_ebda_that_cannot_be_one_is_not_searched(void **state)
{
    (void)state;
    put_number(0x40E, 0xA000, 2);
    put_root(0xA0000, 5, 0);
    assert_no_root(0);
    put_number(0x40E, 0x4F, 2);
    put_root(0x4F0, 5, 0);
    assert_no_root(0);
}

/* The longer part of a root lies where nothing can be read. */
static void half_a_root_is_none(void **state)
{
    (void)state;
    const uint64_t end = FAKE_HIGH + FAKE_HIGH_BYTES;
    put_root(end - ROOT_EXTENDED_BYTES, 1, 2);
    assert_root(end - ROOT_EXTENDED_BYTES, 1, 2);
    put_root(FAKE_HIGH, 1, 2);
    put(end - ROOT_BYTES, fake(FAKE_HIGH, ROOT_BYTES), ROOT_BYTES);
    assert_no_root(end - ROOT_BYTES);
}

static bool nothing_can_be_read(void *context, uint64_t physical, void *to, size_t bytes)
{
    (void)context, (void)physical, (void)to, (void)bytes;
    return false;
}

static void memory_that_cannot_be_read_holds_no_root(void **state)
{
    (void)state;
    acpi.memory.read = nothing_can_be_read;
    assert_no_root(ROOT_AT);
}

static void a_root_with_a_wrong_checksum_is_passed_over(void **state)
{
    (void)state;
    put_root(0xE0000, 3, 0);
    put_root(0xE0020, 9, 0);
    fake(0xE0000, 20)[16]++;
    assert_root(0, 9, 0);
}

static void a_root_needs_its_whole_signature(void **state)
{
    (void)state;
    put_root(0xE0000, 3, 0);
    put(0xE0000, "RSD PTR_", 8);
    seal_root(0xE0000);
    assert_no_root(0);
}

/* 0 stands for "not known". */
static void nothing_is_looked_for_at_address_0(void **state)
{
    (void)state;
    put_root(0, 3, 0);
    assert_no_root(0);
}

static bool not_the_first_page(void *context, uint64_t physical, void *to, size_t bytes)
{
    return physical != 0xE0000 && fake_read(context, physical, to, bytes);
}

static void the_search_goes_on_behind_what_cannot_be_read(void **state)
{
    (void)state;
    acpi.memory.read = not_the_first_page;
    put_root(0xE1000, 3, 0);
    assert_root(0, 3, 0);
}

static void a_longer_root_needs_both_checksums_and_a_sane_length(void **state)
{
    (void)state;
    put_root(ROOT_AT, 3, UINT64_C(0x123456789ABC));
    assert_root(0, 3, UINT64_C(0x123456789ABC));
    fake(ROOT_AT, 36)[24]++;
    assert_no_root(0);
    fake(ROOT_AT, 36)[24]--;
    put_number(ROOT_AT + 20, ROOT_EXTENDED_BYTES - 1, 4);
    fake_balance(ROOT_AT, ROOT_EXTENDED_BYTES - 1, ROOT_EXTENDED_CHECKSUM_AT);
    assert_no_root(0);
    put_number(ROOT_AT + 20, 0x10000, 4);
    fake_balance(ROOT_AT, 0x10000, ROOT_EXTENDED_CHECKSUM_AT);
    assert_no_root(0);
}

static void a_root_of_the_first_version_has_no_xsdt(void **state)
{
    (void)state;
    put_root(ROOT_AT, 3, UINT64_C(0x123456789ABC));
    put_number(ROOT_AT + 15, 1, 1);
    seal_root(ROOT_AT);
    assert_root(0, 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_root_nothing_is_found, empty_memory),
        cmocka_unit_test_setup(the_root_is_where_the_loader_says, empty_memory),
        cmocka_unit_test_setup(a_wrong_word_of_the_loader_leads_to_the_search, empty_memory),
        cmocka_unit_test_setup(the_root_is_searched_for_in_the_bios, empty_memory),
        cmocka_unit_test_setup(a_root_off_its_boundary_is_none, empty_memory),
        cmocka_unit_test_setup(the_root_is_searched_for_in_the_first_kib_of_the_ebda, empty_memory),
        cmocka_unit_test_setup(an_ebda_that_cannot_be_one_is_not_searched, empty_memory),
        cmocka_unit_test_setup(half_a_root_is_none, empty_memory),
        cmocka_unit_test_setup(memory_that_cannot_be_read_holds_no_root, empty_memory),
        cmocka_unit_test_setup(a_root_with_a_wrong_checksum_is_passed_over, empty_memory),
        cmocka_unit_test_setup(a_root_needs_its_whole_signature, empty_memory),
        cmocka_unit_test_setup(nothing_is_looked_for_at_address_0, empty_memory),
        cmocka_unit_test_setup(the_search_goes_on_behind_what_cannot_be_read, empty_memory),
        cmocka_unit_test_setup(a_longer_root_needs_both_checksums_and_a_sane_length, empty_memory),
        cmocka_unit_test_setup(a_root_of_the_first_version_has_no_xsdt, empty_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
