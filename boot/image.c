#include "boot/image.h"

#include "boot/unpack.h"

static const char *sizes_refusal(const struct image_header *header)
{
    if (header->file_bytes < IMAGE_HEADER_BYTES || header->file_bytes > header->memory_bytes) {
        return "the kernel image's sizes contradict each other";
    }
    if (header->memory_bytes % BLOCK_BYTES != 0) {
        return "the kernel image does not end with a page";
    }
    if (header->memory_bytes > IMAGE_BYTES_MAX) {
        return "the kernel image is larger than 2 MiB";
    }
    uint64_t file_sectors = (IMAGE_HEADER_BYTES + (uint64_t)header->packed_bytes + SECTOR_BYTES - 1) / SECTOR_BYTES;
    if (header->file_bytes + file_sectors * SECTOR_BYTES > header->memory_bytes) {
        return "the kernel image has no room to be unpacked";
    }
    return NULL;
}

/* One page table has to map the image, and the lower half belongs to the identity map (boot/long.asm). */
static const char *addresses_refusal(const struct image_header *header)
{
    if (header->virtual_base >> 47 != 0x1FFFF || header->virtual_base % IMAGE_BYTES_MAX != 0) {
        return "the kernel image is linked at an address that the loader cannot map";
    }
    if (header->entry < header->virtual_base || header->entry - header->virtual_base >= header->file_bytes) {
        return "the kernel image's entry lies outside the image";
    }
    return NULL;
}

const char *image_header_refusal(const struct image_header *header)
{
    if (header->magic[0] != IMAGE_MAGIC_0 || header->magic[1] != IMAGE_MAGIC_1) {
        return "there is no kernel image behind the loader";
    }
    if (header->version != IMAGE_HEADER_VERSION) {
        return "the kernel image is of another version than the loader";
    }
    const char *refusal = sizes_refusal(header);
    return refusal != NULL ? refusal : addresses_refusal(header);
}

/* FNV-1a, 32 bits: offset basis 0x811c9dc5, prime 0x01000193. tests/tools/mkimage.py computes the same. */
static uint32_t checksum(const unsigned char *bytes, uint32_t count)
{
    uint32_t hash = 0x811C9DC5;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ bytes[i]) * 0x01000193;
    }
    return hash;
}

const char *image_unpack(const struct image_header *header, const void *packed, void *image)
{
    __builtin_memcpy(image, header, sizeof *header);
    return unpack(&(struct unpack){.from = packed,
                                   .from_bytes = header->packed_bytes,
                                   .to = (uint8_t *)image + IMAGE_HEADER_BYTES,
                                   .to_bytes = header->file_bytes - IMAGE_HEADER_BYTES});
}

const char *image_damage(const struct image_header *header, const void *image)
{
    const unsigned char *body = (const unsigned char *)image + IMAGE_HEADER_BYTES;
    if (checksum(body, header->file_bytes - IMAGE_HEADER_BYTES) != header->checksum) {
        return "the kernel image is damaged: its checksum does not match";
    }
    return NULL;
}
