/* Devices as things that can be given away: a range of I/O ports, a range of device memory, an interrupt line. Each is
 * claimed by one holder at a time, and everything that is done to it names the claim and is checked against it. Who may
 * claim what is for others to say (the manifest); here nothing is ever claimed twice.
 *
 * The table is portable; what touches the machine stands in core/device_access.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEVICES_MAX = 64 };

enum device_kind {
    DEVICE_FREE, /* a slot of the table that nobody holds */
    DEVICE_PORTS,
    DEVICE_MEMORY,
    DEVICE_INTERRUPT, /* a line, by its global number; an end one further on */
    DEVICE_CONSOLE,   /* what the kernel prints: there is one, 0             */
};

struct device {
    enum device_kind kind;
    uint64_t start, end; /* ports, physical addresses, or lines */
    void *mapped;        /* of memory                           */
    const char *holder;  /* for reports                         */
    const char *lender;  /* who has lent it to the holder; NULL: nobody */

    /* Told before who has claimed it is lent away, and after it has come back. NULL: it is not lent. */
    void (*lend)(bool away);
};

struct devices {
    struct device table[DEVICES_MAX];
};

/* The one table of the kernel. */
extern struct devices kernel_devices;

/* Claims [start, end) for `holder`, static storage; just this range may be held by one who lends it. NULL and `status` -EINVARG
 * when the range is empty or beyond what the kind has; -EPERM when any of it is held already; -ENOMEM when the table is full.
 * With interrupts masked, as is all that follows. */
struct device *device_claim(struct devices *devices, const struct device *wanted, int *status);

/* Gives it back, to who has lent it; the pointer is dead then, but for that one. What listens to a line is detached before (interrupt_detach). */
void device_release(struct device *device);

/* Whether `device` is not NULL, is held, of that kind, and has `bytes` bytes from `offset` on. */
bool device_covers(const struct device *device, enum device_kind kind, uint64_t offset, uint64_t bytes);

/* A claim in the kernel's own table, for `holder`; NULL when it cannot be had. */
struct device *device_take(enum device_kind kind, uint64_t start, uint64_t count, const char *holder);

/* Claims what the kernel itself drives, before anybody else can. */
void devices_take_kernels(void);

/* Reads or writes a byte of a claim of ports. 0, or -EPERM where that does not cover it, or is NULL. Any context. */
int device_read8(const struct device *device, uint64_t offset, uint8_t *value);
int device_write8(const struct device *device, uint64_t offset, uint8_t value);

/* Where claimed memory can be reached, uncached, from now on. NULL: not memory, or there is no room to map it. */
void *device_map(struct device *device);

/* What device_map asks, at link time: where `bytes` bytes of physical memory are mapped uncached, or NULL (core/hooks.c). */
void *device_window(uint64_t physical, uint64_t bytes);

/* Whether any of [start, end) is the machine's memory, which is no device; resolved at link time (core/main.c). */
bool device_is_memory(uint64_t start, uint64_t end);

/* Each interrupt of the claimed line sets `events` of the thread from now on (core/interrupt.h); device_done lets a
 * level-triggered one strike again. 0, -EPERM for another kind of claim, or interrupt_attach's status. */
int device_listen(const struct device *device, uint64_t listener, uint64_t events);
int device_done(const struct device *device);
