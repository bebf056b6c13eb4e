/* The host planner behind `./tessera plan`: the kernel's own map and plan code on a pasted memory map. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/image.h"
#include "boot/place.h"
#include "core/e820.h"
#include "mm/report.h"
#include "tests/tools/maplog.h"
#include "tests/tools/planner_options.h"

enum { TEXT_BYTES_MAX = 64 * 1024 * 1024 };

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

/* Everything in the file; the caller frees it. NULL, with the reason in errno, when it cannot be read. */
static char *read_text(FILE *file, size_t *bytes)
{
    size_t room = 64 * 1024;
    char *text = malloc(room);
    *bytes = 0;
    while (text != NULL) {
        *bytes += fread(text + *bytes, 1, room - *bytes, file);
        if (*bytes < room) {
            break;
        }
        room *= 2;
        char *larger = room <= TEXT_BYTES_MAX ? realloc(text, room) : NULL;
        if (larger == NULL) {
            free(text);
            errno = EFBIG;
        }
        text = larger;
    }
    if (text != NULL && ferror(file)) {
        free(text); /* which keeps errno */
        text = NULL;
    }
    return text;
}

static char *read_input(const char *path, size_t *bytes)
{
    bool standard = path == NULL || strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (standard && isatty(STDIN_FILENO)) {
        fputs("tessera: paste a boot log or memory map, then press Ctrl-D\n", stderr);
    }
    char *text = file != NULL ? read_text(file, bytes) : NULL;
    if (text == NULL) {
        fprintf(stderr, "tessera: cannot read '%s': %s\n", standard ? "-" : path,
                errno == EFBIG ? "it is longer than 64 MiB" : strerror(errno));
    }
    if (file != NULL && !standard) {
        fclose(file);
    }
    return text;
}

static void print_notes(const struct maplog *log, const struct planner_options *options)
{
    if (log->later_count != 0) {
        fprintf(stderr, "tessera: note: the first list counts; %u line%s of later lists ignored, from line %u on\n",
                log->later_count, log->later_count == 1 ? "" : "s", log->later_line);
    }
    if (log->headless) {
        fprintf(stderr,
                "tessera: note: line %u begins the list, with no line above that announces one: is it whole?\n",
                log->first_line);
    }
    if (log->short_count != 0) {
        fprintf(stderr, "tessera: note: %u answers of fewer than 20 bytes are no records\n", log->short_count);
    }
    if (options->phys_bits > PHYSICAL_BITS_MAX) {
        fputs("tessera: note: no processor has more than 52 physical address bits; 52 are used\n", stderr);
    }
}

static bool read_map(struct maplog *log, const struct planner_options *options)
{
    size_t bytes;
    char *text = read_input(options->file, &bytes);
    if (text == NULL) {
        return false;
    }
    bool good = maplog_read(log, text, bytes, options->name);
    free(text);
    if (!good) {
        fprintf(stderr, "tessera: %s\n", log->error);
        return false;
    }
    print_notes(log, options);
    if (e820_settle_attributes(log->entries, log->count)) {
        fputs("tessera: note: attribute bit 0 is clear in every usable entry; it is not obeyed\n", stderr);
    }
    return true;
}

/* Bytes that the built image occupies, 0 when the file is none. */
static uint32_t image_bytes(const char *path)
{
    struct image_header header = {0};
    FILE *file = fopen(path, "rb");
    bool good = file != NULL && fread(&header, sizeof header, 1, file) == 1 && header.magic[0] == IMAGE_MAGIC_0 &&
                header.magic[1] == IMAGE_MAGIC_1 && header.version == IMAGE_HEADER_VERSION;
    if (file != NULL) {
        fclose(file);
    }
    if (!good || header.memory_bytes == 0) {
        fprintf(stderr, "tessera: '%s' is not a kernel image\n", path);
        return 0;
    }
    return header.memory_bytes;
}

/* Finds the image's range, told or placed by the loader's rules. Returns the exit status. */
static int find_image(struct planner_options *options, const struct maplog *log)
{
    if (!range_empty(options->image)) {
        return EXIT_PLANNED;
    }
    if (options->image_file == NULL) {
        fputs("tessera: where is the kernel image? Give --image or --image-file\n", stderr);
        return EXIT_UNREADABLE;
    }
    uint32_t bytes = image_bytes(options->image_file);
    if (bytes == 0) {
        return EXIT_UNREADABLE;
    }
    enum place_verdict verdict = image_place(log->entries, log->count, bytes, &options->image.start);
    if (verdict != PLACE_OK) {
        fprintf(stderr, "tessera: refused: the kernel image has no place: %s\n", image_place_sentence(verdict));
        return EXIT_REFUSED;
    }
    options->image.end = options->image.start + bytes;
    return EXIT_PLANNED;
}

/* With the reservations that the kernel makes on a machine without boot modules. */
static void make_plan(struct plan *plan, const struct memmap *map, const struct planner_options *options)
{
    const struct reservation reserved[] = {
        {"image", options->image},
        {"handoff", {HANDOFF_ADDR, HANDOFF_ADDR + sizeof(struct handoff)}},
    };
    const struct plan_input input = {
        .map = map,
        .reserved = reserved,
        .reserved_count = sizeof reserved / sizeof reserved[0],
        .image = options->image,
        .policy = plan_policy_default(),
        .page_bits = options->page_bits,
    };
    plan_make(plan, &input);
}

static void show(const struct maplog *log, const struct memmap *map, const struct plan *plan)
{
    print("%s, from line %u:\n", log->form, log->first_line);
    report_entries(log->source, log->entries, log->count, print);
    print("\n");
    report_map(map, print);
    print("\n");
    report_reservations(plan, print);
    print("\n");
    report_drawing(map, plan, print);
    print("\n");
    report_reasons(map, plan, print);
}

static void show_totals(const struct plan *plan)
{
    char usable[16];
    char heap[16];
    format_bytes(usable, plan->usable_bytes);
    format_bytes(heap, plan->heap_bytes);
    print("\nheap: %s of %s usable from 1 MiB up, in %zu region%s\n", heap, usable, plan->region_count,
          plan->region_count == 1 ? "" : "s");
}

static int plan_and_show(const struct maplog *log, const struct planner_options *options)
{
    static struct memmap map;
    static struct plan plan;
    memmap_build(&map, log->entries, log->count, options->phys_bits);
    make_plan(&plan, &map, options);
    if (!options->json) {
        show(log, &map, &plan);
    }
    if (plan.verdict != PLAN_OK) {
        fflush(stdout);
        fprintf(stderr, "tessera: refused: %s\n", plan_verdict_sentence(plan.verdict));
        return EXIT_REFUSED;
    }
    if (options->json) {
        const struct certificate certificate = {log->source, map_hash(log->entries, log->count)};
        report_certificate(&plan, &certificate, print);
        print("\n");
    } else {
        show_totals(&plan);
    }
    return EXIT_PLANNED;
}

static int run(struct planner_options *options)
{
    static struct maplog log;
    if (!read_map(&log, options)) {
        return EXIT_UNREADABLE;
    }
    if (options->records) {
        fwrite(log.entries, sizeof log.entries[0], log.count, stdout);
        return EXIT_PLANNED;
    }
    int status = find_image(options, &log);
    return status != EXIT_PLANNED ? status : plan_and_show(&log, options);
}

int main(int count, char **arguments)
{
    struct planner_options options;
    if (!planner_options_read(&options, count - 1, arguments + 1)) {
        fputs("tessera: see --help\n", stderr);
        return EXIT_UNREADABLE;
    }
    if (options.help) {
        planner_usage();
        return EXIT_PLANNED;
    }
    int status = run(&options);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("tessera: cannot write the output\n", stderr);
        return EXIT_REFUSED;
    }
    return status;
}
