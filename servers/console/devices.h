/* The console's devices, in the order of the manifest, and what the portable drivers ask of them. */
#pragma once

#include <stdint.h>

#include "ipc/message.h"

/* Lets time pass for a device. */
void devices_pause(void);

/* A key that was typed before there was this server, or negative. */
int devices_early_key(void);

/* A byte of the keyboard, or -1. */
int devices_scan_code(void);

/* The cells of the screen, NULL: there is none. */
uint16_t *devices_screen(void);
void devices_cursor(unsigned cell);

/* From now on the calling thread gets these events: when there may be keys, and when the kernel has printed. */
void devices_listen(uint64_t keys, uint64_t text);

/* The devices may interrupt again. */
void devices_done(void);

/* Puts what the kernel has printed into the words of the message: how many bytes. */
int devices_kernel_text(struct message *message);
