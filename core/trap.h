/* Exceptions and unexpected interrupts: all of them end the kernel, with a report. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

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

enum { TRAP_VECTORS = 256 };

/* Masks both interrupt controllers, and moves their vectors off the exceptions: what still comes has its true name. */
void trap_mask_interrupts(void);

/* Called by core/trap.asm on a trap, interrupts off: prints vector, error code, RIP, CR2 and registers, and ends with
 * failure. A trap while that is printed ends at once. */
_Noreturn void trap_report(const struct trap_frame *frame);
