/* The keyboard controller of a PC, Intel 8042 (IBM PS/2 Hardware Interface Technical Reference, Keyboard and Auxiliary
 * Device Controller). It translates to scan code set 1, for core/keyboard.h. */
#pragma once

#include <stdbool.h>

enum { KEYBOARD_IRQ = 1 }; /* an edge, on the ISA bus */

/* Turns on the keyboard and its interrupt, turns off the mouse. False: there is no controller that answers; then
 * keyboard_take has never anything. Within half a second. Interrupts masked, or KEYBOARD_IRQ not routed yet. */
bool keyboard_init(void);

/* A byte from the keyboard, or -1 when there is none. One caller at a time. To be called until it says -1, on
 * KEYBOARD_IRQ, and once after that is unmasked: no edge comes while a byte is waiting. */
int keyboard_take(void);
