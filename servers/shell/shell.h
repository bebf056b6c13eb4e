/* What the shell's files share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SHELL_LINE_BYTES = 128 };

/* A command of the shell's own. */
struct shell_command {
    const char *name;
    const char *arguments; /* for help                                                        */
    const char *help;      /* one line; "": the kernel lists it, and those behind it          */
    unsigned least, most;  /* words that it takes behind its name                             */

    /* `words` are those, the last one with all that follows it. False after print has said "error: " and what was wrong. */
    bool (*run)(const char *const words[]);
};

/* servers/shell/commands.c; a command without a name ends them. */
extern const struct shell_command shell_commands[];

/* servers/shell/memory.c: `run` of commands. */
bool shell_heap(const char *const words[]);
bool shell_leaks(const char *const words[]);

/* Has the kernel run the line, and print what comes of it, which counts its own failures. False after "error: " if it does not answer. */
bool shell_asks_kernel(const char *line);

/* "error: ", what was wrong, and false. */
bool shell_fails(const char *what);

/* The same of why a server has not done what it was asked: `invalid` where it was asked for what is not there. */
bool shell_refused(int status, const char *invalid);

void print(const char *text);

/* `number` in decimal, in a field that is at least `width` wide. */
void print_number(unsigned long long number, size_t width);
