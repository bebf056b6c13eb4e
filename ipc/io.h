/* Devices as a server reaches them: by their number among those that the manifest gives it, and by no other name. Each call is
 * checked against the claim (core/device.h). The calling server's own; not in interrupts.
 *
 * All return -EINVARG where the server has no such device, -EPERM where it is not of a kind that can do it, or not so large. */
#pragma once

#include <stdint.h>

#include "ipc/message.h"

/* A byte of a range of ports: 0 to 255. Of the kernel's console, the next key that was typed before its devices were lent, and that
 * nobody has read; -EDEAD: there is none. */
int io_read8(uint64_t device, uint64_t offset);
int io_write8(uint64_t device, uint64_t offset, uint8_t value);

/* Where device memory is, uncached; NULL where the device is none. */
void *io_memory(uint64_t device);

/* From now on the calling thread gets `events` for each interrupt, or of the kernel's console, when there is text to take. 0,
 * or as device_listen. io_done lets a level-triggered line strike again. */
int io_listen(uint64_t device, uint64_t events);
int io_done(uint64_t device);

/* Of the kernel's console: puts what the kernel has printed into the words of the message. How many bytes; 0: that was all. */
int io_take(uint64_t device, struct message *message);
