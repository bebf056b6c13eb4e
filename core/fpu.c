#include "core/fpu.h"

#include "core/cpu.h"
#include "core/string.h"
#include "core/thread_state.h"

/* The state after fninit, every SSE exception masked (Intel SDM vol. 1, 10.5.1 and 11.6.4). */
enum {
    STATE_CONTROL = 0,
    STATE_MXCSR = 24,
    CONTROL_AT_INIT = 0x37F,
    MXCSR_AT_INIT = 0x1F80,
};
static _Alignas(16) uint8_t untouched[THREAD_FPU_BYTES];

void fpu_init(void)
{
    const uint16_t control = CONTROL_AT_INIT;
    const uint32_t mxcsr = MXCSR_AT_INIT;
    memcpy(untouched + STATE_CONTROL, &control, sizeof control);
    memcpy(untouched + STATE_MXCSR, &mxcsr, sizeof mxcsr);
    cpu_set_cr4(cpu_cr4() | CPU_CR4_FXSR | CPU_CR4_XMMEXCPT);
    cpu_set_cr0((cpu_cr0() & ~CPU_CR0_EM) | CPU_CR0_MP | CPU_CR0_NE | CPU_CR0_TS);
}

bool fpu_first_use(void)
{
    struct thread *self = thread_current(percpu_here());
    self->fpu = thread_fpu_take();
    if (self->fpu == NULL) {
        return false;
    }
    self->special = true;
    percpu_here()->fpu = self->fpu;
    cpu_clear_ts();
    cpu_fxrstor(untouched);
    return true;
}

/* Nothing is left of anybody's state in the registers. */
static void clear(struct percpu *cpu)
{
    cpu_fxrstor(untouched);
    cpu_set_cr0(cpu_cr0() | CPU_CR0_TS);
    cpu->fpu = NULL;
}

void thread_switch_fpu(struct percpu *cpu, struct thread *to)
{
    if (cpu->fpu != NULL) {
        cpu_fxsave(cpu->fpu);
    } else {
        cpu_clear_ts();
    }
    if (to->fpu == NULL) {
        clear(cpu);
        return;
    }
    cpu_fxrstor(to->fpu);
    cpu->fpu = to->fpu;
}

void thread_forget_special(struct percpu *cpu, const struct thread *dead)
{
    if (dead->fpu != NULL) {
        if (cpu->fpu == dead->fpu) {
            clear(cpu);
        }
        thread_fpu_give(dead->fpu);
    }
    bool needed = thread_current(cpu)->space == dead->space; /* by another thread in the same space */
    if (dead->space != 0 && cpu->space == dead->space && !needed) {
        cpu->space = cpu->kernel_space;
        cpu_set_cr3(cpu->kernel_space);
    }
}
