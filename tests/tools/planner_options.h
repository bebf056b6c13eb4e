/* The planner's command line. */
#pragma once

#include <stdbool.h>

#include "mm/range.h"

enum {
    EXIT_PLANNED = 0,
    EXIT_REFUSED = 1,
    EXIT_UNREADABLE = 2, /* wrong usage too */
};

struct planner_options {
    bool help;
    bool json;
    bool records;
    unsigned phys_bits;
    unsigned page_bits;
    struct range image;     /* empty: not told                 */
    const char *image_file; /* NULL: not told                  */
    const char *file;       /* NULL or "-": standard input     */
    const char *name;       /* NULL: the text holds one map    */
};

/* Reads the arguments behind the program's name. false: said on stderr what is wrong. */
bool planner_options_read(struct planner_options *options, int count, char *const *arguments);

void planner_usage(void);
