/* The sleep types of "off", out of the DSDT's bytes. They stand there as
 *
 *   NameOp  [\]  "_S5_"  PackageOp  length  count  type for PM1a  type for PM1b  ...
 *
 * A definition is simple when the types are plain numbers of a byte (ACPI 6.5, 20.2.3 to 20.2.5). */
#include "core/acpi_power.h"

#include "core/string.h"

enum {
    PIECE_BYTES = 256, /* read at a time */
    NAME_BYTES = 4,

    AML_ZERO = 0x00,
    AML_ONE = 0x01,
    AML_NAME = 0x08,
    AML_BYTE = 0x0A,
    AML_PACKAGE = 0x12,
    AML_ROOT = '\\',
    LENGTH_MORE_SHIFT = 6, /* the first byte's upper bits: how many bytes of the length follow */
    TYPES = 2,

    DEFINITION_BYTES_MAX = 10, /* PackageOp, a length of 4 bytes, the count, two numbers of 2 bytes */
};

/* In a short name the rest is padded with '_'. */
static const char name[] = "_S5_";

static uint8_t byte_at(const struct acpi_table *dsdt, uint32_t offset)
{
    return (uint8_t)acpi_table_number(dsdt, offset, 1);
}

/* Is it a definition of that name, not a use? */
static bool is_defined(const struct acpi_table *dsdt, uint32_t at)
{
    uint8_t before = byte_at(dsdt, at - 1);
    return before == AML_NAME || (before == AML_ROOT && byte_at(dsdt, at - 2) == AML_NAME);
}

/* What stands behind the name; `left` bytes are left of the table there, and those copied are no more. */
struct definition {
    uint8_t bytes[DEFINITION_BYTES_MAX];
    uint32_t left;
    uint32_t next;
};

static bool read_definition(const struct acpi_table *dsdt, uint32_t at, struct definition *definition)
{
    uint32_t left = dsdt->bytes - at;
    *definition = (struct definition){.left = left};
    return acpi_table_read(dsdt, at, definition->bytes, left < DEFINITION_BYTES_MAX ? left : DEFINITION_BYTES_MAX);
}

/* Takes the head of a package up to its count of elements, and returns where it ends. *count is left alone when it is no
 * package, or one that the table does not hold. */
static uint32_t take_package(struct definition *definition, uint8_t *count)
{
    const uint8_t *length_at = &definition->bytes[1];
    uint32_t more = length_at[0] >> LENGTH_MORE_SHIFT;
    uint32_t length = length_at[0]; /* all of it, when none follow */
    if (more != 0) {
        length = (length_at[0] & 0xF) | (uint32_t)acpi_number(&length_at[1], more) << 4;
    }
    if (definition->bytes[0] != AML_PACKAGE || length >= definition->left) {
        return 0;
    }
    *count = length_at[1 + more];
    definition->next = 1 + 1 + more + 1;
    return 1 + length;
}

/* False when it is not a plain number. */
static bool take_number(struct definition *definition, uint8_t *number)
{
    uint8_t op = definition->bytes[definition->next++];
    *number = op == AML_BYTE ? definition->bytes[definition->next++] : op;
    return op == AML_ZERO || op == AML_ONE || op == AML_BYTE;
}

/* Takes the types of the definition whose name ends at `at`; what's wrong with it, or NULL. */
static const char *take_types(const struct acpi_table *dsdt, uint32_t at, struct acpi_off *off)
{
    struct definition definition;
    uint8_t count = 0;
    uint32_t end = read_definition(dsdt, at, &definition) ? take_package(&definition, &count) : 0;
    if (count < TYPES || !take_number(&definition, &off->pm1a_type) || !take_number(&definition, &off->pm1b_type) ||
        definition.next > end) {
        return "the DSDT's \\_S5 is not simple enough";
    }
    if (off->pm1a_type > ACPI_SLEEP_TYPE_MAX || off->pm1b_type > ACPI_SLEEP_TYPE_MAX) {
        return "the DSDT's \\_S5 has a sleep type above 7";
    }
    return NULL;
}

/* Where the name stands next, from `at` on; the table's end when it doesn't. */
static uint32_t find_name(const struct acpi_table *dsdt, uint32_t at)
{
    char piece[PIECE_BYTES];
    while (dsdt->bytes - at >= NAME_BYTES) {
        uint32_t bytes = dsdt->bytes - at < PIECE_BYTES ? dsdt->bytes - at : PIECE_BYTES;
        if (!acpi_table_read(dsdt, at, piece, bytes)) {
            break;
        }
        for (uint32_t i = 0; i + NAME_BYTES <= bytes; i++) {
            if (piece[i] == name[0] && memcmp(&piece[i], name, NAME_BYTES) == 0) {
                return at + i;
            }
        }
        at += bytes - (NAME_BYTES - 1);
    }
    return dsdt->bytes;
}

const char *acpi_off_refusal(const struct acpi *acpi, const struct acpi_power *power, struct acpi_off *off)
{
    struct acpi_table dsdt;
    struct acpi_off found = {0};
    bool any = false;
    if (power->pm1a_control == 0) {
        return "no ACPI table names a port for that";
    }
    if (!acpi_table_at(acpi, power->dsdt, "DSDT", &dsdt)) {
        return "there is no sound DSDT";
    }
    for (uint32_t at = ACPI_HEADER_BYTES + 1; (at = find_name(&dsdt, at)) < dsdt.bytes; at += NAME_BYTES) {
        struct acpi_off this;
        if (!is_defined(&dsdt, at)) {
            continue;
        }
        const char *wrong = take_types(&dsdt, at + NAME_BYTES, &this);
        if (wrong != NULL) {
            return wrong;
        }
        if (any && (this.pm1a_type != found.pm1a_type || this.pm1b_type != found.pm1b_type)) {
            return "the DSDT has more than one \\_S5, and they differ";
        }
        found = this;
        any = true;
    }
    if (!any) {
        return "the DSDT defines no \\_S5";
    }
    *off = found;
    return NULL;
}
