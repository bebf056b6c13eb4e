/* The firmware's ACPI tables: where they begin, and one table by its name (ACPI 6.5, 5.2.5 to 5.2.8). Portable: memory is
 * reached through a function. No length is trusted, and a table whose bytes don't add up to 0 isn't there.
 * What the tables say: core/acpi_routes.h (interrupts), core/acpi_power.h (reset and power-off). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ACPI_TABLE_BYTES_MAX = 1024 * 1024, /* the longest are DSDTs of some hundred KiB                       */
    ACPI_ROOT_ENTRIES_MAX = 256,        /* tables that the root names; those after it are passed over      */
    ACPI_HEADER_BYTES = 36,             /* what each table begins with: signature, length, checksum, names */
    ACPI_SIGNATURE_BYTES = 4,
};

/* How physical memory is read. */
struct acpi_memory {
    /* Copies `bytes` bytes at `physical`; false, and `to` may hold anything, where they cannot be read. A range that
     * goes past 2^64 cannot. */
    bool (*read)(void *context, uint64_t physical, void *to, size_t bytes);
    void *context;
};

/* Where the tables begin. */
struct acpi {
    struct acpi_memory memory; /* the caller's */
    /* acpi_find_root's: physical addresses of the two root tables; 0: none. */
    uint64_t xsdt;
    uint64_t rsdt;
};

/* A table that is sound: it may be read from 0 to `bytes`. */
struct acpi_table {
    const struct acpi_memory *memory;
    uint64_t physical;
    uint32_t bytes;
};

/* Looks for the root pointer at `rsdp`, unless that is 0; then in the first KiB of the extended BIOS data area, and from
 * 0xE0000 to 1 MiB. False when it is nowhere: then nothing else is found either.
 *   acpi  `memory` is filled in, the rest is the result */
bool acpi_find_root(struct acpi *acpi, uint64_t rsdp);

/* The first sound table with this signature that the XSDT names, else the RSDT. False: there is none, and *table is
 * unchanged. The table points into *acpi. */
bool acpi_find_table(const struct acpi *acpi, const char *signature, struct acpi_table *table);

/* The same for a table whose address is known; an address of 0 is none. */
bool acpi_table_at(const struct acpi *acpi, uint64_t physical, const char *signature, struct acpi_table *table);

/* Copies `bytes` bytes from `offset` on. False when the table ends before that. */
bool acpi_table_read(const struct acpi_table *table, uint32_t offset, void *to, uint32_t bytes);

/* The number of 1 to 8 bytes at `offset`, on no boundary; 0 when the table ends before that, which is what the fields of
 * later versions mean in a table of an earlier one. */
uint64_t acpi_table_number(const struct acpi_table *table, uint32_t offset, uint32_t bytes);

/* The little-endian number of `bytes` bytes at `from`. */
uint64_t acpi_number(const uint8_t *from, uint32_t bytes);
