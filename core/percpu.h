/* What each processor calls its own, reached through gs, which in the kernel always leads here (core/trap.asm). There is
 * no global "current thread". Kernel only. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/layout.h"
#include "core/cpu.h"
#include "core/scheduler.h"
#include "core/timer_queue.h"

struct kheap_context; /* mm/owner.h */

/* The 64-bit task state segment (Intel SDM vol. 3A, figure 8-11). */
struct tss {
    uint32_t reserved0;
    uint64_t stack[3]; /* of rings 0 to 2: [0] is where the processor goes on ring 3's way in */
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
} __attribute__((packed));

struct percpu {
    struct percpu *self;
    struct kheap_context *acting; /* for whom kmalloc is called: the current thread's, the kernel's in interrupts */
    uint64_t switched_at;         /* ticks: up to when its running, and what is left of its turn, are noted        */
    uint64_t smap;                /* not 0: SMAP is on                                                            */
    uint64_t armed;               /* ticks: when the timer will interrupt; CLOCK_NEVER: it will not               */
    uint64_t space;               /* what CR3 holds                                                               */
    uint64_t kernel_space;        /* CR3 of the kernel alone                                                      */
    struct kheap_context *kernel_acting;
    uint64_t user_stack; /* of ring 3, for a moment on the way in of a system call */
    void *fpu; /* whose floating-point state is in the registers (struct thread); NULL: nobody's, CR0.TS is set */
    struct tss tss;
    struct scheduler scheduler;
    struct timer_queue timers; /* deadlines in ticks */
    uint64_t timer_interrupts, spurious_interrupts, unexpected_interrupts;
};

static_assert(offsetof(struct percpu, self) == PERCPU_AT_SELF, "gs leads to it");
static_assert(offsetof(struct percpu, acting) == PERCPU_AT_ACTING, "core/kheap_hooks.h reads it at once");
static_assert(offsetof(struct percpu, smap) == PERCPU_AT_SMAP, "core/trap.asm looks there");
static_assert(offsetof(struct percpu, user_stack) == PERCPU_AT_USER_STACK &&
                  offsetof(struct tss, stack) == TSS_AT_STACK,
              "ipc/syscall.asm changes stacks there");
static_assert(offsetof(struct percpu, tss) == PERCPU_AT_TSS, "core/entry.asm fills it in");
static_assert(offsetof(struct percpu, space) == PERCPU_AT_SPACE && offsetof(struct percpu, fpu) == PERCPU_AT_FPU &&
                  offsetof(struct percpu, scheduler.current) == PERCPU_AT_CURRENT,
              "ipc/syscall.asm goes on in ring 3");
static_assert(offsetof(struct tss, ist) == TSS_AT_IST && sizeof(struct tss) == TSS_BYTES, "Intel SDM vol. 3A, 8.7");

extern struct percpu boot_cpu; /* the one processor that boots; the only one so far */

/* This processor's. To be asked for with interrupts masked: a thread may go on on another processor. */
static inline struct percpu *percpu_here(void)
{
    return cpu_own(PERCPU_AT_SELF);
}
