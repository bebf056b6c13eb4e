/* tests/tools/maplog.c: every real map in every form, and damaged texts. */
#include "tests/maps.h"
#include "tests/random.h"

#include "tests/maplog_fixture.h"

enum { FORM_COUNT = 6 };

static void linux_words(char words[40], uint32_t type)
{
    static const char *const WORDS[] = {"usable", "reserved", "ACPI data", "ACPI NVS", "unusable"};
    if (type >= 1 && type <= 5) {
        snprintf(words, 40, "%s", WORDS[type - 1]);
    } else {
        snprintf(words, 40, "type %u", type);
    }
}

/* Prints an entry in one of the forms that the logs of these machines had, in Linux's with sizes, or in ours. */
static void print_entry(char line[160], unsigned form, const struct firmware_entry *entry)
{
    char words[40];
    unsigned long long base = entry->base;
    unsigned long long length = entry->length;
    linux_words(words, entry->type);
    switch (form) {
    case 0: snprintf(line, 160, "BIOS-e820: [mem 0x%016llx-0x%016llx] %s\n", base, base + length - 1, words); break;
    case 1: snprintf(line, 160, " BIOS-e820: %016llx - %016llx (%s)\n", base, base + length, words); break;
    case 2: snprintf(line, 160, " BIOS-e820: %016llx @ %016llx (%s)\n", length, base, words); break;
    case 3:
        snprintf(line, 160, "BIOS-e820: [mem 0x%016llx-0x%016llx] %4llu.%llu MB %s\n", base, base + length - 1,
                 length >> 20, (length >> 10) % 10, words);
        break;
    case 4: snprintf(line, 160, "SMAP type=%02x base=%016llx len=%016llx\n", entry->type, base, length); break;
    default: snprintf(line, 160, "tessera-map: 0x%016llx 0x%016llx %u\n", base, length, entry->type); break;
    }
}

static void every_real_map_is_read_back_from_every_form(void **state)
{
    (void)state;
    static char text[E820_ANSWERS_MAX * 160];
    for (size_t i = 0; i < real_map_count; i++) {
        for (unsigned form = 0; form < FORM_COUNT; form++) {
            text[0] = '\0';
            for (size_t k = 0; k < real_maps[i].count; k++) {
                print_entry(text + strlen(text), form, &real_maps[i].entries[k]);
            }
            read_good(text);
            assert_int_equal(maplog.count, real_maps[i].count);
            for (uint32_t k = 0; k < maplog.count; k++) {
                const struct firmware_entry *entry = &real_maps[i].entries[k];
                bool hidden = (form == 0 || form == 3) && entry->length == 0; /* prints as 0 to 2^64 - 1 */
                assert_entry(k, hidden ? maplog.entries[k].base : entry->base, entry->length, entry->type);
            }
        }
    }
}

/* Cut, garbled and spliced texts are read or refused, never more. The sanitizers watch. */
static void damaged_texts_never_break_the_reader(void **state)
{
    (void)state;
    static const char TEXT[] = "[    0.000000] BIOS-provided physical RAM map:\n"
                               "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
                               "BIOS-e820: \x1b[0m[mem 0x0000000000100000-0x0000000007fdffff]  126.8 MB System RAM\n"
                               "modified: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
                               "last_pfn = 0x7fe0 max_arch_pfn = 0x400000000\n---<<BOOT>>---\n"
                               " BIOS-e820: 000000000009fc00 - 00000000000a0000 (reserved)\n"
                               " BIOS-e820: 07ee0000 @ 00100000 (persistent (type 12))\n"
                               "SMAP type=01, xattr=00, base=0000000000300000, len=0000000000100000\n"
                               "(XEN) Xen-e820 RAM map:\n(XEN)  [0000000000000000, 000000000009fbff] (usable)\n"
                               "e820 map has 1 items:\n  0: 0000000000000000 - 000000000009fc00 = 1 RAM\n"
                               "tessera-map: source e820 entries 1\n"
                               "tessera-map: 0x0000000000000000 0x000000000009fc00 1 attr=0x3\n";
    struct random random = random_seeded("test_maplog");
    for (unsigned round = 0; round < 4000; round++) {
        const char *source = round % 2 == 0 ? TEXT : TWO_MAPS;
        size_t length = round % 2 == 0 ? sizeof TEXT - 1 : sizeof TWO_MAPS - 1;
        char text[sizeof TEXT + sizeof TWO_MAPS];
        memcpy(text, source, length);
        for (uint64_t changes = random_below(&random, 6); changes > 0; changes--) {
            size_t at = (size_t)random_below(&random, length);
            size_t from = (size_t)random_below(&random, length);
            size_t most = length - (at > from ? at : from);
            memmove(text + at, text + from, (size_t)random_below(&random, most < 20 ? most : 20));
            text[at] = (char)random_next(&random);
        }
        size_t start = (size_t)random_below(&random, 20);
        (void)read_bytes(text + start, length - start - (size_t)random_below(&random, 40), NULL);
        assert_in_range(maplog.count, 0, E820_ANSWERS_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_real_map_is_read_back_from_every_form),
        cmocka_unit_test(damaged_texts_never_break_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
