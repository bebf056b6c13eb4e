/* What the shell's files share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SHELL_LINE_BYTES = 128 };

/* A command of the shell's own. */
struct shell_command {
    const char *name;
    const char *arguments; /* for help                              */
    const char *help;      /* one line                              */
    unsigned least, most;  /* words that it takes behind its name   */

    /* `words` are those, the last one with all that follows it. False after print has said "error: " and what was wrong. */
    bool (*run)(const char *const words[]);
};

/* servers/shell/commands.c; a command without a name ends them. */
extern const struct shell_command shell_commands[];

void print(const char *text);

/* `number` in decimal, in a field that is at least `width` wide. */
void print_number(unsigned long long number, size_t width);
