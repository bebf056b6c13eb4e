/* A program for ring 3 in memory: an address space with its segments and a stack.
 *
 *   | text | rodata | data, bss |  guard, never mapped  | stack |
 *   from where it is linked     image.end               |       stack_top: where it begins, growing down
 *
 * Its memory is one run of the owner's blocks, so that it counts against the owner's quota and goes with it; the page tables
 * are the kernel's, charged to the owner (mm/address_space.h). No byte that was there before is left in it. Portable. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ipc/elf.h"
#include "mm/address_space.h"

enum {
    PROGRAM_GUARD_PAGES = 16, /* below the stack: what overruns it faults */
    PROGRAM_STACK_PAGES_MAX = 256,
};

struct program_plan {
    const struct elf_image *image; /* as elf_read gave it; neither it nor the file is needed afterwards */
    size_t stack_pages;            /* 1 to PROGRAM_STACK_PAGES_MAX                                      */
    owner_t owner;                 /* whose it will be                                                  */
};

struct program {
    struct address_space space;
    void *memory;  /* all its pages, those of the stack last */
    owner_t owner; /* whose the memory is */
    uintptr_t entry;
    uintptr_t stack_top; /* a multiple of 16 */
};

/* Makes it ready to run (core/thread.h: user_entry, user_stack, space). By whoever acts as the kernel. 0; -EINVARG when the
 * owner is not live, `stack_pages` is out of its range, or the image and a stack above it do not end by PROGRAM_END; -EQUOTA when it is
 * more than the owner may hold (reported); -ENOMEM. Nothing has changed then. */
int program_load(const struct program_plan *plan, struct program *program);

/* The same of a file that was not read yet. NULL; or what is wrong, as a sentence without a full stop: nothing has changed then. */
const char *program_load_file(const struct elf_file *file, size_t stack_pages, owner_t owner,
                              struct program *program);

/* Gives back all its blocks; no thread may be in its space any more. To be called before the owner is reclaimed. */
void program_unload(struct program *program);
