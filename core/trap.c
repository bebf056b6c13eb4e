#include "core/trap.h"

#include <stdbool.h>

#include "core/console.h"
#include "core/cpu.h"
#include "core/power.h"

enum {
    PIC_COMMAND = 0x20, /* Intel 8259A; the second one at 0xA0 */
    PIC_DATA = 0x21,
    PIC_SECOND = 0x80,
    PIC_ICW1_INIT = 0x11, /* edge, cascade, ICW4 follows */
    PIC_ICW4_8086 = 0x01,
    PIC_CASCADE_LINE = 2,
    PIC_MASK_ALL = 0xFF,
    PIC_FIRST_VECTOR = 32,

    EXCEPTIONS = 32,
    VECTOR_DOUBLE_FAULT = 8,
    VECTOR_PAGE_FAULT = 14,
};

extern const char stack_guard[], stack_bottom[]; /* core/entry.asm: the page that is never mapped */

/* Intel SDM vol. 3A, table 6-1; AMD APM vol. 2, table 8-1. */
static const char *const names[EXCEPTIONS] = {
    [0] = "divide error",
    [1] = "debug",
    [2] = "non-maskable interrupt",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound range exceeded",
    [6] = "invalid opcode",
    [7] = "device not available",
    [VECTOR_DOUBLE_FAULT] = "double fault",
    [10] = "invalid TSS",
    [11] = "segment not present",
    [12] = "stack-segment fault",
    [13] = "general protection",
    [VECTOR_PAGE_FAULT] = "page fault",
    [16] = "x87 floating-point error",
    [17] = "alignment check",
    [18] = "machine check",
    [19] = "SIMD floating-point error",
    [20] = "virtualization",
    [21] = "control protection",
    [28] = "hypervisor injection",
    [29] = "VMM communication",
    [30] = "security",
};

static volatile bool reporting;

void trap_mask_interrupts(void)
{
    for (int second = 0; second <= PIC_SECOND; second += PIC_SECOND) {
        uint16_t command = (uint16_t)(PIC_COMMAND + second), data = (uint16_t)(PIC_DATA + second);
        cpu_out8(command, PIC_ICW1_INIT);
        cpu_out8(data, second ? PIC_FIRST_VECTOR + 8 : PIC_FIRST_VECTOR);
        cpu_out8(data, second ? PIC_CASCADE_LINE : 1 << PIC_CASCADE_LINE);
        cpu_out8(data, PIC_ICW4_8086);
        cpu_out8(data, PIC_MASK_ALL);
    }
}

static void print_cause(const struct trap_frame *frame)
{
    if (frame->vector >= EXCEPTIONS) {
        kprintf("\nunexpected interrupt, vector %u\n", (unsigned)frame->vector);
        return;
    }
    const char *name = names[frame->vector] != NULL ? names[frame->vector] : "reserved exception";
    kprintf("\nexception %u, %s, error code 0x%llx\n", (unsigned)frame->vector, name,
            (unsigned long long)frame->error);
    if (frame->vector == VECTOR_PAGE_FAULT) {
        kprintf("  %s of %s page\n",
                frame->error & 16  ? "execution"
                : frame->error & 2 ? "write"
                                   : "read",
                frame->error & 1 ? "a protected" : "an unmapped");
    }
    if (frame->vector == VECTOR_DOUBLE_FAULT && frame->cr2 >= (uintptr_t)stack_guard &&
        frame->cr2 < (uintptr_t)stack_bottom) {
        kprintf("  the kernel stack has overflowed\n");
    }
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

_Noreturn void trap_report(const struct trap_frame *frame)
{
    if (!reporting) {
        reporting = true;
        print_cause(frame);
        print_registers(frame);
    }
    power_stop(POWER_FAILURE);
}
