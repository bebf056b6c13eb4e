/* A memory map out of a pasted text: Linux boot logs (old and new style, with any prefix, whole dmesg files), Xen and
 * SeaBIOS logs, FreeBSD SMAP lines, JSON objects as in tests/maps/maps.jsonl, and what our kernel prints. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "boot/handoff.h"

enum { MAPLOG_ERROR_BYTES = 640 };

struct maplog {
    MemoryMapEntry entries[E820_ANSWERS_MAX]; /* in the text's order; attributes as told, else 1          */
    uint32_t count;
    const char *source;   /* what the certificate calls it: "e820", "e801" or "88h"                        */
    const char *form;     /* what was recognized, for example "Linux boot log"                             */
    unsigned first_line;  /* of the list that counts                                                       */
    unsigned short_count; /* JSON entries with a `size` below 20: no records, left out                    */

    unsigned later_count; /* lines of later lists, not read; the first of them stands at                  */
    unsigned later_line;
    bool headless; /* a Linux list without the line that announces it: its first rows may be missing      */

    char error[MAPLOG_ERROR_BYTES]; /* "line 12: what is wrong: 'the line'"; NUL-terminated, plain ASCII  */
};

/* Reads the first memory map in `text`, `bytes` bytes of anything; `log` is written whole. The map goes on to the
 * line that announces the next one; an entry that comes twice is kept twice, as firmware has such. `name` picks one
 * of several JSON objects and is NULL otherwise. false with `error` set: no map, half a map (a line cut off, fewer
 * lines than announced, or a `last_pfn` beyond the list and not explained by a list with other memory), a line that
 * contradicts itself, a number that does not fit, or more than E820_ANSWERS_MAX entries. */
bool maplog_read(struct maplog *log, const char *text, size_t bytes, const char *name);
