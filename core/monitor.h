/* A prompt on the serial line: reads lines, runs commands out of a table that is handed to it. Portable: keys come and
 * text goes through two functions. */
#pragma once

#include <stddef.h>

#include "core/print.h"

struct command {
    const char *name;
    const char *arguments; /* for help; "" for a command that takes none                      */
    const char *help;      /* one line                                                        */
    /* `arguments` is the rest of the line without blanks around it; empty exactly where the command takes none.
     * Returns 0, or a negative status after having printed "error: " and a sentence. */
    int (*run)(void *context, const char *arguments, print_text *print);
    void *context;
};

struct monitor {
    const struct command *commands;
    size_t count;
    int (*read_key)(void); /* waits for a byte; negative: there will be no more */
    print_text *print;
    unsigned failed; /* commands that failed so far, unknown ones and lines too long included */
};

/* Runs one line: a command of the table, `help`, or nothing at all for a blank line. */
void monitor_execute(struct monitor *monitor, const char *line);

/* Prompts, reads and executes until read_key says that there are no more keys. */
void monitor_run(struct monitor *monitor);
