/* What a way in (BIOS loader now, Multiboot2 and PVH later) hands to the kernel. Assembly and loaders only
 * record; what the answers mean is decided in core/e820.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "boot/layout.h"

/* One record of INT 15h EAX=0xE820 (ACPI 6.5, section 15.1). Base and length exist only in these records, up to
 * memmap_build, the door: everything behind it works on half-open ranges. */
typedef struct {
    uint64_t base;
    uint64_t length;
    uint32_t type;       /* 1 usable, 2 reserved, 3 ACPI data, 4 ACPI NVS, 5 bad; anything else: reserved */
    uint32_t attributes; /* bit 0 valid, bit 1 non-volatile; meaningful only where 24 bytes came back      */
} MemoryMapEntry;

/* One answer to the E820 call, as it came. */
struct e820_answer {
    MemoryMapEntry record; /* the call's buffer; the first `ecx` bytes are the firmware's      */
    uint32_t eax;          /* E820_SIGNATURE ("SMAP") from a firmware that supports the call   */
    uint32_t ecx;          /* bytes the firmware says that it stored                           */
    uint32_t ebx;          /* continuation value, opaque; 0 ended the list                     */
    uint32_t carry;        /* 1 when the call came back with the carry flag set                */
};

/* INT 15h AX=0xE801, registers as they came. */
struct e801_answer {
    uint32_t carry;
    uint16_t ax; /* KiB from 1 to 16 MiB, "extended"; the firmware fills ax/bx, cx/dx or both */
    uint16_t bx; /* 64-KiB blocks above 16 MiB                                             */
    uint16_t cx; /* like ax, "configured"                                                  */
    uint16_t dx; /* like bx                                                                */
};

/* INT 15h AH=0x88. */
struct ext88_answer {
    uint32_t carry;
    uint32_t ax; /* KiB from 1 MiB up, at most 63 or 64 MiB */
};

enum { BOOT_MODULES_MAX = 8, BOOT_MODULE_NAME_BYTES = 16 };

/* A file that the loader brought along: physical range, not page-aligned. */
struct boot_module {
    uint64_t start;
    uint64_t end;
    char name[BOOT_MODULE_NAME_BYTES]; /* NUL-terminated */
};

struct handoff {
    uint32_t magic;        /* HANDOFF_MAGIC                                          */
    uint32_t version;      /* HANDOFF_VERSION                                        */
    uint32_t bytes;        /* sizeof(struct handoff)                                 */
    uint32_t source;       /* HANDOFF_FROM_BIOS, ...                                 */
    uint64_t self;         /* physical address of this structure                     */
    uint64_t rsdp;         /* physical address of the ACPI RSDP; 0: not known        */
    uint64_t image_start;  /* physical range of the kernel image, bss included       */
    uint64_t image_end;    /* page-aligned                                           */
    uint32_t boot_drive;   /* BIOS drive number (DL)                                 */
    uint32_t loaded_bytes; /* bytes read from the disk, loader included              */

    uint32_t e820_asked;    /* answers the firmware gave                                            */
    uint32_t e820_stored;   /* entries of answers[] that are filled                                 */
    uint32_t e820_ended;    /* E820_ENDED_*                                                         */
    uint32_t e820_replaced; /* stored usable answers that gave way to others when answers[] was full */
    uint32_t e820_lost;     /* answers not stored because answers[] was full: usable ones, known
                               ones, and all when nothing usable was left to replace                */
    uint32_t module_count;

    struct e801_answer e801;
    struct ext88_answer ext88;
    uint32_t reserved;

    struct boot_module modules[BOOT_MODULES_MAX];
    struct e820_answer answers[E820_ANSWERS_MAX];
};

/* The keyword, not <assert.h>: the loader is built for 32 bits, where no C library need be installed. */
_Static_assert(sizeof(MemoryMapEntry) == E820_RECORD_SIZE, "a firmware record with its attribute word");
_Static_assert(offsetof(MemoryMapEntry, type) == RECORD_TYPE, "boot/e820.asm reads the type there");
_Static_assert(offsetof(MemoryMapEntry, attributes) == RECORD_ATTRIBUTES, "boot/e820.asm presets the word there");

_Static_assert(offsetof(struct e820_answer, eax) == ANSWER_EAX, "boot/e820.asm stores EAX there");
_Static_assert(offsetof(struct e820_answer, ecx) == ANSWER_ECX, "boot/e820.asm stores ECX there");
_Static_assert(offsetof(struct e820_answer, ebx) == ANSWER_EBX, "boot/e820.asm stores EBX there");
_Static_assert(offsetof(struct e820_answer, carry) == ANSWER_CARRY, "boot/e820.asm stores the carry flag there");
_Static_assert(sizeof(struct e820_answer) == ANSWER_SIZE, "boot/e820.asm steps by that");

#define HANDOFF_PIN(field, offset)                                                                                   \
    _Static_assert(offsetof(struct handoff, field) == (offset), "the loader writes " #field " there")
HANDOFF_PIN(magic, HANDOFF_AT_MAGIC);
HANDOFF_PIN(version, HANDOFF_AT_VERSION);
HANDOFF_PIN(bytes, HANDOFF_AT_BYTES);
HANDOFF_PIN(source, HANDOFF_AT_SOURCE);
HANDOFF_PIN(self, HANDOFF_AT_SELF);
HANDOFF_PIN(image_start, HANDOFF_AT_IMAGE_START);
HANDOFF_PIN(image_end, HANDOFF_AT_IMAGE_END);
HANDOFF_PIN(boot_drive, HANDOFF_AT_BOOT_DRIVE);
HANDOFF_PIN(loaded_bytes, HANDOFF_AT_LOADED_BYTES);
HANDOFF_PIN(e820_asked, HANDOFF_AT_E820_ASKED);
HANDOFF_PIN(e820_stored, HANDOFF_AT_E820_STORED);
HANDOFF_PIN(e820_ended, HANDOFF_AT_E820_ENDED);
HANDOFF_PIN(e820_replaced, HANDOFF_AT_E820_REPLACED);
HANDOFF_PIN(e820_lost, HANDOFF_AT_E820_LOST);
HANDOFF_PIN(e801, HANDOFF_AT_E801);
HANDOFF_PIN(ext88, HANDOFF_AT_EXT88);
HANDOFF_PIN(answers, HANDOFF_AT_ANSWERS);
#undef HANDOFF_PIN
_Static_assert(sizeof(struct handoff) == HANDOFF_BYTES, "the loader clears that much");

/* Low memory while the loader runs: nothing overlaps, everything ends below the ceiling. */
_Static_assert(HANDOFF_ADDR + HANDOFF_BYTES <= LOADER_SCRATCH_ADDR, "handoff below the scratch");
_Static_assert(BOUNCE_ADDR + BOUNCE_SECTORS * SECTOR_BYTES <= BOOT_TABLES_ADDR,
               "bounce buffer below the page tables");
_Static_assert(BOUNCE_ADDR / 0x10000 == (BOUNCE_ADDR + BOUNCE_SECTORS * SECTOR_BYTES - 1) / 0x10000,
               "ISA DMA cannot cross 64 KiB");
_Static_assert(BOOT_TABLES_ADDR + BOOT_TABLES_BYTES <= LOADER_CEILING, "page tables below the ceiling");
