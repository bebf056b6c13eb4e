/* What a line of a log says about memory maps, judged by itself. */
#pragma once

#include "tests/tools/scan.h"

enum map_form { FORM_NONE, FORM_LINUX, FORM_XEN, FORM_SEABIOS, FORM_SMAP, FORM_OWN };

enum line_kind {
    LINE_OTHER,  /* nothing                                                         */
    LINE_HEADER, /* announces a list                                                */
    LINE_ROW,    /* one entry, maybe damaged                                        */
    LINE_LESS,   /* an entry of a list that Linux made of the first, by taking away */
    LINE_MORE,   /* the same, but there may be more in it than the firmware told    */
    LINE_TOP,    /* Linux's last_pfn: the end of memory as that system saw it       */
    LINE_BOOT,   /* FreeBSD boots: its lists have no line that announces them       */
};

#define ROWS_NOT_TOLD UINT64_MAX

struct map_line {
    enum line_kind kind;
    enum map_form form;
    const char *source; /* "e820", ...; NULL: as the list's header says         */
    struct scan rest;   /* what stands behind the label                         */
    uint64_t number;    /* header: rows announced or ROWS_NOT_TOLD; top: the pfn */
};

/* `bare` is the form of the list whose header or row stands right above, else FORM_NONE: rows of Xen and SeaBIOS have
 * no label and count only there. */
struct map_line mapline_read(struct scan line, enum map_form bare);
