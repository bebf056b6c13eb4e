/* Blocks for ring 3 (mm/grant.h): what a thread there asks for, and what it misses. Kernel only. */
#pragma once

#include <stdint.h>

#include "core/thread.h"
#include "mm/address_space.h"

/* For ipc/syscall.c. */
int64_t window_syscall_grant(uint64_t blocks, uint64_t second);
int64_t window_syscall_return(uint64_t address, uint64_t blocks);
int64_t window_syscall_blocks(uint64_t first, uint64_t second);
