#include "core/acpi.h"

#include <assert.h>

#include "core/string.h"

enum {
    PIECE_BYTES = 256, /* read at a time */

    RSDP_STEP = 16,
    RSDP_BYTES = 20,
    RSDP_EXTENDED_BYTES = 36,
    RSDP_LENGTH_MAX = PIECE_BYTES,
    RSDP_AT_REVISION = 15,
    RSDP_AT_RSDT = 16,
    RSDP_AT_LENGTH = 20,
    RSDP_AT_XSDT = 24,
    REVISION_EXTENDED = 2,

    EBDA_SEGMENT_AT = 0x40E, /* BIOS data area: the word that says where the extended one is */
    EBDA_LOWEST = 0x500,     /* above the BIOS data area itself                              */
    EBDA_END = 0xA0000,
    EBDA_SEARCH_BYTES = 1024,
    BIOS_START = 0xE0000,
    BIOS_END = 0x100000,

    HEADER_AT_LENGTH = 4,
    RSDT_ENTRY_BYTES = 4,
    XSDT_ENTRY_BYTES = 8,
};

static_assert((int)PIECE_BYTES % (int)RSDP_STEP == 0, "a piece holds whole steps of the search");

static const char rsdp_signature[] = "RSD PTR ";

static bool read_memory(const struct acpi_memory *memory, uint64_t physical, void *to, size_t bytes)
{
    return memory->read(memory->context, physical, to, bytes);
}

uint64_t acpi_number(const uint8_t *from, uint32_t bytes)
{
    uint64_t number = 0;
    while (bytes-- > 0) {
        number = number << 8 | from[bytes];
    }
    return number;
}

/* The checksum of everything in ACPI: the bytes add up to 0. */
static bool adds_up(const struct acpi_memory *memory, uint64_t physical, uint32_t bytes)
{
    uint8_t piece[PIECE_BYTES];
    unsigned sum = 0;
    if (bytes > UINT64_MAX - physical) {
        return false;
    }
    for (uint32_t done = 0; done < bytes;) {
        uint32_t next = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;
        if (!read_memory(memory, physical + done, piece, next)) {
            return false;
        }
        for (uint32_t i = 0; i < next; i++) {
            sum += piece[i];
        }
        done += next;
    }
    return (uint8_t)sum == 0;
}

/* Takes the root pointer at `at`, if that is a sound one. */
static bool take_root(struct acpi *acpi, uint64_t at)
{
    uint8_t rsdp[RSDP_EXTENDED_BYTES] = {0};
    const struct acpi_memory *memory = &acpi->memory;
    if (!read_memory(memory, at, rsdp, RSDP_BYTES) || memcmp(rsdp, rsdp_signature, sizeof rsdp_signature - 1) != 0 ||
        !adds_up(memory, at, RSDP_BYTES)) {
        return false;
    }
    if (rsdp[RSDP_AT_REVISION] >= REVISION_EXTENDED) {
        if (!read_memory(memory, at, rsdp, sizeof rsdp)) {
            return false;
        }
        uint32_t length = (uint32_t)acpi_number(&rsdp[RSDP_AT_LENGTH], 4);
        if (length < sizeof rsdp || length > RSDP_LENGTH_MAX || !adds_up(memory, at, length)) {
            return false;
        }
    }
    acpi->rsdt = acpi_number(&rsdp[RSDP_AT_RSDT], 4);
    acpi->xsdt = acpi_number(&rsdp[RSDP_AT_XSDT], 8);
    return true;
}

static bool search_root(struct acpi *acpi, uint64_t start, uint64_t end)
{
    uint8_t piece[PIECE_BYTES];
    for (uint64_t at = start; at < end; at += sizeof piece) {
        if (!read_memory(&acpi->memory, at, piece, sizeof piece)) {
            continue;
        }
        for (size_t i = 0; i < sizeof piece; i += RSDP_STEP) {
            if (piece[i] == (uint8_t)rsdp_signature[0] && take_root(acpi, at + i)) {
                return true;
            }
        }
    }
    return false;
}

static bool search_ebda(struct acpi *acpi)
{
    uint8_t segment[2];
    if (!read_memory(&acpi->memory, EBDA_SEGMENT_AT, segment, sizeof segment)) {
        return false;
    }
    uint64_t ebda = acpi_number(segment, sizeof segment) << 4;
    return ebda >= EBDA_LOWEST && ebda < EBDA_END && search_root(acpi, ebda, ebda + EBDA_SEARCH_BYTES);
}

bool acpi_find_root(struct acpi *acpi, uint64_t rsdp)
{
    acpi->xsdt = acpi->rsdt = 0;
    return (rsdp != 0 && take_root(acpi, rsdp)) || search_ebda(acpi) || search_root(acpi, BIOS_START, BIOS_END);
}

bool acpi_table_at(const struct acpi *acpi, uint64_t physical, const char *signature, struct acpi_table *table)
{
    uint8_t start[HEADER_AT_LENGTH + 4];
    if (physical == 0 || !read_memory(&acpi->memory, physical, start, sizeof start) ||
        memcmp(start, signature, ACPI_SIGNATURE_BYTES) != 0) {
        return false;
    }
    uint32_t bytes = (uint32_t)acpi_number(&start[HEADER_AT_LENGTH], 4);
    if (bytes < ACPI_HEADER_BYTES || bytes > ACPI_TABLE_BYTES_MAX || !adds_up(&acpi->memory, physical, bytes)) {
        return false;
    }
    *table = (struct acpi_table){&acpi->memory, physical, bytes};
    return true;
}

/* Among the tables that the root at `root` names, with addresses of `entry_bytes` each. */
static bool find_named(const struct acpi *acpi, const struct acpi_table *root, uint32_t entry_bytes,
                       const char *signature, struct acpi_table *table)
{
    uint32_t count = (root->bytes - ACPI_HEADER_BYTES) / entry_bytes;
    for (uint32_t i = 0; i < count && i < ACPI_ROOT_ENTRIES_MAX; i++) {
        uint64_t physical = acpi_table_number(root, ACPI_HEADER_BYTES + i * entry_bytes, entry_bytes);
        if (acpi_table_at(acpi, physical, signature, table)) {
            return true;
        }
    }
    return false;
}

bool acpi_find_table(const struct acpi *acpi, const char *signature, struct acpi_table *table)
{
    struct acpi_table root;
    return (acpi_table_at(acpi, acpi->xsdt, "XSDT", &root) &&
            find_named(acpi, &root, XSDT_ENTRY_BYTES, signature, table)) ||
           (acpi_table_at(acpi, acpi->rsdt, "RSDT", &root) &&
            find_named(acpi, &root, RSDT_ENTRY_BYTES, signature, table));
}

bool acpi_table_read(const struct acpi_table *table, uint32_t offset, void *to, uint32_t bytes)
{
    return offset <= table->bytes && bytes <= table->bytes - offset &&
           read_memory(table->memory, table->physical + offset, to, bytes);
}

uint64_t acpi_table_number(const struct acpi_table *table, uint32_t offset, uint32_t bytes)
{
    uint8_t raw[8];
    return acpi_table_read(table, offset, raw, bytes) ? acpi_number(raw, bytes) : 0;
}
