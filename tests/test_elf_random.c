/* ELF files damaged at random: what ipc/elf.c lets pass can be used, and what it refuses it refuses with a place. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdbool.h>
#include <stdlib.h>

#include "tests/elf_fixture.h"
#include "tests/random.h"

enum { ROUNDS = 200000, DAMAGES_MAX = 4, SENTENCES_MAX = 64 };

static struct random chance;

/* What has been seen: a run that always ends in the same place would prove nothing. */
static struct {
    const char *sentences[SENTENCES_MAX];
    size_t count;
    unsigned good, changed_and_good;
} seen;

/* The last bytes of what the headers take. */
static size_t in_headers(size_t bytes)
{
    return (size_t)random_below(&chance, ELF_HEADER_BYTES + SAMPLE_HEADERS * ELF_PROGRAM_HEADER_BYTES - bytes);
}

static void damage_a_byte(void)
{
    put(in_headers(1), 1, random_next(&chance));
}

/* A field of a program header becomes small, huge, or near a border. */
static void damage_a_field(void)
{
    static const uint64_t borders[] = {0,      0x1000, 0x200, 0x400000, 0x401000, 0x7FFFFFFFF000, UINT64_C(1) << 63,
                                       1 << 22};
    static const size_t fields[] = {FIELD_TYPE,       FIELD_FLAGS,        FIELD_OFFSET,   FIELD_VIRTUAL,
                                    FIELD_FILE_BYTES, FIELD_MEMORY_BYTES, FIELD_ALIGNMENT};
    size_t which = fields[random_below(&chance, sizeof fields / sizeof *fields)];
    uint64_t value = borders[random_below(&chance, sizeof borders / sizeof *borders)];
    value = random_below(&chance, 4) == 0 ? random_next(&chance) >> random_below(&chance, 64) : value;
    value += random_below(&chance, 3) - 1;
    put(field((size_t)random_below(&chance, SAMPLE_HEADERS), which), which < FIELD_OFFSET ? 4 : 8, value);
}

/* Moves a segment as a whole, in memory and in the file. */
static void move_a_segment(void)
{
    uint64_t by = random_below(&chance, 0x1000), page = random_below(&chance, 16) * 4096;
    size_t header = (size_t)random_below(&chance, SAMPLE_HEADERS);
    put(field(header, FIELD_OFFSET), 8, by);
    put(field(header, FIELD_VIRTUAL), 8, 0x3FC000 + page + by);
}

static void take_other_rights(void)
{
    put(field((size_t)random_below(&chance, SAMPLE_HEADERS), FIELD_FLAGS), 4, random_below(&chance, 9));
}

static void swap_headers(void)
{
    uint8_t kept[ELF_PROGRAM_HEADER_BYTES];
    size_t a = field((size_t)random_below(&chance, SAMPLE_HEADERS), 0);
    size_t b = field((size_t)random_below(&chance, SAMPLE_HEADERS), 0);
    memcpy(kept, sample + a, sizeof kept);
    memmove(sample + a, sample + b, sizeof kept);
    memcpy(sample + b, kept, sizeof kept);
}

static void cut_off(void)
{
    sample_size = (size_t)random_below(&chance, SAMPLE_FILE_MAX);
}

static void damage(void)
{
    static void (*const damages[])(void) = {damage_a_byte,     damage_a_field, move_a_segment,
                                            take_other_rights, swap_headers,   cut_off};
    for (uint64_t left = random_below(&chance, DAMAGES_MAX + 1); left > 0; left--) {
        damages[random_below(&chance, sizeof damages / sizeof *damages)]();
    }
}

static void note(const char *sentence)
{
    for (size_t i = 0; i < seen.count; i++) {
        if (strcmp(seen.sentences[i], sentence) == 0) {
            return;
        }
    }
    assert_true(seen.count < SENTENCES_MAX);
    seen.sentences[seen.count++] = sentence;
}

static bool is_another(const struct elf_image *image)
{
    return image->count != 3 || image->end != 0x405000 || image->pages != 5 || image->entry != SAMPLE_ENTRY ||
           image->segments[1].start != 0x4011A0 || image->segments[1].rights != 0;
}

static void read_one(void)
{
    uint8_t *room = malloc(sample_size + 1);
    assert_non_null(room);
    memcpy(room + 1, sample, sample_size);
    const struct elf_file file = {room + 1, sample_size};
    struct elf_image image;
    memset(&image, 0xA5, sizeof image);
    struct elf_refusal refusal = elf_read(&file, &image);
    if (refusal.sentence == NULL) {
        expect_usable(&file, &image);
        seen.good++;
        seen.changed_and_good += is_another(&image);
    } else {
        expect_refused(&file, &refusal);
        note(refusal.sentence);
    }
    free(room);
}

static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    chance = random_seeded("test_elf");
    for (unsigned round = 0; round < ROUNDS; round++) {
        make_sample();
        damage();
        read_one();
    }
    printf("%zu refusals seen, %u of %d files good, %u of them in another way\n", seen.count, seen.good, ROUNDS,
           seen.changed_and_good);
    assert_in_range(seen.count, 22, SENTENCES_MAX);
    assert_in_range(seen.good, ROUNDS / 10, ROUNDS);
    assert_in_range(seen.changed_and_good, ROUNDS / 100, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_files_are_read_or_refused),
    };
    return cmocka_run_group_tests_name("server images, damaged", tests, NULL, NULL);
}
