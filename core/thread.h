/* Threads: made, ended, put to sleep, woken. What the processor does for them is here and in core/switch.asm; who runs is
 * decided in core/scheduler.c. Kernel only.
 *
 * A thread's record stands at the top of its stack, above what the stack holds; the stack is a run of blocks of the kernel's,
 * in a window where the page below it is never mapped (mm/stacks.h). All of it goes when the thread ends.
 *
 * Events are 64 bits of a thread that anybody may set (thread_notify) and it alone takes (thread_wait): a bit that is
 * set twice before it is taken is one event. Interrupts come as events (core/interrupt.h).
 *
 * A function that does not say otherwise may be called by any thread, interrupts on or masked, but not in an interrupt. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/scheduler.h"
#include "core/self.h"
#include "core/timer_queue.h"

enum {
    THREADS_MAX = 4096,
    THREAD_NAME_BYTES = 16,
    THREAD_STACK_BLOCKS = 4,     /* a usual stack                    */
    THREAD_STACK_BLOCKS_MAX = 7, /* and the largest                  */
    THREAD_ACTING_BYTES = 32,    /* room for a struct kheap_context  */
    THREAD_FPU_BYTES = 512,
    THREAD_IPC_BYTES = 240,
};

/* Never the same twice: the slot of its stack in the low 16 bits, above them a number that only grows. 0 is nobody. */
typedef uint64_t thread_id;

enum thread_how { THREAD_LIVES, THREAD_EXITED, THREAD_KILLED, THREAD_FAULTED };

/* How a thread has ended, for whoever asked for it; THREAD_LIVES until then. */
struct thread_end {
    enum thread_how how;
    uint32_t vector;  /* of the fault */
    uint64_t address; /* CR2 of a page fault */
    uint64_t rip;
    uint64_t rax;
};

struct thread_plan {
    const char *name;    /* the first THREAD_NAME_BYTES - 1 characters are kept */
    void (*run)(void *); /* returns to end the thread                           */
    void *argument;
    int8_t priority;      /* 0 to PRIORITIES - 1                                 */
    uint8_t stack_blocks; /* 0: THREAD_STACK_BLOCKS                              */
    /* Of one in ring 3: where it begins, below USER_END; `run` is not used then. */
    uint64_t user_entry, user_stack;
    uint64_t space; /* physical address of its top-level page table; 0: the kernel's alone */
    uint16_t
        owner; /* whose what it allocates is (mm/owner.h): one that is live, and stays until it has ended; 0: the kernel's */
    /* Filled in when it ends; NULL: nobody asks. Must stay until then or, where there is a watcher, as long as that does. */
    struct thread_end *end;
    thread_id watcher; /* gets `events` when it ends, if it is still there; 0: nobody does */
    uint64_t events;
};

/* Makes a thread and lets it run when its turn comes. 0 and its number; -EINVARG for a plan outside its ranges; -ENOMEM when
 * there is no room for its stack: then nothing has changed. */
int thread_create(const struct thread_plan *plan, thread_id *id);

/* Ends a thread in whatever state it is; 0, or -EINVARG when it isn't there (any more), or is the idle thread. Returns
 * unless it is the calling one. */
int thread_kill(thread_id id);

/* Sets events of a thread: 0, or -EINVARG when it isn't there. Also in interrupts. */
int thread_notify(thread_id id, uint64_t events);

/* Sets events of the calling thread once, in `nanoseconds`, instead of what was set before; THREAD_FOREVER: never. 0, or
 * -EINVARG when there are no events. It ends with the thread. */
int thread_timer(uint64_t nanoseconds, uint64_t events);

thread_id thread_self(void);

struct thread_totals {
    char name[THREAD_NAME_BYTES];
    thread_id id;
    int priority;
    enum thread_state state;
    uint64_t nanoseconds; /* of running */
};

/* The thread that lives in the slot, 0 to THREADS_MAX - 1, or the idle one for THREAD_IDLE_SLOT. False: none. */
bool thread_totals(size_t slot, struct thread_totals *totals);

enum { THREAD_IDLE_SLOT = 0xFFFF };

/* Makes what runs now, on the stack of the boot, the idle thread: threads_begin so far that its mistakes can be told, before
 * anything else; threads_init wholly, once the clocks are known, before any other function here. */
void threads_begin(void);
void threads_init(void);

/* What the boot does when it has nothing left to do. */
_Noreturn void thread_idle(void);

/* What is asked of others, at link time: core/main.c knows who has it. With interrupts masked. */

struct thread_stack {
    uintptr_t bottom; /* mapped from here */
    uintptr_t top;
    size_t slot;
};

/* Room for a stack: 0 or a negative status. */
int thread_stack_take(size_t blocks, struct thread_stack *stack);
void thread_stack_give(const struct thread_stack *stack);

/* The top of the stack in a slot; 0: there is none. */
uintptr_t thread_stack_top(size_t slot);

/* Whether the address is in the guard of a stack, and of which. */
bool thread_stack_guard(uintptr_t address, size_t *slot);

/* A context of the kernel heap that acts as that owner, in THREAD_ACTING_BYTES. */
void thread_acting_init(void *acting, uint16_t owner);

/* Room for the THREAD_FPU_BYTES of a thread's floating-point state, at a multiple of 16; NULL: there is none. */
void *thread_fpu_take(void);
void thread_fpu_give(void *state);

/* What a thread has for calls: made with the thread, in THREAD_IPC_BYTES, and ended with it (ipc/ipc.c). */
void thread_ipc_init(void *ipc, const struct thread_plan *plan, size_t slot);
void thread_ipc_end(void *ipc);

/* Events have come to which it listens (thread->listens). */
void thread_ipc_heard(void *ipc);

/* Ring 3 has faulted at an address of its own half where no page is: whether there is one now, and it can go on. */
bool thread_ipc_missing(void *ipc, uint64_t address);
