/* A small ELF executable, made field by field, and what must be so of everything that ipc/elf.c lets pass. Included by one
 * program at a time.
 *
 *   file     0 |header|4 program headers|0x120 code  |0x1A0 constants|0x1C0 data  |0x200
 *   memory   0x400000 text, R X                     0x4011A0 R      0x4021C0 RW, 0x2000 bytes, zeros behind the data */
#pragma once

#include <string.h>

#include "core/assert.h"
#include "ipc/elf.h"
#include "mm/address_space.h"

enum {
    SAMPLE_HEADERS = 4,
    SAMPLE_BYTES = 0x200,
    SAMPLE_ENTRY = 0x400130,
    SAMPLE_FILE_MAX = 4096,

    FIELD_TYPE = 0, /* of a program header */
    FIELD_FLAGS = 4,
    FIELD_OFFSET = 8,
    FIELD_VIRTUAL = 16,
    FIELD_PHYSICAL = 24,
    FIELD_FILE_BYTES = 32,
    FIELD_MEMORY_BYTES = 40,
    FIELD_ALIGNMENT = 48,

    RIGHT_X = 1,
    RIGHT_W = 2,
    RIGHT_R = 4,
    KIND_LOAD = 1,
    KIND_STACK = 0x6474E551,
};

static uint8_t sample[SAMPLE_FILE_MAX];
static size_t sample_size;

static inline void put(size_t at, size_t bytes, uint64_t value)
{
    for (size_t i = 0; i < bytes; i++) {
        sample[at + i] = (uint8_t)(value >> 8 * i);
    }
}

/* Where in the file a field of a program header is. */
static inline size_t field(size_t header, size_t which)
{
    return ELF_HEADER_BYTES + header * ELF_PROGRAM_HEADER_BYTES + which;
}

struct sample_load {
    uint64_t rights, offset, virtual, file_bytes, memory_bytes;
};

static inline void put_load(size_t header, const struct sample_load *load)
{
    put(field(header, FIELD_TYPE), 4, KIND_LOAD);
    put(field(header, FIELD_FLAGS), 4, load->rights);
    put(field(header, FIELD_OFFSET), 8, load->offset);
    put(field(header, FIELD_VIRTUAL), 8, load->virtual);
    put(field(header, FIELD_PHYSICAL), 8, load->virtual);
    put(field(header, FIELD_FILE_BYTES), 8, load->file_bytes);
    put(field(header, FIELD_MEMORY_BYTES), 8, load->memory_bytes);
    put(field(header, FIELD_ALIGNMENT), 8, 4096);
}

static inline void put_header(void)
{
    static const uint8_t identity[16] = {0x7F, 'E', 'L', 'F', 2, 1, 1};
    memcpy(sample, identity, sizeof identity);
    put(16, 2, 2);
    put(18, 2, 62);
    put(20, 4, 1);
    put(24, 8, SAMPLE_ENTRY);
    put(32, 8, ELF_HEADER_BYTES);
    put(40, 8, 0); /* sections: none */
    put(48, 4, 0);
    put(52, 2, ELF_HEADER_BYTES);
    put(54, 2, ELF_PROGRAM_HEADER_BYTES);
    put(56, 2, SAMPLE_HEADERS);
    put(58, 6, 0);
}

static inline void make_sample(void)
{
    for (size_t i = 0; i < sizeof sample; i++) {
        sample[i] = (uint8_t)(i * 7 + 1);
    }
    sample_size = SAMPLE_BYTES;
    put_header();
    put_load(0, &(struct sample_load){RIGHT_R | RIGHT_X, 0, 0x400000, 0x1A0, 0x1A0});
    put_load(1, &(struct sample_load){RIGHT_R, 0x1A0, 0x4011A0, 0x20, 0x20});
    put_load(2, &(struct sample_load){RIGHT_R | RIGHT_W, 0x1C0, 0x4021C0, 0x40, 0x2000});
    memset(sample + field(3, 0), 0, ELF_PROGRAM_HEADER_BYTES);
    put(field(3, FIELD_TYPE), 4, KIND_STACK);
    put(field(3, FIELD_FLAGS), 4, RIGHT_R | RIGHT_W);
}

static inline void expect_usable_segment(const struct elf_file *file, const struct elf_segment *segment,
                                         uintptr_t after)
{
    uintptr_t first = segment->start & ~UINT64_C(4095);
    kassert(first >= after && first >= 0x1000 && first < 0x7FFFFFFFF000, "elf: a page twice, or not the server's");
    kassert(segment->pages >= 1 && segment->pages <= (0x7FFFFFFFF000 - first) / 4096, "elf: a page behind the half");
    kassert(segment->rights == 0 || segment->rights == USER_WRITE || segment->rights == USER_EXECUTE,
            "elf: rights that there are not");
    kassert(segment->bytes >= file->bytes && segment->bytes <= file->bytes + file->size &&
                segment->file_bytes <= (size_t)(file->bytes + file->size - segment->bytes),
            "elf: bytes that are not in the file");
    kassert(segment->start - first + segment->file_bytes <= segment->pages * 4096, "elf: bytes without a page");
}

/* Whether a program can be made of it without asking anything more. */
static inline void expect_usable(const struct elf_file *file, const struct elf_image *image)
{
    uintptr_t after = 0;
    size_t pages = 0, entries = 0;
    kassert(image->count >= 1 && image->count <= ELF_SEGMENTS_MAX, "elf: no segment, or too many");
    for (size_t i = 0; i < image->count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        expect_usable_segment(file, segment, after);
        after = (segment->start & ~UINT64_C(4095)) + segment->pages * 4096;
        pages += segment->pages;
        entries += segment->rights == USER_EXECUTE && image->entry >= segment->start &&
                   image->entry < segment->start + segment->file_bytes;
    }
    kassert(entries == 1, "elf: the entry is nowhere");
    kassert(image->end == after && image->pages == pages && pages <= ELF_PAGES_MAX, "elf: pages miscounted");
}

/* What must be so of a refusal. */
static inline void expect_refused(const struct elf_file *file, const struct elf_refusal *refusal)
{
    kassert(refusal->offset <= file->size, "elf: a refusal points behind the file");
    kassert(strlen(refusal->sentence) > 10, "elf: a refusal without a sentence");
}
