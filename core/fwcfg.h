/* QEMU's configuration device: files that the command line hands to the guest (QEMU docs/specs/fw_cfg). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fwcfg_file {
    uint16_t select; /* the device's key for it */
    uint32_t bytes;
};

/* Looks a file up by name. False when the device isn't there or has no such file. Reads ports 0x510 and 0x511, which
 * elsewhere may be anything: only to be called under a hypervisor. */
bool fwcfg_find(const char *name, struct fwcfg_file *file);

/* Reads the first `bytes` bytes of the file, at most file->bytes. */
void fwcfg_read(const struct fwcfg_file *file, void *to, uint32_t bytes);
