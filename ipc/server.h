/* What the manifest says of each server (servers/manifest): a row of the table that the build makes of it. Portable.
 *
 * What a row names of a server is linked by itself. In the kernel: NAME_run, which is its server_run, and from NAME_data and
 * NAME_bss on what it writes to, which is to be as at first whenever it starts. In ring 3: NAME_image, an ELF file. In a host test
 * all are in the test's process, as NAME_run. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/device.h"

/* Where a server in ring 3 finds the memory of its n-th device, if that is memory: below where programs end. */
#define SERVER_DEVICES UINT64_C(0x100000000000)
enum { SERVER_DEVICE_BYTES_MAX = 1 << 20 };

enum server_mode { SERVER_KERNEL, SERVER_USER };

/* What becomes of it when it ends. */
enum server_restart { SERVER_STAYS_ENDED, SERVER_RESTARTS };

/* Where a handle leads that the manifest gives to "kernel", and one to "figures". */
#define SERVER_OF_KERNEL  UINT16_MAX
#define SERVER_OF_FIGURES (UINT16_MAX - 1)

/* Its n-th handle, which is the number 1 << HANDLE_SLOT_BITS | n: NAME_HANDLE in the header that the build makes for it alone. */
struct server_may_call {
    uint16_t to;     /* its row, or SERVER_OF_KERNEL, SERVER_OF_FIGURES     */
    uint32_t rights; /* a set of enum handle_right                          */
    uint64_t badge;  /* by which who is called knows the caller; never 0    */
};

/* What it may drive (core/device.h): its n-th device. An interrupt is one of the 16 of the ISA bus. */
struct server_device {
    uint8_t kind; /* enum device_kind */
    uint64_t start, count;
};

struct server_description {
    const char *name;
    enum server_mode mode;
    enum server_restart restart;
    int8_t priority;
    uint8_t stack_blocks;
    uint32_t quota_blocks;
    void (*run)(void);             /* of one in the kernel                                               */
    const void *image, *image_end; /* of one in ring 3                                                   */
    uint8_t *data, *data_end;      /* of one in the kernel: what it writes to, as it is when it starts   */
    uint8_t *bss, *bss_end;        /* and what is 0 then                                                 */
    const struct server_may_call *may_call;
    uint16_t may_call_count;
    uint16_t handles; /* that it can have beside these: those that come in messages */
    const struct server_device *devices;
    uint16_t device_count;
};

/* In the order of the manifest. */
extern const struct server_description server_descriptions[];
extern const uint16_t server_count;

/* Whether it may give the kernel commands: it is somebody's shell. */
static inline bool server_gives_commands(const struct server_description *what)
{
    bool gives = false;
    for (uint16_t i = 0; i < what->may_call_count; i++) {
        gives = gives || what->may_call[i].to == SERVER_OF_KERNEL;
    }
    return gives;
}

/* Whether what the kernel prints goes to it. */
static inline bool server_has_console(const struct server_description *what)
{
    bool has = false;
    for (uint16_t i = 0; i < what->device_count; i++) {
        has = has || what->devices[i].kind == DEVICE_CONSOLE;
    }
    return has;
}
