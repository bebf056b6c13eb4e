/* A thread's record, and what the files that make up threads do to it: core/thread.c, core/thread_end.c, core/fpu.c,
 * core/interrupt.c, core/trap.c. Everything here with interrupts masked. */
#pragma once

#include <assert.h>

#include "core/lock.h"
#include "core/percpu.h"
#include "core/thread.h"

/* Of a thread: when it rings, the events are set, or, with none, the thread is woken. */
struct alarm {
    struct timer timer; /* first: the queue's pointers are pointers to alarms */
    struct thread *thread;
    uint64_t events;
};

struct thread {
    _Alignas(
        16) unsigned char ipc[THREAD_IPC_BYTES]; /* what it has for calls: ipc/ipc.c; first, as pointers lead there */
    struct turn turn;
    uintptr_t place;       /* while it does not run: its stack pointer, where the address stands to go on */
    uint64_t space;        /* physical address of its top-level page table; 0: none of its own            */
    void *fpu;             /* its floating-point state; NULL: it has none                                 */
    uint64_t ticks;        /* of running; while it runs, less the time when it began to                 */
    uint64_t events;       /* set and not yet taken                                                     */
    uint64_t wanted;       /* of them, while it waits; else 0                                           */
    uint64_t listens;      /* of them: those of which its side of calls is told                         */
    bool special;          /* of ring 3, or in a space: to go on there takes more                       */
    uint8_t interrupts;    /* lines that it listens to                                                  */
    struct alarm until;    /* of sleep, or of a wait's time-out                       */
    struct alarm one_shot; /* of thread_timer                                         */
    thread_id id;
    struct thread_stack stack;
    struct thread_end *end; /* who is told of its end */
    thread_id watcher;
    uint64_t watcher_events;
    char name[THREAD_NAME_BYTES];
    _Alignas(16) unsigned char acting[THREAD_ACTING_BYTES]; /* for whom it calls kmalloc */
};
static_assert(offsetof(struct thread, turn) == THREAD_AT_TURN && offsetof(struct thread, place) == THREAD_AT_PLACE &&
                  offsetof(struct thread, space) == THREAD_AT_SPACE && offsetof(struct thread, fpu) == THREAD_AT_FPU,
              "ipc/syscall.asm and ipc/enter.asm go on there");

static inline struct thread *thread_of(struct turn *turn)
{
    return (struct thread *)((char *)turn - offsetof(struct thread, turn));
}

static inline struct thread *thread_current(const struct percpu *cpu)
{
    return thread_of(cpu->scheduler.current);
}

/* The live thread of that number, or NULL. */
struct thread *thread_find(thread_id id);

/* Sets events, and wakes the thread if it waits for one of them. */
void thread_post(struct thread *thread, uint64_t events);

/* The live thread whose stack is in the slot, whatever the number, or NULL. */
struct thread *thread_in_slot(size_t slot);

/* Makes a thread ready that sleeps or waits. */
void thread_wake(struct thread *thread);

/* Gives a thread another priority: it is the last of those that have it. */
void thread_reprice(struct thread *thread, int8_t priority);

/* An alarm that is not set is to ring in `nanoseconds`. */
void thread_set_alarm(struct percpu *cpu, struct alarm *alarm, uint64_t nanoseconds);

/* Sees to it that the timer interrupts at `deadline` at the latest. */
void thread_arm(struct percpu *cpu, uint64_t deadline);

/* The timer's interrupt. */
void thread_timer_rang(struct percpu *cpu);

/* core/fpu.c: puts the floating-point state of one that goes on in ring 3 in the registers, and keeps what is there; they
 * may stay another one's while the kernel runs. And what else is to be forgotten of a dead thread that is `special`. */
void thread_switch_fpu(struct percpu *cpu, struct thread *to);
void thread_forget_special(struct percpu *cpu, const struct thread *dead);

/* What a switch to a thread that is `special` does besides. */
static inline void thread_switch_special(struct percpu *cpu, struct thread *to)
{
    cpu->tss.stack[0] = (uintptr_t)to; /* what is below the record is free when ring 3 is left */
    if (to->space != 0 && to->space != cpu->space) {
        cpu->space = to->space;
        cpu_set_cr3(to->space);
    }
    if (to->fpu != cpu->fpu) {
        thread_switch_fpu(cpu, to);
    }
}

/* Notes that `to` runs from now on, not `from`; the switch itself is to follow. `rival`: its turn has an end. */
static inline void thread_prepare(struct percpu *cpu, struct thread *from, struct thread *to, bool rival)
{
    uint64_t now = cpu_timestamp();
    from->ticks += now;
    to->ticks -= now;
    cpu->switched_at = now;
    cpu->acting = (struct kheap_context *)to->acting;
    if (rival && now + to->turn.left < cpu->armed) {
        thread_arm(cpu, now + to->turn.left);
    }
    if (to->special) {
        thread_switch_special(cpu, to);
    }
}

/* Both. */
static inline void thread_go_on(struct percpu *cpu, struct thread *from, struct thread *to)
{
    thread_prepare(cpu, from, to, scheduler_has_rival(&cpu->scheduler, &to->turn));
    cpu_switch(&from->place, &to->place);
}

/* Gives way where somebody else has a right to run: settles scheduler.attend. */
void thread_attend(struct percpu *cpu);

/* The lock's end for whoever may have made somebody ready: that one runs, if it has the right to. Inside another lock, which
 * knows nothing of that, the timer is to see to it once that one has ended. */
static inline void thread_unlock(uint64_t lock)
{
    struct percpu *cpu = percpu_here();
    if (cpu->scheduler.attend) {
        if ((lock & CPU_FLAGS_IF) != 0) {
            thread_attend(cpu);
        } else {
            thread_arm(cpu, 0);
        }
    }
    kernel_unlock(lock);
}

/* The same for kernel_lock_first. */
static inline void thread_unlock_last(void)
{
    thread_unlock(CPU_FLAGS_IF);
}

/* Ends the running thread, for the reason given. */
_Noreturn void thread_end_current(const struct thread_end *how);

/* core/switch.asm */
_Noreturn void thread_leave(struct thread *dead, const uintptr_t *place);
void thread_begin(void);
void thread_begin_user(void);
