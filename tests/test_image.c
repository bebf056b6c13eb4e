/* boot/image.c: the header of the kernel image, one broken field a test, and the checksum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "boot/image.h"

enum { BODY_BYTES = 6, FILE_BYTES = IMAGE_HEADER_BYTES + BODY_BYTES, PACKED_BYTES = 8 };

static const uint64_t base = UINT64_C(0xFFFFFFFF80000000);

static struct image_header header;
static unsigned char image[FILE_BYTES];

/* The checksum is a published test vector of the 32-bit FNV-1a: "foobar" gives 0xbf9cf968. */
static int good_image(void **state)
{
    (void)state;
    header = (struct image_header){
        .magic = {IMAGE_MAGIC_0, IMAGE_MAGIC_1},
        .file_bytes = FILE_BYTES,
        .memory_bytes = BLOCK_BYTES,
        .virtual_base = base,
        .entry = base + IMAGE_HEADER_BYTES,
        .checksum = 0xBF9CF968,
        .version = IMAGE_HEADER_VERSION,
        .packed_bytes = PACKED_BYTES,
    };
    memset(image, 0xA5, sizeof image);
    memcpy(image + IMAGE_HEADER_BYTES, "foobar", BODY_BYTES);
    return 0;
}

static void refused(const char *word)
{
    const char *sentence = image_header_refusal(&header);
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, word));
}

static void a_good_header_is_accepted(void **state)
{
    (void)state;
    assert_null(image_header_refusal(&header));
}

static void the_magic_is_the_word_tessaera_in_the_file(void **state)
{
    (void)state;
    assert_memory_equal(header.magic, "TESSAERA", 8);
}

static void either_half_of_the_magic_counts(void **state)
{
    (void)state;
    header.magic[0]++;
    refused("no kernel image");
    header.magic[0]--;
    header.magic[1] = 0;
    refused("no kernel image");
}

static void another_version_is_refused(void **state)
{
    (void)state;
    header.version++;
    refused("version");
}

static void a_file_shorter_than_the_header_is_refused(void **state)
{
    (void)state;
    header.file_bytes = IMAGE_HEADER_BYTES - 1;
    refused("sizes");
    header.file_bytes = 0;
    refused("sizes");
}

/*   file   |#########|
 *   memory |########|    */
static void a_file_longer_than_its_memory_is_refused(void **state)
{
    (void)state;
    header.file_bytes = BLOCK_BYTES;
    refused("room");
    header.file_bytes = BLOCK_BYTES + 1;
    refused("sizes");
}

/* A sector of packed file, then one more.
 *   memory |             8 sectors            |
 *          | file, 7 sectors    | | packed    |    */
static void unpacked_and_packed_image_must_fit_beside_each_other(void **state)
{
    (void)state;
    header.file_bytes = BLOCK_BYTES - SECTOR_BYTES;
    header.packed_bytes = SECTOR_BYTES - IMAGE_HEADER_BYTES;
    assert_null(image_header_refusal(&header));
    header.packed_bytes++;
    refused("room");
    header.packed_bytes = UINT32_MAX;
    refused("room");
}

static void unpacking_puts_the_header_before_the_rest(void **state)
{
    (void)state;
    static const uint8_t packed[PACKED_BYTES] = {0x4b, 0xcb, 0xcf, 0x4f, 0x4a, 0x2c, 0x02, 0x00}; /* "foobar" */
    memset(image, 0xA5, sizeof image);
    assert_null(image_unpack(&header, packed, image));
    assert_memory_equal(image, &header, sizeof header);
    assert_null(image_damage(&header, image));
}

static void packed_bytes_that_are_damaged_are_named(void **state)
{
    (void)state;
    static const uint8_t packed[PACKED_BYTES] = {0x07};
    const char *sentence = image_unpack(&header, packed, image);
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, "packed"));
}

static void memory_that_is_not_whole_pages_is_refused(void **state)
{
    (void)state;
    header.memory_bytes = BLOCK_BYTES + 1;
    refused("page");
}

static void an_image_beyond_one_page_table_is_refused(void **state)
{
    (void)state;
    header.memory_bytes = IMAGE_BYTES_MAX;
    assert_null(image_header_refusal(&header));
    header.memory_bytes = IMAGE_BYTES_MAX + BLOCK_BYTES;
    refused("2 MiB");
}

/* Lower half, not canonical, not at a multiple of what one page table maps. */
static void a_base_that_the_loader_cannot_map_is_refused(void **state)
{
    (void)state;
    static const uint64_t bases[] = {0,
                                     0x100000,
                                     UINT64_C(0x7FFFFFE00000),
                                     UINT64_C(0xFFFF000000000000),
                                     UINT64_C(0xFFFFFFFF80001000),
                                     UINT64_C(0xFFFFFFFF80100000)};
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        header.virtual_base = bases[i];
        header.entry = bases[i] + IMAGE_HEADER_BYTES;
        refused("cannot map");
    }
    header.virtual_base = UINT64_C(0xFFFF800000000000);
    header.entry = header.virtual_base + IMAGE_HEADER_BYTES;
    assert_null(image_header_refusal(&header));
}

/*   e |########| e */
static void an_entry_outside_the_file_bytes_is_refused(void **state)
{
    (void)state;
    header.entry = base - 1;
    refused("entry");
    header.entry = base + FILE_BYTES;
    refused("entry");
    header.entry = 0;
    refused("entry");
    header.entry = base + FILE_BYTES - 1;
    assert_null(image_header_refusal(&header));
}

static void an_image_with_its_checksum_is_whole(void **state)
{
    (void)state;
    assert_null(image_damage(&header, image));
}

static void a_flipped_bit_anywhere_behind_the_header_is_damage(void **state)
{
    (void)state;
    for (size_t bit = (size_t)IMAGE_HEADER_BYTES * 8; bit < sizeof image * 8; bit++) {
        image[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_non_null(image_damage(&header, image));
        image[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    header.checksum ^= 1;
    assert_non_null(image_damage(&header, image));
}

/* The header holds the sum, so it can't be part of it. */
static void the_header_is_not_part_of_the_checksum(void **state)
{
    (void)state;
    memset(image, 0, IMAGE_HEADER_BYTES);
    assert_null(image_damage(&header, image));
}

static void an_image_that_is_all_header_has_the_empty_sum(void **state)
{
    (void)state;
    header.file_bytes = IMAGE_HEADER_BYTES;
    header.checksum = 0x811C9DC5;
    assert_null(image_damage(&header, image));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_header_is_accepted, good_image),
        cmocka_unit_test_setup(the_magic_is_the_word_tessaera_in_the_file, good_image),
        cmocka_unit_test_setup(either_half_of_the_magic_counts, good_image),
        cmocka_unit_test_setup(another_version_is_refused, good_image),
        cmocka_unit_test_setup(a_file_shorter_than_the_header_is_refused, good_image),
        cmocka_unit_test_setup(a_file_longer_than_its_memory_is_refused, good_image),
        cmocka_unit_test_setup(unpacked_and_packed_image_must_fit_beside_each_other, good_image),
        cmocka_unit_test_setup(unpacking_puts_the_header_before_the_rest, good_image),
        cmocka_unit_test_setup(packed_bytes_that_are_damaged_are_named, good_image),
        cmocka_unit_test_setup(memory_that_is_not_whole_pages_is_refused, good_image),
        cmocka_unit_test_setup(an_image_beyond_one_page_table_is_refused, good_image),
        cmocka_unit_test_setup(a_base_that_the_loader_cannot_map_is_refused, good_image),
        cmocka_unit_test_setup(an_entry_outside_the_file_bytes_is_refused, good_image),
        cmocka_unit_test_setup(an_image_with_its_checksum_is_whole, good_image),
        cmocka_unit_test_setup(a_flipped_bit_anywhere_behind_the_header_is_damage, good_image),
        cmocka_unit_test_setup(the_header_is_not_part_of_the_checksum, good_image),
        cmocka_unit_test_setup(an_image_that_is_all_header_has_the_empty_sum, good_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
