/* Kernel stacks: a window of their own, which every address space shares, in slots of STACK_SLOT_BYTES. A stack stands at
 * the top of its slot; what is below it in the slot, at least a block, is never mapped: a thread that runs over its stack's
 * end is stopped there, and not in the stack of another.
 *
 *   slot  |.......|#######|.......|#######|      . guard, never mapped
 *         0       bottom  top                    # up to STACK_BLOCKS_MAX blocks
 *
 * Its blocks are a run of the kernel's, whoever acts; who is to pay for them is told so beforehand (kheap_charge). What
 * stood in them is still there. Page tables come and go with the stacks in them, but for one. All of it takes bounded time,
 * and one caller at a time: interrupts are masked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"

enum { STACK_BLOCKS_MAX = STACK_SLOT_BYTES / HEAP_BLOCK_SIZE - 1 };

struct stack {
    uintptr_t bottom; /* its first byte                        */
    uintptr_t top;    /* one past its last byte, and its slot's */
    size_t slot;      /* 0 to STACKS_MAX - 1                   */
};

/* Makes the window usable; all slots are free. `directory`: the 512 entries for 2 MiB each from STACK_WINDOW_BASE on, all
 * 0. Once, after kheap_init and paging_use. */
void stacks_init(uint64_t *directory);

/* Makes a stack of `blocks` blocks. 0; -EINVARG when that is 0 or more than STACK_BLOCKS_MAX; -ENOMEM when there is no memory
 * for it or its page table, or all slots are taken. Nothing has changed then. */
int stack_take(size_t blocks, struct stack *stack);

/* Ends it, as stack_take had filled it in: nothing of it is mapped afterwards, here and, as long as there is one
 * processor, anywhere. Nobody may stand on it. */
void stack_give(const struct stack *stack);

/* The top of the stack in a slot, whatever the number; 0: there is none. */
uintptr_t stack_top(size_t slot);

/* Whether the address is in the guard of a stack that is taken; then `slot` says of which. For the report of a fault: looks
 * only, whatever the address. */
bool stack_guard_at(uintptr_t address, size_t *slot);
