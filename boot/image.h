/* The kernel image. On the disk: its header, as core/entry.asm and kernel.ld lay it out, and behind it the rest, packed
 * (boot/unpack.h). The loader reads the header before anything else, and `./tessera plan` reads it from the built file. In
 * memory the packed file first lies at the end of what will be the kernel's bss:
 *
 *   | header | unpacked        |             | header | packed | fill |
 *   start                      file_bytes    whole sectors            memory_bytes */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "boot/layout.h"

struct image_header {
    uint32_t magic[2];     /* IMAGE_MAGIC_0, IMAGE_MAGIC_1                                    */
    uint32_t file_bytes;   /* bytes of the image as linked, unpacked, this header included    */
    uint32_t memory_bytes; /* bytes it occupies, bss included; whole pages                    */
    uint64_t virtual_base; /* virtual address of this header                                  */
    uint64_t entry;        /* virtual address of the first instruction, 64-bit mode           */
    uint32_t checksum;     /* 32-bit FNV-1a of the unpacked bytes after this header           */
    uint32_t version;      /* IMAGE_HEADER_VERSION                                            */
    uint32_t
        packed_bytes; /* what stands behind this header on the disk; tests/tools/mkimage.py fills it and the sum in */
    uint32_t reserved; /* 0 */
};

enum {
    IMAGE_MAGIC_0 = 0x53534554, /* "TESS" */
    IMAGE_MAGIC_1 = 0x41524541, /* "AERA" */
    IMAGE_HEADER_VERSION = 2,
    IMAGE_BYTES_MAX = 2 * 1024 * 1024, /* in memory: one page table maps it */
};

_Static_assert(sizeof(struct image_header) == IMAGE_HEADER_BYTES, "the loader and core/entry.asm agree on its size");
_Static_assert(offsetof(struct image_header, file_bytes) == IMAGE_AT_FILE_BYTES, "boot/image.asm reads it there");
_Static_assert(offsetof(struct image_header, memory_bytes) == IMAGE_AT_MEMORY_BYTES, "boot/image.asm reads it there");
_Static_assert(offsetof(struct image_header, virtual_base) == IMAGE_AT_VIRTUAL_BASE, "boot/long.asm reads it there");
_Static_assert(offsetof(struct image_header, entry) == IMAGE_AT_ENTRY, "boot/long.asm reads it there");

_Static_assert(offsetof(struct image_header, packed_bytes) == IMAGE_AT_PACKED_BYTES, "boot/image.asm reads it there");

/* NULL when the loader can work with this header; else what is wrong, as a sentence without a full stop. Reads
 * nothing but the header. */
const char *image_header_refusal(const struct image_header *header);

/* Puts the image where it belongs, its header first. NULL, or what is wrong with its packed bytes, as a sentence.
 *   header  one that image_header_refusal accepted
 *   packed  header->packed_bytes bytes
 *   image   room for header->file_bytes bytes, which overlaps `packed` nowhere */
const char *image_unpack(const struct image_header *header, const void *packed, void *image);

/* NULL when the unpacked bytes are those that the checksum was made of; else the sentence.
 *   header  one that image_header_refusal accepted
 *   image   the first byte of header->file_bytes bytes, a header included */
const char *image_damage(const struct image_header *header, const void *image);
