/* QEMU's tables, damaged at random: whatever they hold, what is read out of them can be used (tests/acpi_everything.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/acpi_everything.h"
#include "tests/random.h"

enum { ROUNDS = 20000, DAMAGES_MAX = 6 };

static struct random chance;
static const struct acpi_piece *machine;

/* What has been seen; a run that never gets anywhere would prove nothing. */
static struct {
    unsigned by_source[ROUTES_NO_IOAPIC + 1], broken, rootless, off, not_off, reset;
} seen;

static size_t length_of(const struct acpi_piece *piece)
{
    return strlen(piece->hex) / 2;
}

static void damage_a_byte(const struct acpi_piece *piece)
{
    size_t at = (size_t)random_below(&chance, length_of(piece));
    fake(piece->physical + at, 1)[0] = (uint8_t)random_next(&chance);
}

/* A number of 1, 2, 4 or 8 bytes becomes small, huge, or a bit of both. */
static void damage_a_number(const struct acpi_piece *piece)
{
    size_t bytes = (size_t)1 << random_below(&chance, 4);
    uint64_t at = random_below(&chance, length_of(piece) - bytes);
    uint64_t number = random_next(&chance) >> random_below(&chance, 64);
    number = random_below(&chance, 4) == 0 ? ~number : number;
    put_number(piece->physical + at, number, bytes);
}

static void damage_a_length(const struct acpi_piece *piece)
{
    uint64_t length = random_below(&chance, 2 * length_of(piece));
    put_number(piece->physical + 4, length, 4);
}

/* Some bytes again, elsewhere. */
static void repeat_some(const struct acpi_piece *piece)
{
    size_t length = length_of(piece);
    size_t from = (size_t)random_below(&chance, length), to = (size_t)random_below(&chance, length);
    size_t most = length - (from > to ? from : to);
    memmove(fake(piece->physical + to, most), fake(piece->physical + from, most),
            1 + (size_t)random_below(&chance, most));
}

/* One of the tables points to another, or to itself. */
static void point_elsewhere(const struct acpi_piece *piece)
{
    uint64_t at = random_below(&chance, length_of(piece) - 4) & ~UINT64_C(3);
    put_number(piece->physical + at, machine[random_below(&chance, ACPI_PIECES)].physical, 4);
}

static void damage(void)
{
    static void (*const damages[])(const struct acpi_piece *piece) = {damage_a_byte, damage_a_number, damage_a_length,
                                                                      repeat_some, point_elsewhere};
    for (uint64_t left = random_below(&chance, DAMAGES_MAX + 1); left > 0; left--) {
        const struct acpi_piece *piece = &machine[random_below(&chance, ACPI_PIECES)];
        damages[random_below(&chance, sizeof damages / sizeof *damages)](piece);
    }
    seal_root(machine[RSDP_PIECE].physical);
    for (size_t i = RSDT_PIECE; i < ACPI_PIECES; i++) {
        if (random_below(&chance, 16) != 0) {
            seal(machine[i].physical);
        }
    }
}

static void restore(void)
{
    memset(fake_high, 0xA5, sizeof fake_high);
    for (size_t i = 0; i < ACPI_PIECES; i++) {
        put_hex(machine[i].physical, machine[i].hex);
    }
}

static void look(const struct acpi_findings *found)
{
    seen.by_source[found->routes.source]++;
    seen.broken += found->routes.broken_at != 0;
    seen.rootless += !found->root;
    seen.off += found->off_refusal == NULL;
    seen.not_off += found->off_refusal != NULL;
    seen.reset += found->power.reset_space != ACPI_RESET_NONE;
}

static void damaged_tables_are_read_or_refused(void **state)
{
    struct acpi acpi = fake_empty();
    (void)state;
    chance = random_seeded("test_acpi");
    for (unsigned round = 0; round < ROUNDS; round++) {
        fake_low[0x40E] = fake_low[0x40F] = 0;
        machine = acpi_machines[round % ACPI_MACHINES];
        memset(&fake_low[acpi_pc[RSDP_PIECE].physical], 0, 64); /* both machines' root pointers are there */
        restore();
        damage();
        struct acpi_findings found = acpi_everything(&acpi);
        look(&found);
    }
    const unsigned counts[] = {seen.by_source[ROUTES_FROM_MADT],
                               seen.by_source[ROUTES_NO_MADT],
                               seen.by_source[ROUTES_NO_IOAPIC],
                               seen.broken,
                               seen.rootless,
                               seen.off,
                               seen.not_off,
                               seen.reset};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        assert_in_range(counts[i], 10, ROUNDS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_tables_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
