/* ipc/elf.c: each rule that a server image is held to has a test that breaks it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>

#include "tests/elf_fixture.h"

static uint8_t *room; /* ends where the file does: a byte too many is noticed */
static uint8_t *copy; /* at an odd address                                     */
static struct elf_file file;
static struct elf_image image;

static int a_sample(void **state)
{
    (void)state;
    make_sample();
    return 0;
}

static int no_copy(void **state)
{
    (void)state;
    free(room);
    room = NULL;
    return 0;
}

static struct elf_refusal read_sample(void)
{
    free(room);
    room = malloc(sample_size + 1);
    assert_non_null(room);
    copy = room + 1;
    memcpy(copy, sample, sample_size);
    file = (struct elf_file){copy, sample_size};
    memset(&image, 0xA5, sizeof image);
    return elf_read(&file, &image);
}

static void assert_good(void)
{
    struct elf_refusal refusal = read_sample();
    if (refusal.sentence != NULL) {
        fail_msg("at 0x%zx: %s", refusal.offset, refusal.sentence);
    }
    expect_usable(&file, &image);
}

static void assert_refused(size_t offset, const char *sentence)
{
    struct elf_refusal refusal = read_sample();
    assert_non_null(refusal.sentence);
    assert_string_equal(refusal.sentence, sentence);
    assert_int_equal(refusal.offset, offset);
    expect_refused(&file, &refusal);
}

/* One field at a time; the sample is whole again afterwards. */
struct change {
    size_t at, bytes;
    uint64_t value;
};

static void assert_change_refused(const struct change *change, const char *sentence)
{
    make_sample();
    put(change->at, change->bytes, change->value);
    assert_refused(change->at, sentence);
    make_sample();
}

#define REFUSED(at, bytes, value, sentence) assert_change_refused(&(struct change){at, bytes, value}, sentence)

static void assert_segment(size_t index, const struct elf_segment *expected)
{
    const struct elf_segment *segment = &image.segments[index];
    assert_int_equal(segment->start, expected->start);
    assert_int_equal(segment->pages, expected->pages);
    assert_ptr_equal(segment->bytes, expected->bytes);
    assert_int_equal(segment->file_bytes, expected->file_bytes);
    assert_int_equal(segment->rights, expected->rights);
}

static void a_good_file_gives_its_segments(void **state)
{
    (void)state;
    assert_good();
    assert_int_equal(image.entry, SAMPLE_ENTRY);
    assert_int_equal(image.count, 3);
    assert_int_equal(image.pages, 5);
    assert_int_equal(image.end, 0x405000);
    assert_segment(0, &(struct elf_segment){0x400000, 1, copy, 0x1A0, USER_EXECUTE});
    assert_segment(1, &(struct elf_segment){0x4011A0, 1, copy + 0x1A0, 0x20, 0});
    assert_segment(2, &(struct elf_segment){0x4021C0, 3, copy + 0x1C0, 0x40, USER_WRITE});
}

static void each_beginning_of_a_file_is_refused(void **state)
{
    (void)state;
    for (sample_size = 0; sample_size < ELF_HEADER_BYTES; sample_size++) {
        assert_refused(sample_size, "the file ends within its header");
    }
    for (; sample_size < ELF_HEADER_BYTES + SAMPLE_HEADERS * ELF_PROGRAM_HEADER_BYTES; sample_size++) {
        assert_refused(32, "the program headers are not inside the file");
    }
    for (; sample_size < 0x1A0; sample_size++) {
        assert_refused(field(0, FIELD_OFFSET), "a segment is not inside the file");
    }
    for (; sample_size < 0x1C0; sample_size++) {
        assert_refused(field(1, FIELD_OFFSET), "a segment is not inside the file");
    }
    for (; sample_size < 0x200; sample_size++) {
        assert_refused(field(2, FIELD_OFFSET), "a segment is not inside the file");
    }
    assert_good();
}

static void only_one_kind_of_machine_and_file_is_taken(void **state)
{
    (void)state;
    REFUSED(0, 4, 0x7F454C46, "the file is not ELF");
    REFUSED(0, 4, 0, "the file is not ELF");
    REFUSED(4, 1, 1, "the file is not for 64 bits");
    REFUSED(5, 1, 2, "the file is not little-endian");
    REFUSED(6, 1, 2, "the file is of another version of ELF");
    REFUSED(20, 4, 2, "the file is of another version of ELF");
    REFUSED(7, 1, 3, "the file is for another operating system");
    REFUSED(18, 2, 183, "the file is not for x86-64");
    REFUSED(18, 2, 3, "the file is not for x86-64");
    REFUSED(18, 2, 0x13E, "the file is not for x86-64");
    REFUSED(48, 4, 1, "the file has flags that are not known");
    REFUSED(52, 2, 65, "the file has headers of another size");
    REFUSED(54, 2, 32, "the file has headers of another size");
    sample[8] = 1;
    assert_refused(7, "the file is for another operating system");
}

static void what_can_be_moved_or_still_has_to_be_linked_is_refused(void **state)
{
    (void)state;
    const unsigned types[] = {0, 1, 3, 4, 0x102, 0xFFFF};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        REFUSED(16, 2, types[i], "the file is not an executable at fixed addresses");
    }
    REFUSED(field(3, FIELD_TYPE), 4, 2, "the program is not linked statically");
    REFUSED(field(3, FIELD_TYPE), 4, 3, "the program is not linked statically");
}

static void thread_local_variables_and_unknown_headers_are_refused(void **state)
{
    (void)state;
    const unsigned unknown[] = {5, 8, 0x6474E552, 0x60000000, 0x70000000, 0xFFFFFFFF};
    REFUSED(field(3, FIELD_TYPE), 4, 7, "the program has thread-local variables");
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        REFUSED(field(3, FIELD_TYPE), 4, unknown[i], "the program has a header of a kind that is not known");
    }
}

static void headers_that_only_inform_are_passed_over(void **state)
{
    (void)state;
    const unsigned known[] = {0, 4, 6, 0x6474E550, 0x6474E551, 0x6474E553};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        memset(sample + field(3, 0), 0xFF, ELF_PROGRAM_HEADER_BYTES);
        put(field(3, FIELD_TYPE), 4, known[i]);
        put(field(3, FIELD_FLAGS), 4, RIGHT_R | RIGHT_W);
        assert_good();
        assert_int_equal(image.count, 3);
    }
}

static void program_headers_are_inside_the_file(void **state)
{
    (void)state;
    static const char outside[] = "the program headers are not inside the file";
    REFUSED(32, 8, SAMPLE_BYTES + 1, outside);
    REFUSED(32, 8, SAMPLE_BYTES - SAMPLE_HEADERS * ELF_PROGRAM_HEADER_BYTES + 1, outside);
    REFUSED(32, 8, UINT64_MAX, outside);
    REFUSED(32, 8, UINT64_MAX - SAMPLE_HEADERS * ELF_PROGRAM_HEADER_BYTES + 1, outside);
    REFUSED(56, 2, ELF_HEADERS_MAX + 1, "the file has too many program headers");
    REFUSED(56, 2, 0xFFFF, "the file has too many program headers");
    put(56, 2, ELF_HEADERS_MAX);
    assert_refused(32, outside);
    make_sample();
    put(56, 2, 0);
    assert_refused(24, "the entry is not in a segment that is executable");
    put(32, 8, SAMPLE_BYTES); /* none at all, right at the end */
    assert_refused(24, "the entry is not in a segment that is executable");
}

static void nothing_is_writable_and_executable(void **state)
{
    (void)state;
    REFUSED(field(0, FIELD_FLAGS), 4, RIGHT_R | RIGHT_W | RIGHT_X, "a segment is writable and executable");
    REFUSED(field(2, FIELD_FLAGS), 4, RIGHT_R | RIGHT_W | RIGHT_X, "a segment is writable and executable");
    REFUSED(field(3, FIELD_FLAGS), 4, RIGHT_R | RIGHT_W | RIGHT_X, "the program's stack is executable");
    REFUSED(field(0, FIELD_FLAGS), 4, RIGHT_X, "a segment has rights that there are not");
    REFUSED(field(0, FIELD_FLAGS), 4, 0, "a segment has rights that there are not");
    REFUSED(field(0, FIELD_FLAGS), 4, RIGHT_R | 8, "a segment has rights that there are not");
    REFUSED(field(0, FIELD_FLAGS), 4, 0x80000000 | RIGHT_R, "a segment has rights that there are not");
}

static void the_entry_is_in_the_bytes_of_what_may_be_executed(void **state)
{
    (void)state;
    static const char nowhere[] = "the entry is not in a segment that is executable";
    REFUSED(24, 8, 0, nowhere);
    REFUSED(24, 8, 0x3FFFFF, nowhere);
    REFUSED(24, 8, 0x4001A0, nowhere);
    REFUSED(24, 8, 0x4011A0, nowhere);
    REFUSED(24, 8, UINT64_MAX, nowhere);
    put(24, 8, 0x40019F);
    assert_good();
    put(24, 8, 0x400000);
    assert_good();
}

static void bytes_of_a_segment_are_inside_the_file(void **state)
{
    (void)state;
    static const char outside[] = "a segment is not inside the file";
    REFUSED(field(2, FIELD_OFFSET), 8, 0x1C1, outside);
    REFUSED(field(2, FIELD_OFFSET), 8, 0x201, outside);
    REFUSED(field(2, FIELD_OFFSET), 8, UINT64_MAX, outside);
    REFUSED(field(2, FIELD_OFFSET), 8, UINT64_MAX - 0x3F, outside);
    REFUSED(field(1, FIELD_FILE_BYTES), 8, 0x21, "a segment has more bytes in the file than in memory");
    REFUSED(field(1, FIELD_FILE_BYTES), 8, UINT64_MAX, "a segment has more bytes in the file than in memory");
    put(field(2, FIELD_FILE_BYTES), 8, 0x41);
    assert_refused(field(2, FIELD_OFFSET), outside);
}

static void a_segment_without_bytes_in_the_file_is_all_zeros(void **state)
{
    (void)state;
    put(field(2, FIELD_FILE_BYTES), 8, 0);
    put(field(2, FIELD_OFFSET), 8, 0x200);
    put(field(2, FIELD_VIRTUAL), 8, 0x402200);
    assert_good();
    assert_segment(2, &(struct elf_segment){0x402200, 3, copy + 0x200, 0, USER_WRITE});
}

/* It may be anywhere and of any kind. */
static void a_segment_of_no_bytes_counts_for_nothing(void **state)
{
    (void)state;
    memset(sample + field(1, FIELD_FLAGS), 0xFF, ELF_PROGRAM_HEADER_BYTES - FIELD_FLAGS);
    put(field(1, FIELD_FILE_BYTES), 8, 0);
    put(field(1, FIELD_MEMORY_BYTES), 8, 0);
    assert_good();
    assert_int_equal(image.count, 2);
    put_load(1, &(struct sample_load){RIGHT_R, 0x1A0, 0x4011A0, 1, 0});
    assert_refused(field(1, FIELD_FILE_BYTES), "a segment has more bytes in the file than in memory");
}

/*   0    4K                              0x7FFFFFFFF000
 *   |NULL|  the server's                 |SYSRET | no address */
static void segments_lie_in_the_half_of_the_server(void **state)
{
    (void)state;
    static const char outside[] = "a segment is not in the half of a server";
    REFUSED(field(0, FIELD_VIRTUAL), 8, 0, outside);
    REFUSED(field(0, FIELD_VIRTUAL), 8, 0xFFF, outside);
    REFUSED(field(2, FIELD_VIRTUAL), 8, 0x7FFFFFFFF1C0, outside);
    REFUSED(field(2, FIELD_VIRTUAL), 8, 0x7FFFFFFFD1C0, outside);
    REFUSED(field(2, FIELD_VIRTUAL), 8, 0x8000000001C0, outside);
    REFUSED(field(2, FIELD_VIRTUAL), 8, UINT64_C(0xFFFFFFFF800001C0), outside);
    REFUSED(field(2, FIELD_VIRTUAL), 8, UINT64_C(0xFFFFFFFFFFFFF1C0), outside);
    put(field(2, FIELD_VIRTUAL), 8, 0x7FFFFFFFD1C0);
    put(field(2, FIELD_MEMORY_BYTES), 8, 0x1E40); /* to the last byte */
    assert_good();
    assert_int_equal(image.end, 0x7FFFFFFFF000);
    put(field(2, FIELD_MEMORY_BYTES), 8, 0x1E41);
    assert_refused(field(2, FIELD_VIRTUAL), outside);
    make_sample();
    put(field(0, FIELD_VIRTUAL), 8, 0x1000);
    put(24, 8, 0x1130);
    assert_good();
}

static void no_two_segments_share_a_page(void **state)
{
    (void)state;
    static const char shared[] = "a segment has a page of the one before it, or is out of order";
    REFUSED(field(1, FIELD_VIRTUAL), 8, 0x4001A0, shared);
    REFUSED(field(2, FIELD_VIRTUAL), 8, 0x4011C0, shared);
    REFUSED(field(2, FIELD_VIRTUAL), 8, 0x3001C0, shared);
    put(field(1, FIELD_MEMORY_BYTES), 8, 0xE61); /* a byte into the next one's page */
    assert_refused(field(2, FIELD_VIRTUAL), shared);
    put(field(1, FIELD_MEMORY_BYTES), 8, 0xE60);
    assert_good();
}

static void segments_are_aligned_as_their_bytes_are(void **state)
{
    (void)state;
    const uint64_t none[] = {0, 1, 16, 2048, 4095, 4097, 12288, UINT64_MAX};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        REFUSED(field(1, FIELD_ALIGNMENT), 8, none[i], "a segment is not aligned to pages");
    }
    REFUSED(field(1, FIELD_VIRTUAL), 8, 0x4011A1, "a segment is not aligned as its bytes in the file are");
    put(field(1, FIELD_ALIGNMENT), 8, 8192);
    assert_refused(field(1, FIELD_VIRTUAL), "a segment is not aligned as its bytes in the file are");
    make_sample();
    put(field(0, FIELD_ALIGNMENT), 8, 0x400000);
    assert_good();
}

static void a_program_is_no_larger_than_is_allowed(void **state)
{
    (void)state;
    static const char too_much[] = "the program takes too much memory";
    REFUSED(field(2, FIELD_MEMORY_BYTES), 8, UINT64_MAX, too_much);
    REFUSED(field(2, FIELD_MEMORY_BYTES), 8, (uint64_t)ELF_PAGES_MAX * 4096 + 1, too_much);
    REFUSED(field(2, FIELD_MEMORY_BYTES), 8, (uint64_t)(ELF_PAGES_MAX - 2) * 4096 - 0x1BF, too_much);
    put(field(2, FIELD_MEMORY_BYTES), 8, (uint64_t)(ELF_PAGES_MAX - 2) * 4096 - 0x1C0);
    assert_good();
    assert_int_equal(image.pages, ELF_PAGES_MAX);
}

static void a_program_has_no_more_segments_than_there_is_room_for(void **state)
{
    (void)state;
    sample_size = SAMPLE_FILE_MAX;
    for (size_t i = 0; i <= ELF_SEGMENTS_MAX; i++) {
        put_load(i, &(struct sample_load){RIGHT_R | RIGHT_X, 0x400, 0x400400 + i * 4096, 0x10, 0x10});
    }
    put(24, 8, 0x400400);
    put(56, 2, ELF_SEGMENTS_MAX);
    assert_good();
    assert_int_equal(image.count, ELF_SEGMENTS_MAX);
    put(56, 2, ELF_SEGMENTS_MAX + 1);
    assert_refused(field(ELF_SEGMENTS_MAX, FIELD_TYPE), "the program has too many segments");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_sample, no_copy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_file_gives_its_segments),
        TEST(each_beginning_of_a_file_is_refused),
        TEST(only_one_kind_of_machine_and_file_is_taken),
        TEST(what_can_be_moved_or_still_has_to_be_linked_is_refused),
        TEST(thread_local_variables_and_unknown_headers_are_refused),
        TEST(headers_that_only_inform_are_passed_over),
        TEST(program_headers_are_inside_the_file),
        TEST(nothing_is_writable_and_executable),
        TEST(the_entry_is_in_the_bytes_of_what_may_be_executed),
        TEST(bytes_of_a_segment_are_inside_the_file),
        TEST(a_segment_without_bytes_in_the_file_is_all_zeros),
        TEST(a_segment_of_no_bytes_counts_for_nothing),
        TEST(segments_lie_in_the_half_of_the_server),
        TEST(no_two_segments_share_a_page),
        TEST(segments_are_aligned_as_their_bytes_are),
        TEST(a_program_is_no_larger_than_is_allowed),
        TEST(a_program_has_no_more_segments_than_there_is_room_for),
    };
    return cmocka_run_group_tests_name("server images", tests, NULL, NULL);
}
