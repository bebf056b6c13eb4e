#include "ipc/elf.h"

#include "mm/address_space.h"

enum { BIT_EXECUTE = 1, BIT_WRITE = 2, BIT_READ = 4 }; /* p_flags */

enum {
    TYPE_NULL = 0,
    TYPE_LOAD = 1,
    TYPE_DYNAMIC = 2,
    TYPE_INTERPRETER = 3,
    TYPE_NOTE = 4,
    TYPE_HEADERS = 6,
    TYPE_THREAD_LOCAL = 7,
    TYPE_UNWINDING = 0x6474E550, /* PT_GNU_EH_FRAME, PT_GNU_STACK and PT_GNU_PROPERTY */
    TYPE_STACK = 0x6474E551,
    TYPE_PROPERTY = 0x6474E553,
};

/* Where the fields are that have no single right value. */
enum {
    AT_ENTRY = 24,
    AT_HEADERS = 32,
    AT_HEADER_COUNT = 56,

    /* in a program header */
    AT_TYPE = 0,
    AT_FLAGS = 4,
    AT_OFFSET = 8,
    AT_VIRTUAL = 16,
    AT_FILE_BYTES = 32,
    AT_MEMORY_BYTES = 40,
    AT_ALIGNMENT = 48,
};

/* Of the file's header. */
static const struct fixed {
    uint8_t at, bytes;
    uint32_t value;
    const char *otherwise;
} fixed[] = {
    {0, 4, 0x464C457F, "the file is not ELF"},
    {4, 1, 2, "the file is not for 64 bits"},
    {5, 1, 1, "the file is not little-endian"},
    {6, 1, 1, "the file is of another version of ELF"},
    {7, 2, 0, "the file is for another operating system"},
    {16, 2, 2, "the file is not an executable at fixed addresses"},
    {18, 2, 62, "the file is not for x86-64"},
    {20, 4, 1, "the file is of another version of ELF"},
    {48, 4, 0, "the file has flags that are not known"},
    {52, 2, ELF_HEADER_BYTES, "the file has headers of another size"},
    {54, 2, ELF_PROGRAM_HEADER_BYTES, "the file has headers of another size"},
};

struct load {
    uint64_t flags, offset, virtual, file_bytes, memory_bytes, alignment;
};

static struct elf_refusal refuse(size_t offset, const char *sentence)
{
    return (struct elf_refusal){sentence, offset};
}

/* Little-endian, at any address. */
static uint64_t number(const uint8_t *from, size_t bytes)
{
    uint64_t value = 0;
    while (bytes-- > 0) {
        value = value << 8 | from[bytes];
    }
    return value;
}

static struct elf_refusal check_header(const struct elf_file *file)
{
    if (file->size < ELF_HEADER_BYTES) {
        return refuse(file->size, "the file ends within its header");
    }
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (number(file->bytes + fixed[i].at, fixed[i].bytes) != fixed[i].value) {
            return refuse(fixed[i].at, fixed[i].otherwise);
        }
    }
    uint64_t headers = number(file->bytes + AT_HEADERS, 8), count = number(file->bytes + AT_HEADER_COUNT, 2);
    if (count > ELF_HEADERS_MAX) {
        return refuse(AT_HEADER_COUNT, "the file has too many program headers");
    }
    if (headers > file->size || count * ELF_PROGRAM_HEADER_BYTES > file->size - headers) {
        return refuse(AT_HEADERS, "the program headers are not inside the file");
    }
    return refuse(0, NULL);
}

static struct elf_refusal check_rights(uint64_t flags)
{
    if ((flags & ~(uint64_t)(BIT_READ | BIT_WRITE | BIT_EXECUTE)) != 0 || (flags & BIT_READ) == 0) {
        return refuse(AT_FLAGS, "a segment has rights that there are not");
    }
    if ((flags & BIT_WRITE) != 0 && (flags & BIT_EXECUTE) != 0) {
        return refuse(AT_FLAGS, "a segment is writable and executable");
    }
    return refuse(0, NULL);
}

static struct elf_refusal check_sizes(const struct load *load, const struct elf_file *file)
{
    if (load->memory_bytes > (uint64_t)ELF_PAGES_MAX * ELF_PAGE_BYTES) {
        return refuse(AT_MEMORY_BYTES, "the program takes too much memory");
    }
    if (load->file_bytes > load->memory_bytes) {
        return refuse(AT_FILE_BYTES, "a segment has more bytes in the file than in memory");
    }
    if (load->offset > file->size || load->file_bytes > file->size - load->offset) {
        return refuse(AT_OFFSET, "a segment is not inside the file");
    }
    return refuse(0, NULL);
}

/* `after`: where the pages of the segment before it end. */
static struct elf_refusal check_place(const struct load *load, uintptr_t after)
{
    if (load->virtual < USER_START || load->virtual >= USER_END || load->memory_bytes > USER_END - load->virtual) {
        return refuse(AT_VIRTUAL, "a segment is not in the half of a server");
    }
    if (load->alignment < ELF_PAGE_BYTES || (load->alignment & (load->alignment - 1)) != 0) {
        return refuse(AT_ALIGNMENT, "a segment is not aligned to pages");
    }
    if (load->virtual % load->alignment != load->offset % load->alignment) {
        return refuse(AT_VIRTUAL, "a segment is not aligned as its bytes in the file are");
    }
    if (load->virtual < after) {
        return refuse(AT_VIRTUAL, "a segment has a page of the one before it, or is out of order");
    }
    return refuse(0, NULL);
}

static unsigned rights_of(uint64_t flags)
{
    return ((flags & BIT_WRITE) != 0 ? USER_WRITE : 0u) | ((flags & BIT_EXECUTE) != 0 ? USER_EXECUTE : 0u);
}

static struct elf_refusal add_segment(const struct load *load, const struct elf_file *file, struct elf_image *image)
{
    uint64_t within = load->virtual % ELF_PAGE_BYTES;
    size_t pages = (within + load->memory_bytes + ELF_PAGE_BYTES - 1) / ELF_PAGE_BYTES;
    if (image->count == ELF_SEGMENTS_MAX) {
        return refuse(AT_TYPE, "the program has too many segments");
    }
    if (pages > ELF_PAGES_MAX - image->pages) {
        return refuse(AT_MEMORY_BYTES, "the program takes too much memory");
    }
    image->segments[image->count++] = (struct elf_segment){.start = load->virtual,
                                                           .pages = pages,
                                                           .bytes = file->bytes + load->offset,
                                                           .file_bytes = load->file_bytes,
                                                           .rights = rights_of(load->flags)};
    image->pages += pages;
    image->end = load->virtual - within + pages * ELF_PAGE_BYTES;
    return refuse(0, NULL);
}

static struct elf_refusal read_load(const uint8_t *header, const struct elf_file *file, struct elf_image *image)
{
    const struct load load = {.flags = number(header + AT_FLAGS, 4),
                              .offset = number(header + AT_OFFSET, 8),
                              .virtual = number(header + AT_VIRTUAL, 8),
                              .file_bytes = number(header + AT_FILE_BYTES, 8),
                              .memory_bytes = number(header + AT_MEMORY_BYTES, 8),
                              .alignment = number(header + AT_ALIGNMENT, 8)};
    if (load.memory_bytes == 0 && load.file_bytes == 0) {
        return refuse(0, NULL); /* a linker leaves such, of no sections */
    }
    struct elf_refusal refusal = check_rights(load.flags);
    refusal = refusal.sentence == NULL ? check_sizes(&load, file) : refusal;
    refusal = refusal.sentence == NULL ? check_place(&load, image->end) : refusal;
    return refusal.sentence == NULL ? add_segment(&load, file, image) : refusal;
}

/* The offset of a refusal counts from the header's first byte. */
static struct elf_refusal read_program_header(const uint8_t *header, const struct elf_file *file,
                                              struct elf_image *image)
{
    switch (number(header + AT_TYPE, 4)) {
    case TYPE_LOAD: return read_load(header, file, image);
    case TYPE_NULL:
    case TYPE_NOTE:
    case TYPE_HEADERS:
    case TYPE_UNWINDING:
    case TYPE_PROPERTY: return refuse(0, NULL);
    case TYPE_STACK:
        return refuse(AT_FLAGS, (header[AT_FLAGS] & BIT_EXECUTE) != 0 ? "the program's stack is executable" : NULL);
    case TYPE_DYNAMIC:
    case TYPE_INTERPRETER: return refuse(AT_TYPE, "the program is not linked statically");
    case TYPE_THREAD_LOCAL: return refuse(AT_TYPE, "the program has thread-local variables");
    default: return refuse(AT_TYPE, "the program has a header of a kind that is not known");
    }
}

static struct elf_refusal check_entry(const struct elf_image *image)
{
    for (size_t i = 0; i < image->count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        if ((segment->rights & USER_EXECUTE) != 0 && image->entry >= segment->start &&
            image->entry - segment->start < segment->file_bytes) {
            return refuse(0, NULL);
        }
    }
    return refuse(AT_ENTRY, "the entry is not in a segment that is executable");
}

struct elf_refusal elf_read(const struct elf_file *file, struct elf_image *image)
{
    struct elf_refusal refusal = check_header(file);
    if (refusal.sentence != NULL) {
        return refusal;
    }
    *image = (struct elf_image){.entry = number(file->bytes + AT_ENTRY, 8)};
    uint64_t at = number(file->bytes + AT_HEADERS, 8);
    for (uint64_t left = number(file->bytes + AT_HEADER_COUNT, 2); left > 0; left--) {
        refusal = read_program_header(file->bytes + at, file, image);
        if (refusal.sentence != NULL) {
            return refuse(at + refusal.offset, refusal.sentence);
        }
        at += ELF_PROGRAM_HEADER_BYTES;
    }
    return check_entry(image);
}
