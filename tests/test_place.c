/* boot/place.c: where the kernel image goes, and which maps are refused.
 *
 * Drawings: memory around 1 MiB (|). U usable, r reserved, . not reported, i reported with attribute bit 0 clear,
 * n non-volatile. The image wants the I. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "boot/place.h"
#include "tests/random.h"

#define MIB       UINT64_C(0x100000)
#define GIB       (MIB * 1024)
#define PAGE      UINT64_C(0x1000)
#define IMAGE     (64 * PAGE)
#define UNTOUCHED UINT64_C(0xA5A5A5A5A5A5A5A5)

#define USABLE(base, end)                                                                                            \
    {                                                                                                                \
        (base), (end) - (base), 1, 1                                                                                 \
    }
#define HOLE(base, end)                                                                                              \
    {                                                                                                                \
        (base), (end) - (base), 2, 1                                                                                 \
    }
#define PLACE(...) place((MemoryMapEntry[]){__VA_ARGS__}, sizeof((MemoryMapEntry[]){__VA_ARGS__}) / E820_RECORD_SIZE)

static uint64_t address;

/* Places IMAGE bytes; a refusal must leave the address alone. */
static enum place_verdict place(const MemoryMapEntry *entries, size_t count)
{
    address = UNTOUCHED;
    enum place_verdict verdict = image_place(entries, (uint32_t)count, (uint32_t)IMAGE, &address);
    assert_true(address == (verdict == PLACE_OK ? MIB : UNTOUCHED));
    return verdict;
}

/*   UUUU|IIIIUUUU */
static void image_goes_to_one_mib(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(0, 0x9FC00), HOLE(0xF0000, MIB), USABLE(MIB, 16 * MIB)), PLACE_OK);
}

/*   ....|IIII....   exactly */
static void usable_memory_of_exactly_the_images_size_is_enough(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB, MIB + IMAGE)), PLACE_OK);
}

/*   ....|UUUu....   its last page lacks a byte */
static void one_byte_short_is_too_small(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB, MIB + IMAGE - 1)), PLACE_TOO_SMALL);
}

/*   ....|.UUUUUUU   starts a byte late */
static void memory_that_starts_one_byte_late_is_not_usable(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB + 1, 16 * MIB)), PLACE_NOT_USABLE);
}

/*   UUUU|........ */
static void memory_that_ends_at_one_mib_is_not_usable(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(0, MIB), USABLE(16 * MIB, 32 * MIB)), PLACE_NOT_USABLE);
}

/*   UUUU|IIIIUUUU   one entry from 0, over the hole at 640 KiB */
static void an_entry_that_starts_below_one_mib_serves(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(0, 16 * MIB)), PLACE_OK);
}

/*   ....|IIIIU...   in three pieces that touch, in falling order, and two that overlap */
static void usable_pieces_add_up_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB + 0x20003, 2 * MIB), USABLE(MIB + 5, MIB + 0x20003), USABLE(MIB, MIB + 5)),
                     PLACE_OK);
    assert_int_equal(PLACE(USABLE(MIB + 0x8000, 2 * MIB), USABLE(MIB, MIB + 0x9000)), PLACE_OK);
}

/*   ....|UU.UUUUU   a gap of one byte */
static void a_gap_between_pieces_is_too_small(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB, MIB + 0x8000), USABLE(MIB + 0x8001, 16 * MIB)), PLACE_TOO_SMALL);
}

/*   ....|rIII   ....|IIrI   ....|IIIr   ....|rrrr   r..r|r..r   with usable memory below all of them */
static void another_entry_over_any_part_of_the_image_refuses_it(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), HOLE(MIB, MIB + 1)), PLACE_OVERLAPPED);
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), HOLE(MIB + 0x8000, MIB + 0x8001)), PLACE_OVERLAPPED);
    assert_int_equal(PLACE(HOLE(MIB + IMAGE - 1, MIB + IMAGE), USABLE(MIB, 16 * MIB)), PLACE_OVERLAPPED);
    assert_int_equal(PLACE(HOLE(MIB, MIB + IMAGE), USABLE(MIB, 16 * MIB)), PLACE_OVERLAPPED);
    assert_int_equal(PLACE(USABLE(0, 16 * MIB), HOLE(0xA0000, 32 * MIB)), PLACE_OVERLAPPED);
}

/*   ...r|IIIIrrrr */
static void entries_that_only_touch_the_image_do_not_refuse_it(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(0, 16 * MIB), HOLE(0, MIB), HOLE(MIB + IMAGE, 16 * MIB)), PLACE_OK);
}

/*   ....|IIrIUUUU   ACPI data, NVS, bad, type 0 and types nobody has heard of */
static void every_type_but_usable_overlaps(void **state)
{
    (void)state;
    static const uint32_t types[] = {0, 2, 3, 4, 5, 7, 12, 0xEFFFFFFF};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {MIB + PAGE, 1, types[i], 1}), PLACE_OVERLAPPED);
    }
}

/*   ....|IIIIUUUU   an empty reservation in the middle of it reserves nothing */
static void empty_entries_do_not_count(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {MIB + PAGE, 0, 2, 1}, {0, 0, 2, 1}), PLACE_OK);
    assert_int_equal(PLACE({MIB, 0, 1, 1}, HOLE(0, MIB)), PLACE_NO_MEMORY);
}

/*   ....|iiii....   ....|IIiIUUUU */
static void entries_to_be_ignored_do_not_count(void **state)
{
    (void)state;
    assert_int_equal(PLACE({MIB, 16 * MIB, 1, 0}, USABLE(0, 0x9F000)), PLACE_NOT_USABLE);
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {MIB + PAGE, PAGE, 2, 0}), PLACE_OK);
    assert_int_equal(PLACE({MIB, 16 * MIB, 1, 0}), PLACE_NO_MEMORY);
}

/*   ....|nnnn....   ....|IInIUUUU */
static void non_volatile_memory_is_not_usable(void **state)
{
    (void)state;
    assert_int_equal(PLACE({MIB, 16 * MIB, 1, 3}, USABLE(0, 0x9F000)), PLACE_NOT_USABLE);
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {MIB + PAGE, PAGE, 1, 3}), PLACE_OVERLAPPED);
}

/*   ....|UUUUrrrr...   base + length leaves 64 bits behind, or all of it is reserved */
static void an_entry_that_wraps_still_covers_what_it_reaches(void **state)
{
    (void)state;
    assert_int_equal(PLACE({MIB, UINT64_MAX, 1, 1}), PLACE_OK);
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {MIB + PAGE, UINT64_MAX, 2, 1}), PLACE_OVERLAPPED);
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {16 * MIB, UINT64_MAX, 2, 1}), PLACE_OK);
    assert_int_equal(PLACE(USABLE(MIB, 16 * MIB), {UINT64_MAX, UINT64_MAX, 2, 1}), PLACE_OK);
}

/*   ....|....   all memory lies above 4 GiB, where the loader does not reach */
static void memory_above_four_gib_is_not_at_one_mib(void **state)
{
    (void)state;
    assert_int_equal(PLACE(USABLE(4 * GIB, 8 * GIB), HOLE(3 * GIB, 4 * GIB)), PLACE_NOT_USABLE);
    assert_int_equal(PLACE(USABLE(MIB, 8 * GIB)), PLACE_OK);
}

static void no_usable_entry_at_all_is_no_memory(void **state)
{
    (void)state;
    assert_int_equal(place(NULL, 0), PLACE_NO_MEMORY);
    assert_int_equal(PLACE(HOLE(0, 4 * GIB)), PLACE_NO_MEMORY);
}

/*   ....|IU..   an image of 1 byte takes a page, of a page and a byte two */
static void the_image_takes_whole_pages(void **state)
{
    (void)state;
    static const MemoryMapEntry page = USABLE(MIB, MIB + PAGE);
    static const MemoryMapEntry less = USABLE(MIB, MIB + PAGE - 1);
    assert_int_equal(image_place(&page, 1, 1, &address), PLACE_OK);
    assert_int_equal(image_place(&page, 1, (uint32_t)PAGE + 1, &address), PLACE_TOO_SMALL);
    assert_int_equal(image_place(&less, 1, 1, &address), PLACE_TOO_SMALL);
}

/*   ....|IIII...   the largest size that 32 bits can say does not wrap */
static void the_largest_image_is_compared_without_wrapping(void **state)
{
    (void)state;
    static const MemoryMapEntry all = USABLE(0, 4 * GIB);
    assert_int_equal(image_place(&all, 1, UINT32_MAX, &address), PLACE_TOO_SMALL);
    assert_int_equal(image_place(&all, 1, (uint32_t)(4 * GIB - MIB), &address), PLACE_OK);
}

static void every_verdict_has_a_sentence_of_its_own(void **state)
{
    (void)state;
    for (int a = PLACE_OK; a <= PLACE_OVERLAPPED; a++) {
        const char *sentence = image_place_sentence((enum place_verdict)a);
        assert_true(strlen(sentence) > 20);
        assert_true(sentence[strlen(sentence) - 1] != '.');
        for (int b = PLACE_OK; b < a; b++) {
            assert_string_not_equal(sentence, image_place_sentence((enum place_verdict)b));
        }
    }
    assert_non_null(image_place_sentence((enum place_verdict)99));
}

/* What the verdicts mean, said page by page of a small world: pages of 4 KiB from 1 MiB - 8 pages up. */
enum { WORLD_PAGES = 32, WORLD_BEFORE = 8, WORLD_ENTRIES = 6, WORLD_IMAGE = 8 };

static MemoryMapEntry random_entry(struct random *random)
{
    uint64_t first = random_below(random, WORLD_PAGES);
    uint64_t pages = random_below(random, WORLD_PAGES - first + 1);
    uint32_t type = random_below(random, 3) == 0 ? 2 : 1;
    uint32_t attributes = random_below(random, 8) == 0 ? 0 : 1;
    return (MemoryMapEntry){MIB + first * PAGE - WORLD_BEFORE * PAGE, pages * PAGE, type, attributes};
}

static bool covered(const MemoryMapEntry *entries, uint64_t at, uint32_t type)
{
    for (int i = 0; i < WORLD_ENTRIES; i++) {
        const MemoryMapEntry *entry = &entries[i];
        if (entry->attributes == 1 && entry->type == type && entry->base <= at && at - entry->base < entry->length) {
            return true;
        }
    }
    return false;
}

static enum place_verdict expected_verdict(const MemoryMapEntry *entries)
{
    bool any = false;
    for (uint64_t at = MIB - WORLD_BEFORE * PAGE; at < MIB + WORLD_PAGES * PAGE; at += PAGE) {
        any = any || covered(entries, at, 1);
    }
    if (!any) {
        return PLACE_NO_MEMORY;
    }
    if (!covered(entries, MIB, 1)) {
        return PLACE_NOT_USABLE;
    }
    bool overlapped = false;
    for (uint64_t at = MIB; at < MIB + WORLD_IMAGE * PAGE; at += PAGE) {
        if (!covered(entries, at, 1)) {
            return PLACE_TOO_SMALL;
        }
        overlapped = overlapped || covered(entries, at, 2);
    }
    return overlapped ? PLACE_OVERLAPPED : PLACE_OK;
}

static void random_maps_get_the_verdict_that_counting_pages_gives(void **state)
{
    (void)state;
    struct random random = random_seeded("test_place");
    uint32_t seen[PLACE_OVERLAPPED + 1] = {0};
    for (int round = 0; round < 50000; round++) {
        MemoryMapEntry entries[WORLD_ENTRIES];
        for (int i = 0; i < WORLD_ENTRIES; i++) {
            entries[i] = random_entry(&random);
        }
        enum place_verdict expected = expected_verdict(entries);
        assert_int_equal(image_place(entries, WORLD_ENTRIES, WORLD_IMAGE * (uint32_t)PAGE, &address), expected);
        seen[expected]++;
    }
    for (int verdict = PLACE_OK; verdict <= PLACE_OVERLAPPED; verdict++) {
        assert_true(seen[verdict] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_goes_to_one_mib),
        cmocka_unit_test(usable_memory_of_exactly_the_images_size_is_enough),
        cmocka_unit_test(one_byte_short_is_too_small),
        cmocka_unit_test(memory_that_starts_one_byte_late_is_not_usable),
        cmocka_unit_test(memory_that_ends_at_one_mib_is_not_usable),
        cmocka_unit_test(an_entry_that_starts_below_one_mib_serves),
        cmocka_unit_test(usable_pieces_add_up_in_any_order),
        cmocka_unit_test(a_gap_between_pieces_is_too_small),
        cmocka_unit_test(another_entry_over_any_part_of_the_image_refuses_it),
        cmocka_unit_test(entries_that_only_touch_the_image_do_not_refuse_it),
        cmocka_unit_test(every_type_but_usable_overlaps),
        cmocka_unit_test(empty_entries_do_not_count),
        cmocka_unit_test(entries_to_be_ignored_do_not_count),
        cmocka_unit_test(non_volatile_memory_is_not_usable),
        cmocka_unit_test(an_entry_that_wraps_still_covers_what_it_reaches),
        cmocka_unit_test(memory_above_four_gib_is_not_at_one_mib),
        cmocka_unit_test(no_usable_entry_at_all_is_no_memory),
        cmocka_unit_test(the_image_takes_whole_pages),
        cmocka_unit_test(the_largest_image_is_compared_without_wrapping),
        cmocka_unit_test(every_verdict_has_a_sentence_of_its_own),
        cmocka_unit_test(random_maps_get_the_verdict_that_counting_pages_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
