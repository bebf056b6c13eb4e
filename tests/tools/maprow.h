/* One line of a memory map, in each form that systems print. Every function takes the line from behind its label on
 * and returns NULL with `entry` filled in (attributes 1 unless told), or what is wrong with it, as a phrase. */
#pragma once

#include "boot/handoff.h"
#include "tests/tools/scan.h"

/* Linux, after "BIOS-e820:" and the like:
 *   [mem 0x0000000000000000-0x000000000009fbff] usable          since 3.5; the end is inside
 *   [mem 0x0000000000000000-0x000000000009fbff]  639   KB kernel usable RAM    maybe with the size before the type
 *    0000000000000000 - 000000000009fc00 (usable)               before; the end is outside
 *    000000000009fc00 @ 0000000000000000 (usable)               2.4: size @ start
 *   [gap 0x00000000000a0000-0x00000000000effff]                 since 7.0: no entry, `is_gap`; a size may follow */
const char *maprow_linux(struct scan row, MemoryMapEntry *entry, bool *is_gap);

/* Xen: ` 0000000000000000 - 000000000009f000 (usable)` or ` [0000000000000000, 000000000009efff] (usable)`. */
const char *maprow_xen(struct scan row, MemoryMapEntry *entry);

/* SeaBIOS, after "0:": ` 0000000000000000 - 000000000009fc00 = 1 RAM`. */
const char *maprow_seabios(struct scan row, MemoryMapEntry *entry);

/* FreeBSD, after "SMAP type=": `01 base=0000000000000000 len=000000000009fc00 attr=01`, or with commas and
 * `xattr=01` before the base. All numbers are hexadecimal. */
const char *maprow_smap(struct scan row, MemoryMapEntry *entry);

/* Ours, after "tessera-map:": ` 0x0000000000000000 0x000000000009fc00 1 attr=0x3`. */
const char *maprow_own(struct scan row, MemoryMapEntry *entry);

/* A type in Linux's or Xen's words, with or without parentheses, up to the end of the line. */
const char *maprow_type(struct scan row, uint32_t *type);

/* Whether a Linux row begins here, for labels that alone do not say so. */
bool maprow_begins(struct scan row);
