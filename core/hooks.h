/* What core and mm ask of each other, at link time: core/hooks.c has the answers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes this processor act as the kernel, for kmalloc. Before anything else. */
void hooks_init(void);

/* For drills: blocks of the kernel heap in use, after what is kept empty was given back; and how many allocations are live, whoever
 * has them, or an owner (mm/owner.h), without what the heap has for itself. How many blocks hold the same allocations depends on what
 * there was before. */
size_t heap_used(void);
size_t heap_live(void);
size_t heap_live_of(uint16_t owner);
