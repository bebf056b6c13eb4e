/* Unpacks the kernel image: DEFLATE (RFC 1951) without a wrapper, as tests/tools/mkimage.py packs it. One routine for the
 * loader (32-bit) and the host tests. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct unpack {
    const uint8_t *from;
    uint32_t from_bytes; /* all of them: what follows the last block is refused, but for the rest of its last byte */
    uint8_t *to;         /* overlaps `from` nowhere */
    uint32_t to_bytes;   /* exactly so many come out */
};

/* NULL when it has written all of `to`; else what is wrong, as a sentence without a full stop: then what is in `to` means
 * nothing. Whatever `from` holds, it reads and writes nothing beyond the two ranges, and ends: after some twenty
 * instructions a bit, and one a byte. Uses some 1.5 KiB of stack. Pure. */
const char *unpack(const struct unpack *job);
