/* From the scan codes of a PC keyboard to what a terminal on the serial line would send, so that one line editor serves
 * both. Scan code set 1 (IBM PS/2 Hardware Interface Technical Reference, Keyboards), US layout. Portable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYBOARD_BYTES_MAX = 5 }; /* the most that one key sends: ESC [ 2 4 ~ */

enum keyboard_prefix {
    PREFIX_NONE,
    PREFIX_E0, /* the code that follows is one of the keys that the PC/AT added */
    PREFIX_E1, /* Pause: two codes follow, which by themselves are Ctrl and Num Lock */
    PREFIX_E1_SECOND,
};

/* Zeroed: no key is down, no lock on. The lamps of the keyboard are not driven. */
struct keyboard {
    enum keyboard_prefix prefix;
    uint8_t down; /* modifiers and locks that are held down, a bit each */
    bool caps_lock, num_lock;
};

/* Takes one byte from the keyboard; stores what it makes, and returns how many bytes those are: mostly none or one,
 * ESC and a sequence for arrows and the like (ECMA-48, as xterm sends them), ESC and the character with Alt. Enter is
 * CR, Backspace DEL, as on a terminal. Keys going up, what the keyboard answers to commands (ACK and others), overruns
 * (0x00, 0xFF) and unknown codes make nothing. */
size_t keyboard_put(struct keyboard *keyboard, uint8_t code, char out[KEYBOARD_BYTES_MAX]);
