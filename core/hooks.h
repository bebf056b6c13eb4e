/* What core and mm ask of each other, at link time: core/hooks.c has the answers. */
#pragma once

#include <stddef.h>

/* Makes this processor act as the kernel, for kmalloc. Before anything else. */
void hooks_init(void);

/* Blocks of the kernel heap in use; for drills. */
size_t heap_used(void);
