/* The shell's commands for what the memory server knows. */
#include "servers/memory/messages.h"

#include "manifest.h"
#include "servers/shell/shell.h"

enum {
    ROW_CELLS = 64,
    PICTURE_CELLS = 8 * ROW_CELLS, /* or some fewer, of equally many blocks */
    ALL = 255,                     /* a share */
    COLOUR_BYTES = 5,
    ROW_BYTES = ROW_CELLS * (1 + COLOUR_BYTES) + 1,
};
static_assert(MEMORY_CELLS_AT_ONCE % ROW_CELLS == 0, "no row is in two answers");

static const char shades[] = " .:-=+*#%@";
static const char green[] = "\x1B[32m", yellow[] = "\x1B[33m", red[] = "\x1B[31m", plain[] = "\x1B[0m";

/* The first one for none, the last one for all, and those between for what is between. */
static char shade_of(uint8_t share)
{
    size_t last = sizeof shades - 2, between = last - 1;
    return shades[share == 0 ? 0 : share == ALL ? last : 1 + (share - 1u) * between / (ALL - 1)];
}

/* Of text on a terminal. */
static const char *colour_of(uint8_t share)
{
    return share < ALL / 2 ? green : share < ALL ? yellow : red;
}

static void print_row(const uint8_t *share, size_t count, bool coloured)
{
    char row[ROW_BYTES];
    size_t length = 0;
    const char *before = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *colour = colour_of(share[i]);
        if (coloured && colour != before) {
            __builtin_memcpy(row + length, colour, COLOUR_BYTES);
            length += COLOUR_BYTES;
            before = colour;
        }
        row[length++] = shade_of(share[i]);
    }
    row[length] = '\0';
    print("  |");
    print(row);
    print(coloured ? plain : "");
    print("|\n");
}

static bool draw(bool coloured)
{
    union memory_picture it = {.answer.is.count = MEMORY_CELLS_AT_ONCE};
    for (uint64_t cell = 0; it.answer.is.count == MEMORY_CELLS_AT_ONCE; cell += MEMORY_CELLS_AT_ONCE) {
        it.ask.cell = cell;
        it.ask.cells = PICTURE_CELLS;
        int status = memory_picture(MEMORY_HANDLE, &it);
        if (status != 0) {
            return shell_refused(status, "there is no picture");
        }
        size_t count = it.answer.is.count;
        for (size_t i = 0; i < count; i += ROW_CELLS) {
            print_row(it.answer.is.share + i, count - i < ROW_CELLS ? count - i : ROW_CELLS, coloured);
        }
    }
    print("  ' ' has no blocks in use, '@' all of its ");
    print_number(it.answer.is.blocks, 0);
    print("\n");
    return true;
}

bool shell_heap(const char *const words[])
{
    if (words[0] != NULL && __builtin_strcmp(words[0], "plain") != 0) {
        return shell_fails("the heap is drawn in colours, or \"plain\"");
    }
    bool told = shell_asks_kernel("heap");
    return draw(words[0] == NULL) && told;
}

static bool print_grown(void)
{
    union memory_grown it = {.ask.number = 0};
    uint64_t number = 0;
    int status;
    for (; (status = memory_grown(MEMORY_HANDLE, &it)) == 0; it.ask.number = ++number) {
        print("  ");
        print(it.answer.name);
        print(": ");
        print_number(it.answer.runs, 0);
        print(" runs, ");
        print_number(it.answer.objects, 0);
        print(" objects more than at the mark\n");
    }
    if (status == -EINVARG && number == 0) {
        print("  nobody has more than at the mark, or there is none: \"leaks mark\"\n");
    }
    return status == -EINVARG || shell_refused(status, "");
}

bool shell_leaks(const char *const words[])
{
    union memory_mark mark;
    union memory_forget forget;
    int status;
    if (words[0] == NULL) {
        return print_grown();
    }
    if (__builtin_strcmp(words[0], "mark") == 0) {
        status = memory_mark(MEMORY_HANDLE, &mark);
    } else if (__builtin_strcmp(words[0], "forget") == 0) {
        status = memory_forget(MEMORY_HANDLE, &forget);
    } else {
        return shell_fails("leaks can be told, or \"mark\", or \"forget\" what was marked");
    }
    return status == 0 || shell_refused(status, "");
}
