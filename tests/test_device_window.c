/* mm/device_window.c: registers of devices are mapped uncached, in one piece, and not twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/config.h"
#include "mm/device_window.h"
#include "tests/random.h"

enum { ENTRIES = 512, PAGE = 4096 };
#define BASE   UINT64_C(0xFFFFFFFF80600000)
#define APIC   UINT64_C(0xFEE00000)
#define IOAPIC UINT64_C(0xFEC00000)

static uint64_t entries[ENTRIES];
static const struct device_window window = {entries, BASE, 40};

static int empty(void **state)
{
    (void)state;
    memset(entries, 0, sizeof entries);
    return 0;
}

static uintptr_t map(uint64_t physical, size_t bytes)
{
    return (uintptr_t)device_window_map(&window, physical, bytes);
}

static size_t used(void)
{
    size_t count = 0;
    while (count < ENTRIES && entries[count] != 0) {
        count++;
    }
    return count;
}

static void a_register_is_writable_uncached_and_not_executable(void **state)
{
    (void)state;
    assert_int_equal(map(APIC, 4), BASE);
    const uint64_t present_write_through_uncached_accessed_dirty_global = 0x17B;
    assert_int_equal(entries[0], UINT64_C(1) << 63 | APIC | present_write_through_uncached_accessed_dirty_global);
    assert_int_equal(used(), 1);
}

static void what_was_mapped_before_is_found_again(void **state)
{
    (void)state;
    assert_int_equal(map(APIC, PAGE), BASE);
    assert_int_equal(map(IOAPIC, PAGE), BASE + PAGE);
    assert_int_equal(map(APIC + 0x20, 4), BASE + 0x20);
    assert_int_equal(map(IOAPIC + 0x10, 4), BASE + PAGE + 0x10);
    assert_int_equal(used(), 2);
}

/*   physical  |..##|##..|        4 bytes on either side of a page's end
 *   window    |....|....|        are two pages, side by side */
static void registers_across_pages_are_mapped_in_one_piece(void **state)
{
    (void)state;
    assert_int_equal(map(APIC, 1), BASE);
    assert_int_equal(map(IOAPIC + PAGE - 4, 8), BASE + 2 * PAGE - 4);
    assert_int_equal(entries[1] & ~UINT64_C(0xFFF) & ~(UINT64_C(1) << 63), IOAPIC);
    assert_int_equal(entries[2] & ~UINT64_C(0xFFF) & ~(UINT64_C(1) << 63), IOAPIC + PAGE);
    assert_int_equal(map(IOAPIC + PAGE, PAGE), BASE + 2 * PAGE);
    assert_int_equal(used(), 3);
}

/* What was mapped last grows; what has something behind it is mapped once more. */
static void more_of_a_device_than_before_is_in_one_piece_too(void **state)
{
    (void)state;
    assert_int_equal(map(APIC, PAGE), BASE);
    assert_int_equal(map(APIC, 2 * PAGE), BASE);
    assert_int_equal(used(), 2);
    assert_int_equal(map(IOAPIC, PAGE), BASE + 2 * PAGE);
    assert_int_equal(map(APIC, 3 * PAGE), BASE + 3 * PAGE);
    assert_int_equal(used(), 6);
}

static void a_full_window_says_no_and_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(map(APIC, (size_t)(ENTRIES + 1) * PAGE), 0);
    assert_int_equal(used(), 0);
    assert_int_equal(map(APIC, (size_t)(ENTRIES - 1) * PAGE), BASE);
    assert_int_equal(map(IOAPIC, 2 * PAGE), 0);
    assert_int_equal(used(), ENTRIES - 1);
    assert_int_equal(map(IOAPIC, PAGE), BASE + (ENTRIES - 1) * PAGE);
    assert_int_equal(map(0, 1), 0);
    assert_int_equal(map(IOAPIC, PAGE), BASE + (ENTRIES - 1) * PAGE);
}

static void nothing_is_mapped_where_no_register_can_be(void **state)
{
    (void)state;
    const uint64_t top = UINT64_C(1) << 40;
    assert_int_equal(map(APIC, 0), 0);
    assert_int_equal(map(top, 1), 0);
    assert_int_equal(map(top - 4, 5), 0);
    assert_int_equal(map(UINT64_MAX, 1), 0);
    assert_int_equal(map(APIC, SIZE_MAX), 0);
    assert_int_equal(used(), 0);
    assert_int_equal(map(top - 4, 4), BASE + PAGE - 4);
}

/* Reads each byte of random registers' pages back through the table. */
static void random_registers_are_where_they_are_said_to_be(void **state)
{
    (void)state;
    struct random random = random_seeded("device window");
    unsigned refused = 0;
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t physical = random_below(&random, 1024) * PAGE + random_below(&random, PAGE);
        size_t bytes = 1 + random_below(&random, 6 * PAGE);
        uintptr_t at = map(physical, bytes);
        refused += at == 0;
        size_t step = bytes < 99 ? 1 : bytes / 99;
        for (size_t byte = 0; at != 0 && byte < bytes; byte += step) {
            uint64_t entry = entries[(at + byte - BASE) / PAGE];
            assert_int_equal((entry & ~UINT64_C(0xFFF) & ~(UINT64_C(1) << 63)) + (at + byte) % PAGE, physical + byte);
        }
    }
    assert_true(refused > 0);
}

#define TEST(name) cmocka_unit_test_setup(name, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_register_is_writable_uncached_and_not_executable),
        TEST(what_was_mapped_before_is_found_again),
        TEST(registers_across_pages_are_mapped_in_one_piece),
        TEST(more_of_a_device_than_before_is_in_one_piece_too),
        TEST(a_full_window_says_no_and_changes_nothing),
        TEST(nothing_is_mapped_where_no_register_can_be),
        TEST(random_registers_are_where_they_are_said_to_be),
    };
    return cmocka_run_group_tests_name("device window", tests, NULL, NULL);
}
