/* Made-up physical memory with ACPI tables in it: the first MiB, and some pages where QEMU keeps its tables; nothing else can
 * be read. Included by one test program, or fuzzer, at a time. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/acpi.h"
#include "tests/acpi_tables.h"

#define FAKE_HIGH UINT64_C(0x7FE0000)

enum {
    FAKE_LOW_BYTES = 0x100000,
    FAKE_HIGH_BYTES = 0x8000,
    FAKE_READS_MAX = 200000, /* more is a loop without end */
    CHECKSUM_AT = 9,         /* in a table                 */
    ROOT_CHECKSUM_AT = 8,
    ROOT_EXTENDED_CHECKSUM_AT = 32,
    ROOT_BYTES = 20,
    ROOT_EXTENDED_BYTES = 36,
};

static uint8_t fake_low[FAKE_LOW_BYTES], fake_high[FAKE_HIGH_BYTES];
static unsigned fake_reads;

/* Where that memory is; NULL where some of it is not. */
static inline uint8_t *fake(uint64_t physical, size_t bytes)
{
    if (physical < FAKE_LOW_BYTES && bytes <= FAKE_LOW_BYTES - physical) {
        return &fake_low[physical];
    }
    if (physical >= FAKE_HIGH && physical - FAKE_HIGH < FAKE_HIGH_BYTES &&
        bytes <= FAKE_HIGH_BYTES - (physical - FAKE_HIGH)) {
        return &fake_high[physical - FAKE_HIGH];
    }
    return NULL;
}

static inline bool fake_read(void *context, uint64_t physical, void *to, size_t bytes)
{
    const uint8_t *from = fake(physical, bytes);
    (void)context;
    if (++fake_reads > FAKE_READS_MAX) {
        abort();
    }
    if (from == NULL) {
        return false;
    }
    memcpy(to, from, bytes);
    return true;
}

/* Memory without a table, and what reads it. */
static inline struct acpi fake_empty(void)
{
    struct acpi acpi;
    memset(&acpi, 0xA5, sizeof acpi);
    memset(fake_low, 0xA5, sizeof fake_low);
    memset(fake_high, 0xA5, sizeof fake_high);
    fake_reads = 0;
    acpi.memory = (struct acpi_memory){fake_read, NULL};
    return acpi;
}

static inline void put(uint64_t physical, const void *data, size_t bytes)
{
    uint8_t *to = fake(physical, bytes);
    if (to == NULL) {
        abort();
    }
    memcpy(to, data, bytes);
}

static inline void put_number(uint64_t physical, uint64_t number, size_t bytes)
{
    put(physical, &number, bytes);
}

/* Makes `bytes` bytes add up to 0 by the one at `at`. */
static inline void fake_balance(uint64_t physical, size_t bytes, size_t at)
{
    uint8_t *start = fake(physical, bytes);
    if (start != NULL) {
        start[at] = 0;
        uint8_t sum = 0;
        for (size_t i = 0; i < bytes; i++) {
            sum = (uint8_t)(sum + start[i]);
        }
        start[at] = (uint8_t)-sum;
    }
}

/* Gives a table, as long as it says, the right checksum; one too short for that, or too long, stays as it is. */
static inline void seal(uint64_t physical)
{
    uint32_t bytes = 0;
    const uint8_t *start = fake(physical, ACPI_HEADER_BYTES);
    if (start != NULL) {
        memcpy(&bytes, start + 4, sizeof bytes);
    }
    if (bytes >= ACPI_HEADER_BYTES) {
        fake_balance(physical, bytes, CHECKSUM_AT);
    }
}

static inline void seal_root(uint64_t physical)
{
    fake_balance(physical, ROOT_BYTES, ROOT_CHECKSUM_AT);
    const uint8_t *root = fake(physical, ROOT_EXTENDED_BYTES);
    if (root != NULL && root[15] >= 2) {
        fake_balance(physical, ROOT_EXTENDED_BYTES, ROOT_EXTENDED_CHECKSUM_AT);
    }
}

/* A root pointer: of the first version without an XSDT, else of the second. */
static inline void put_root(uint64_t physical, uint32_t rsdt, uint64_t xsdt)
{
    put(physical, "RSD PTR \0TESTER", 15);
    put_number(physical + 15, xsdt != 0 ? 2 : 0, 1);
    put_number(physical + 16, rsdt, 4);
    if (xsdt != 0) {
        put_number(physical + 20, ROOT_EXTENDED_BYTES, 4);
        put_number(physical + 24, xsdt, 8);
    }
    seal_root(physical);
}

/* A table with this body. */
static inline void put_table(uint64_t physical, const char *signature, const void *body, size_t bytes)
{
    put(physical, signature, ACPI_SIGNATURE_BYTES);
    put_number(physical + 4, ACPI_HEADER_BYTES + bytes, 4);
    put(physical + ACPI_HEADER_BYTES, body, bytes);
    seal(physical);
}

static inline size_t put_hex(uint64_t physical, const char *hex)
{
    size_t bytes = strlen(hex) / 2;
    for (size_t i = 0; i < bytes; i++) {
        const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        put_number(physical + i, strtoul(digits, NULL, 16), 1);
    }
    return bytes;
}

/* One of QEMU's machines, and nothing else. */
static inline struct acpi fake_machine(const struct acpi_piece *pieces)
{
    struct acpi acpi = fake_empty();
    for (size_t i = 0; i < ACPI_PIECES; i++) {
        put_hex(pieces[i].physical, pieces[i].hex);
    }
    return acpi;
}
