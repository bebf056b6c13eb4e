/* A line editor: one key in, what to echo out. The line may be edited anywhere, and earlier lines come back. What is echoed
 * uses nothing of a terminal but that '\b' steps back: it is right on any terminal and on the kernel's screen, as long as the
 * line and what stands before it fit a row. Portable, no memory of its own.
 *
 *   left, right, Ctrl-B, Ctrl-F    move                 backspace, Ctrl-H    rubs out to the left
 *   home, end, Ctrl-A, Ctrl-E      to either end        delete, Ctrl-D       rubs out under the cursor
 *   up, down, Ctrl-P, Ctrl-N       earlier, later line  Ctrl-W, Ctrl-U, Ctrl-K    the word, all to the left, to the right
 *   tab                            asks for completion */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
    EDIT_BYTES = 128, /* NUL included */
    EDIT_HISTORY = 16,
    EDIT_ESCAPE_MAX = 4, /* of what stands between ESC [ and the last byte */
};

enum edit_event {
    EDIT_MORE,
    EDIT_DONE,     /* text holds the line, without its end                  */
    EDIT_TOO_LONG, /* the line has ended, but text holds only its beginning */
    EDIT_COMPLETE, /* tab: nothing has changed                              */
};

enum edit_escape { EDIT_ESCAPE_NONE, EDIT_ESCAPE_STARTED, EDIT_ESCAPE_SEQUENCE };

/* Takes what is echoed. Resolved at link time: servers/console/terminal.c has it, and each test its own. */
void edit_echo(void *context, const char *text, size_t length);

struct edit {
    char text[EDIT_BYTES]; /* NUL-terminated at any time */
    size_t length, cursor;
    bool too_long;
    bool after_return; /* the last key was CR: an LF now belongs to it */

    enum edit_escape escape;
    char parameters[EDIT_ESCAPE_MAX];
    size_t parameter_count;

    char history[EDIT_HISTORY][EDIT_BYTES]; /* a ring: the newest before `newest` */
    size_t newest, kept;
    size_t back;            /* how far back the line shown is; 0: the new one */
    char begun[EDIT_BYTES]; /* the new one, meanwhile */

    void *context;
};

/* Starts without any history. */
void edit_init(struct edit *edit, void *context);

/* Starts a line that holds `text` to begin with, and echoes that; what is too long of it is cut off. */
void edit_begin(struct edit *edit, const char *text);

/* Makes the line hold that instead, the cursor at its end. */
void edit_replace(struct edit *edit, const char *text);

/* Takes one key; what is no key of those above and not printable ASCII is ignored. A line that is done is kept, if it is not
 * empty and not the last one again; then edit_begin follows. */
enum edit_event edit_put(struct edit *edit, char key);
