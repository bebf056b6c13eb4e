#include "core/trap.h"

#include <stdbool.h>

#include "core/backtrace.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/fault.h"
#include "core/fpu.h"
#include "core/interrupt.h"
#include "core/power.h"
#include "core/thread_state.h"

enum {
    VECTOR_NMI = 2,
    VECTOR_NO_FPU = 7,
    VECTOR_MACHINE_CHECK = 18,
    PAGE_WAS_PRESENT = 1, /* in the error code of a page fault: Intel SDM vol. 3A, 4.7 */
};

extern const char boot_stack_guard[], boot_stack_bottom[],
    boot_stack_top[]; /* core/entry.asm: the first page is never mapped */

/* boot/kernel.ld: what tests/tools/symbols.py made of this very kernel. */
extern const uint8_t image_symbols[], image_symbols_end[];

static volatile bool reporting;

/* The guard of another thread's stack is not there because this one's has overflowed. */
static const char *stack_of_guard(uint64_t address)
{
    size_t slot;
    if (address >= (uintptr_t)boot_stack_guard && address < (uintptr_t)boot_stack_bottom) {
        return "the stack of the boot";
    }
    bool own = thread_stack_guard(address, &slot) && slot == thread_current(percpu_here())->stack.slot;
    return own ? "its stack" : NULL;
}

static struct fault_witness witness = {stack_of_guard, NULL};

void trap_ask(bool (*describe)(uint64_t address, print_text *print))
{
    witness.describe = describe;
}

static struct fault fault_of(const struct trap_frame *frame)
{
    struct fault fault = {
        .vector = (unsigned)frame->vector,
        .user = (frame->cs & 3) != 0,
        .error = frame->error,
        .address = frame->cr2,
        .rip = frame->rip,
        .rsp = frame->rsp,
    };
    static_assert(offsetof(struct trap_frame, vector) - offsetof(struct trap_frame, rax) == sizeof fault.registers,
                  "core/fault.h names the registers in the order of the frame");
    for (size_t i = 0; i < FAULT_REGISTERS; i++) {
        fault.registers[i] = (&frame->rax)[i];
    }
    return fault;
}

static void print_registers(const struct trap_frame *frame)
{
#define AT(field) (offsetof(struct trap_frame, field) / sizeof(uint64_t))
    /* clang-format off */
    static const struct {
        char name[7];
        uint8_t word; /* of the frame */
    } registers[] = {
        {"rip", AT(rip)}, {"rsp", AT(rsp)}, {"rflags", AT(rflags)},
        {"cs", AT(cs)},   {"ss", AT(ss)},   {"cr2", AT(cr2)},
        {"rax", AT(rax)}, {"rbx", AT(rbx)}, {"rcx", AT(rcx)},
        {"rdx", AT(rdx)}, {"rsi", AT(rsi)}, {"rdi", AT(rdi)},
        {"rbp", AT(rbp)}, {"r8", AT(r8)},   {"r9", AT(r9)},
        {"r10", AT(r10)}, {"r11", AT(r11)}, {"r12", AT(r12)},
        {"r13", AT(r13)}, {"r14", AT(r14)}, {"r15", AT(r15)},
    };
    /* clang-format on */
#undef AT
    const uint64_t *words = (const uint64_t *)frame;
    const size_t columns = 3, count = sizeof registers / sizeof *registers;
    for (size_t i = 0; i < count; i++) {
        kprintf("%8s %016llx%s", registers[i].name, (unsigned long long)words[registers[i].word],
                i % columns == columns - 1 ? "\n" : "");
    }
}

static void print_backtrace(const struct trap_frame *frame, const struct thread *self)
{
    const struct symbol_table symbols = {image_symbols, (uintptr_t)image_symbols_end - (uintptr_t)image_symbols};
    bool boot = self->id == THREAD_IDLE_SLOT;
    backtrace_print(&(struct backtrace){.rip = frame->rip,
                                        .rsp = frame->rsp,
                                        .rbp = frame->rbp,
                                        .bottom = boot ? (uintptr_t)boot_stack_bottom : self->stack.bottom,
                                        .top = boot ? (uintptr_t)boot_stack_top : (uintptr_t)self},
                    &symbols, kprintf);
}

/* All that can be said. What describes the address comes last: it may be what is broken. */
static void report(const struct trap_frame *frame, const struct thread *self)
{
    struct fault fault = fault_of(frame);
    kprintf("\n");
    fault_print(&fault, &witness, kprintf);
    kprintf("  in thread `%s`%s\n", self->name, fault.user ? ", in ring 3" : "");
    print_registers(frame);
    if (!fault.user) {
        print_backtrace(frame, self);
    }
    fault_print_address(&fault, &witness, kprintf);
}

/* The kernel's own lock is held where interrupts were masked, and the idle thread is what is left when all others have
 * ended: neither can be done without. What the processor reports of itself is not any thread's doing. */
static bool can_end(const struct thread *self, const struct trap_frame *frame)
{
    bool masked = (frame->rflags & CPU_FLAGS_IF) == 0;
    return self->id != THREAD_IDLE_SLOT && !masked && frame->vector != VECTOR_MACHINE_CHECK;
}

void trap_exception(const struct trap_frame *frame)
{
    struct percpu *cpu = percpu_here();
    struct thread *self = thread_current(cpu);
    if (frame->vector == VECTOR_NO_FPU && (frame->cs & 3) != 0 && fpu_first_use()) {
        return;
    }
    if (frame->vector == FAULT_PAGE && (frame->cs & 3) != 0 && (frame->error & PAGE_WAS_PRESENT) == 0 &&
        thread_ipc_missing(self->ipc, frame->cr2)) {
        return;
    }
    if (frame->vector == VECTOR_NMI) {
        cpu->unexpected_interrupts++;
        return;
    }
    if (reporting) {
        power_stop(POWER_FAILURE);
    }
    reporting = true;
    report(frame, self);
    if (!can_end(self, frame)) {
        power_stop(POWER_FAILURE);
    }
    reporting = false;
    if (frame->vector == FAULT_DOUBLE) {
        interrupt_recall();
    }
    thread_end_current(&(struct thread_end){
        .how = THREAD_FAULTED,
        .vector = (uint32_t)frame->vector,
        .address = frame->cr2,
        .rip = frame->rip,
        .rax = frame->rax,
    });
}
