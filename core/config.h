/* Everything that can be set, as constants tested by plain `if`. Addresses shared with nasm: boot/layout.def. */
#pragma once

#include <stdint.h>

#include "boot/layout.h"

/* The kernel heap. */
enum {
    HEAP_BLOCK_SIZE = BLOCK_BYTES,
    HEAP_PIECE_MIN_BYTES = 64 * 1024,   /* smaller usable pieces are left alone and named              */
    PAGE_TABLE_SLACK_BYTES = 64 * 1024, /* page tables: 8 bytes for each 2 MiB mapped, and this        */
    OWNERS_MAX = 256,                   /* owners live at one time, the kernel not counted             */
};

/* Kernel stacks: a slot of the stack window each, of which the lowest block is never mapped. */
enum {
    STACKS_MAX = 4096,
    STACK_SLOT_BYTES = 8 * BLOCK_BYTES,
};

/* Virtual map (docs/memory.md). */
#define DIRECT_MAP_BASE    UINT64_C(0xFFFF800000000000) /* all RAM the kernel uses, at base + physical address */
#define DIRECT_MAP_BYTES   (UINT64_C(1) << 46)          /* 64 TiB: RAM above it is named and left alone        */
#define STACK_WINDOW_BASE  UINT64_C(0xFFFFFFFF40000000) /* STACKS_MAX slots; in a GiB of its own               */
#define KERNEL_BASE        UINT64_C(0xFFFFFFFF80000000) /* the image is linked here                            */
#define LOW_WINDOW_BASE    UINT64_C(0xFFFFFFFF80200000) /* the first MiB: handoff, BIOS data, screen           */
#define TABLE_WINDOW_BASE  UINT64_C(0xFFFFFFFF80400000) /* a page each: of page tables, of what is read        */
#define DEVICE_WINDOW_BASE UINT64_C(0xFFFFFFFF80600000) /* 512 pages: registers of devices, uncached           */
#define USER_START         UINT64_C(0x0000000000001000) /* an isolated server's own half, without page 0: NULL */
#define USER_END           UINT64_C(0x00007FFFFFFFF000) /* nor the last one: see mm/address_space.h            */

/* In a server's half (mm/window.h): where programs end; then what the server's heap knows of the blocks of its window, 16 bytes of
 * each and up to a GiB besides; then the window, in which RAM is at base + physical address. */
#define PROGRAM_END       UINT64_C(0x0000200000000000)
#define USER_WINDOW_TABLE PROGRAM_END
#define USER_WINDOW       UINT64_C(0x0000204040000000)
#define USER_WINDOW_END   (USER_WINDOW + DIRECT_MAP_BYTES)

enum { PHYSICAL_BITS_MAX = 52 }; /* Intel SDM vol. 3A, 4.1.4; AMD APM vol. 2, 5.1 */
