/* What an ELF executable asks for (System V ABI, generic part: chapters 4 and 5; AMD64 supplement: chapter 4). Read is what a
 * server image may be: for x86-64, little-endian, linked statically to fixed addresses. Nothing in the file is trusted, and
 * sections are not looked at. Portable.
 *
 * Of the program headers PT_LOAD counts; those that only inform are passed over, and all others are refused, so that no
 * program runs without something that it relies on. A segment has pages of its own, in the order of addresses, and is
 * never writable and executable. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/config.h"

enum {
    ELF_SEGMENTS_MAX = 8,
    ELF_HEADERS_MAX = 32,         /* of the program, those that only inform included */
    ELF_PAGES_MAX = 1024,         /* of all segments                                 */
    ELF_PAGE_BYTES = BLOCK_BYTES, /* as mm/page_table.h has them                     */
    ELF_PROGRAM_HEADER_BYTES = 56,
    ELF_HEADER_BYTES = 64,
};

struct elf_file {
    const uint8_t *bytes;
    size_t size;
};

struct elf_segment {
    uintptr_t start;      /* where its first byte comes; the page's bytes before it are 0  */
    size_t pages;         /* from that byte's page on, at least 1                          */
    const uint8_t *bytes; /* in the file                                                   */
    size_t file_bytes;    /* as many; what is left of the pages is 0                       */
    unsigned rights;      /* a set of enum user_rights (mm/address_space.h)                */
};

/* All pages lie in [USER_START, USER_END). Good for as long as the file's bytes stay. */
struct elf_image {
    uintptr_t entry; /* in the file's bytes of a segment that may be executed          */
    uintptr_t end;   /* first address behind the last page                             */
    size_t pages;    /* of all segments, at most ELF_PAGES_MAX                         */
    size_t count;    /* at least 1                                                     */
    struct elf_segment segments[ELF_SEGMENTS_MAX];
};

struct elf_refusal {
    const char *sentence; /* NULL: it was not refused                     */
    size_t offset;        /* in the file, of the field that is wrong; or where it ends too early */
};

/* Reads the file; what `image` says means nothing when it is refused. Time in proportion to ELF_HEADERS_MAX. */
struct elf_refusal elf_read(const struct elf_file *file, struct elf_image *image);
