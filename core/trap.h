/* Exceptions. Interrupts: core/interrupt.h. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/print.h"

/* What core/trap.asm leaves on the stack; from `rip` on, the processor does (Intel SDM vol. 3A, 6.14.2). */
struct trap_frame {
    uint64_t cr2;
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t vector;
    uint64_t error; /* 0 where the processor pushes none */
    uint64_t rip, cs, rflags, rsp, ss;
};

static_assert(offsetof(struct trap_frame, vector) == 16 * 8, "core/trap.asm pushes sixteen registers");

/* Whom a report asks what stands at the address of a page fault (struct fault_witness, core/fault.h); nobody until then. */
void trap_ask(bool (*describe)(uint64_t address, print_text *print));

/* Called by core/trap.asm on an exception, interrupts masked. Prints what happened, the registers, who called whom, and what
 * stands at the address, and ends the thread that it happened to, or, where the kernel cannot do without it, the kernel,
 * with failure; so does an exception while that is printed. Returns from the first use of floating point in ring 3,
 * from a page fault there that can be mended (thread_ipc_missing), and from an NMI, which is counted. */
void trap_exception(const struct trap_frame *frame);
