/* ipc/elf.c on files that a linker made, against what the host's own <elf.h> says of them. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/elf_fixture.h"

static struct elf_file file;
static struct elf_image image;

static uint8_t *read_whole(const char *path)
{
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    long size = ftell(stream);
    assert_true(size > 0);
    rewind(stream);
    uint8_t *bytes = malloc((size_t)size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, stream), size);
    assert_int_equal(fclose(stream), 0);
    file = (struct elf_file){bytes, (size_t)size};
    return bytes;
}

static void assert_segment_is(const struct elf_segment *segment, const Elf64_Phdr *header)
{
    unsigned rights = (header->p_flags & PF_W) != 0 ? USER_WRITE : 0;
    rights |= (header->p_flags & PF_X) != 0 ? USER_EXECUTE : 0;
    uint64_t last = (header->p_vaddr + header->p_memsz - 1) / 4096;
    assert_int_equal(segment->start, header->p_vaddr);
    assert_int_equal(segment->pages, last - header->p_vaddr / 4096 + 1);
    assert_ptr_equal(segment->bytes, file.bytes + header->p_offset);
    assert_int_equal(segment->file_bytes, header->p_filesz);
    assert_int_equal(segment->rights, rights);
}

static void what_the_hosts_linker_makes_is_understood(void **state)
{
    (void)state;
    uint8_t *bytes = read_whole(ELF_SAMPLE);
    struct elf_refusal refusal = elf_read(&file, &image);
    if (refusal.sentence != NULL) {
        fail_msg("at 0x%zx: %s", refusal.offset, refusal.sentence);
    }
    expect_usable(&file, &image);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)bytes;
    const Elf64_Phdr *program = (const Elf64_Phdr *)(const void *)(bytes + header->e_phoff);
    size_t loads = 0;
    assert_int_equal(image.entry, header->e_entry);
    for (size_t i = 0; i < header->e_phnum; i++) {
        if (program[i].p_type == PT_LOAD) {
            assert_true(loads < image.count);
            assert_segment_is(&image.segments[loads++], &program[i]);
        }
    }
    assert_int_equal(image.count, loads);
    assert_in_range(loads, 3, ELF_SEGMENTS_MAX);
    free(bytes);
}

/* This very test: the host links it to be moved, and dynamically. */
static void an_ordinary_program_is_refused(void **state)
{
    (void)state;
    uint8_t *bytes = read_whole("/proc/self/exe");
    struct elf_refusal refusal = elf_read(&file, &image);
    assert_non_null(refusal.sentence);
    expect_refused(&file, &refusal);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_hosts_linker_makes_is_understood),
        cmocka_unit_test(an_ordinary_program_is_refused),
    };
    return cmocka_run_group_tests_name("server images, real ones", tests, NULL, NULL);
}
