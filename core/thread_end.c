/* How threads end, whatever they are doing: what was theirs in the kernel goes, and whoever asked is told. */
#include "core/interrupt.h"
#include "core/lock.h"
#include "core/status.h"
#include "core/thread_state.h"

/* Tells those who asked. What a watcher wants filled in may be on its stack, and gone with it. */
static void tell(const struct thread *thread, const struct thread_end *how)
{
    struct thread *watcher = thread_find(thread->watcher);
    if (thread->end != NULL && (watcher != NULL || thread->watcher == 0)) {
        *thread->end = *how;
    }
    if (watcher != NULL) {
        thread_post(watcher, thread->watcher_events);
    }
}

/* Gives back what the thread had; it does not run, and its record goes with its stack. Called by core/switch.asm too. */
void thread_bury(struct thread *thread);
void thread_bury(struct thread *thread)
{
    struct percpu *cpu = percpu_here();
    struct kheap_context *acting = cpu->acting;
    struct thread_stack stack = thread->stack;
    cpu->acting = cpu->kernel_acting;
    thread_ipc_end(thread->ipc);
    timer_remove(&cpu->timers, &thread->one_shot.timer);
    if (thread->interrupts != 0) {
        interrupt_forget(thread);
    }
    if (thread->special) {
        thread_forget_special(cpu, thread);
    }
    thread_stack_give(&stack);
    cpu->acting = acting;
}

_Noreturn void thread_end_current(const struct thread_end *how)
{
    kernel_lock();
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    tell(self, how);
    struct thread *next = thread_of(scheduler_block(&cpu->scheduler, THREAD_ENDED));
    thread_prepare(cpu, self, next, scheduler_has_rival(&cpu->scheduler, &next->turn));
    thread_leave(self, &next->place);
}

_Noreturn void thread_exit(void)
{
    thread_end_current(&(struct thread_end){.how = THREAD_EXITED});
}

/* A thread that does not run is in a ring, in the timer's queue, in both, or in none, and neither keeps it. */
static void end_other(struct percpu *cpu, struct thread *thread)
{
    if (thread->turn.state == THREAD_READY) {
        scheduler_withdraw(&cpu->scheduler, &thread->turn);
    }
    timer_remove(&cpu->timers, &thread->until.timer);
    thread->turn.state = THREAD_ENDED;
    tell(thread, &(struct thread_end){.how = THREAD_KILLED});
    thread_bury(thread);
}

int thread_kill(thread_id id)
{
    uint64_t lock = kernel_lock();
    struct percpu *cpu = percpu_here();
    struct thread *thread = thread_find(id);
    if (thread != NULL && thread == thread_current(cpu)) {
        thread_end_current(&(struct thread_end){.how = THREAD_KILLED});
    }
    if (thread != NULL) {
        end_other(cpu, thread);
    }
    thread_unlock(lock);
    return thread != NULL ? 0 : -EINVARG;
}
