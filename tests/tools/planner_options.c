#include "tests/tools/planner_options.h"

#include <stdio.h>
#include <string.h>

#include "core/config.h"
#include "tests/tools/scan.h"

enum { PAGE_BITS_SMALL = 21, PAGE_BITS_LARGE = 30, WIDTH_MAX = 64 };

void planner_usage(void)
{
    puts("usage: planner [OPTION...] [FILE|-] [NAME]\n"
         "\n"
         "Plans the kernel heap on the memory map in FILE (or standard input), as the kernel would.\n"
         "FILE is a boot log of Linux, FreeBSD, Xen, SeaBIOS or Tessera as pasted, or JSON lines, where NAME picks\n"
         "one map of several.\n"
         "\n"
         "  --json             print the placement certificate only\n"
         "  --records          print the map only, as packed records of 24 bytes (base, length, type, attributes)\n"
         "  --phys-bits N      physical address width, 52 unless told; more counts as 52\n"
         "  --page-bits N      largest page of the direct map: 21 (unless told) or 30\n"
         "  --image START-END  where the kernel image lies: hexadecimal, the end is outside\n"
         "  --image-file FILE  the built kernel image: the loader's rules choose its place\n"
         "  --help             print this\n"
         "\n"
         "Exit status: 0 planned, 1 refused (image or heap has no place), 2 unreadable input or wrong usage.");
}

static bool complain(const char *problem, const char *about)
{
    fprintf(stderr, "tessera: %s: '%s'\n", problem, about);
    return false;
}

static bool read_number(const char *text, unsigned *number)
{
    struct scan scan = {text, text + strlen(text)};
    uint64_t value;
    if (scan_decimal(&scan, &value) != NUMBER_OK || scan.at != scan.end || value > WIDTH_MAX) {
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool read_range(const char *text, struct range *range)
{
    struct scan scan = {text, text + strlen(text)};
    (void)scan_literal(&scan, "0x");
    bool good = scan_hex(&scan, &range->start, NULL) == NUMBER_OK && scan_literal(&scan, "-");
    (void)scan_literal(&scan, "0x");
    good = good && scan_hex(&scan, &range->end, NULL) == NUMBER_OK && scan.at == scan.end;
    return good && range->start < range->end && range->end <= UINT64_C(1) << PHYSICAL_BITS_MAX;
}

static bool read_value(struct planner_options *options, const char *option, const char *value)
{
    if (strcmp(option, "--phys-bits") == 0) {
        bool good = read_number(value, &options->phys_bits) && options->phys_bits > 0;
        return good || complain("--phys-bits takes a number from 1 to 64", value);
    }
    if (strcmp(option, "--page-bits") == 0) {
        bool good = read_number(value, &options->page_bits) &&
                    (options->page_bits == PAGE_BITS_SMALL || options->page_bits == PAGE_BITS_LARGE);
        return good || complain("--page-bits takes 21 or 30", value);
    }
    if (strcmp(option, "--image") == 0) {
        return read_range(value, &options->image) ||
               complain("--image takes START-END in hexadecimal, like 0x100000-0x140000", value);
    }
    options->image_file = value;
    return true;
}

static bool takes_value(const char *option)
{
    static const char *const WITH_VALUE[] = {"--phys-bits", "--page-bits", "--image", "--image-file"};
    for (size_t i = 0; i < sizeof WITH_VALUE / sizeof WITH_VALUE[0]; i++) {
        if (strcmp(option, WITH_VALUE[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* `argument` is "--option" or "--option=value"; `next` is the argument behind it, or NULL. Returns how many were
 * taken; 0 when something is wrong. */
static int read_option(struct planner_options *options, const char *argument, const char *next)
{
    char option[24];
    const char *equals = strchr(argument, '=');
    size_t length = equals != NULL ? (size_t)(equals - argument) : strlen(argument);
    snprintf(option, sizeof option, "%.*s", (int)(length < sizeof option ? length : sizeof option - 1), argument);
    if (takes_value(option)) {
        const char *value = equals != NULL ? equals + 1 : next;
        if (value == NULL) {
            complain("this option needs a value", option);
            return 0;
        }
        return !read_value(options, option, value) ? 0 : equals != NULL ? 1 : 2;
    }
    bool *flag = strcmp(argument, "--json") == 0      ? &options->json
                 : strcmp(argument, "--records") == 0 ? &options->records
                 : strcmp(argument, "--help") == 0    ? &options->help
                                                      : NULL;
    if (flag == NULL) {
        complain("unknown option", argument);
        return 0;
    }
    *flag = true;
    return 1;
}

static bool read_operand(struct planner_options *options, const char *argument)
{
    if (options->file == NULL) {
        options->file = argument;
    } else if (options->name == NULL) {
        options->name = argument;
    } else {
        return complain("one FILE and one NAME are enough", argument);
    }
    return true;
}

bool planner_options_read(struct planner_options *options, int count, char *const *arguments)
{
    bool operands_only = false;
    *options = (struct planner_options){.phys_bits = PHYSICAL_BITS_MAX, .page_bits = PAGE_BITS_SMALL};
    for (int i = 0; i < count;) {
        const char *argument = arguments[i];
        bool is_option = !operands_only && argument[0] == '-' && argument[1] != '\0';
        int taken = 1;
        if (is_option && strcmp(argument, "--") == 0) {
            operands_only = true;
        } else if (is_option) {
            taken = read_option(options, argument, i + 1 < count ? arguments[i + 1] : NULL);
        } else if (!read_operand(options, argument)) {
            return false;
        }
        if (taken == 0) {
            return false;
        }
        i += taken;
    }
    return true;
}
