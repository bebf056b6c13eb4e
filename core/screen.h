/* The text screen of the VGA: 80 columns, 25 rows, a byte of character and one of colour for each cell. */
#pragma once

#include <stddef.h>

enum { SCREEN_ADDR = 0xB8000, SCREEN_BYTES = 0x8000 };

/* Claims the screen and clears it; its memory is mapped at `memory`. Before that, the other functions do nothing. */
void screen_init(void *memory);

/* Asks where the claimed memory is mapped now (core/device.h); what it shows stays. */
void screen_move(void);

/* One writer at a time: callers hold the console's lock. Without it text is mixed, but nothing else is written to.
 * ASCII; '\n' starts a line, '\b' steps back, long lines wrap, the last row scrolls. */
void screen_write(const char *text, size_t length);
