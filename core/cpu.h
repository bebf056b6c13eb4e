/* The machine instructions that C cannot say. The only inline assembly of the kernel; drivers and address spaces go
 * through it. Instructions: Intel SDM vol. 2; control registers and MSRs: vol. 3A, 2.5, and vol. 4. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CPU_CR0_WP         (UINT64_C(1) << 16) /* read-only pages bind the kernel too   */
#define CPU_CR4_MCE        (UINT64_C(1) << 6)  /* machine checks are exception 18, not a reset */
#define CPU_CR4_PGE        (UINT64_C(1) << 7)  /* global translations outlive a new CR3 */
#define CPU_CR4_UMIP       (UINT64_C(1) << 11) /* SGDT and the like: ring 0 only        */
#define CPU_CR4_FSGSBASE   (UINT64_C(1) << 16) /* ring 3 may set its fs and gs bases    */
#define CPU_CR4_SMEP       (UINT64_C(1) << 20) /* ring 0 executes no user page          */
#define CPU_CR4_SMAP       (UINT64_C(1) << 21) /* nor reads or writes one, unless AC    */
#define CPU_FLAGS_IF       (UINT64_C(1) << 9)  /* interrupts on                         */
#define CPU_FLAGS_AC       (UINT64_C(1) << 18) /* lifts SMAP                            */
#define CPU_CR0_MP         (UINT64_C(1) << 1)  /* wait instructions heed CR0.TS         */
#define CPU_CR0_EM         (UINT64_C(1) << 2)  /* there is no floating-point unit       */
#define CPU_CR0_TS         (UINT64_C(1) << 3)  /* its next use is exception 7           */
#define CPU_CR0_NE         (UINT64_C(1) << 5)  /* its errors are exception 16           */
#define CPU_CR4_FXSR       (UINT64_C(1) << 9)  /* fxsave keeps SSE state too            */
#define CPU_CR4_XMMEXCPT   (UINT64_C(1) << 10) /* SSE's errors are exception 19         */
#define CPUID_1_MCE        (UINT32_C(1) << 7)  /* leaf 1, EDX                           */
#define CPUID_1_PGE        (UINT32_C(1) << 13)
#define CPUID_1_FXSR       (UINT32_C(1) << 24)
#define CPUID_1_XSAVE      (UINT32_C(1) << 26) /* leaf 1, ECX                           */
#define CPUID_1_HYPERVISOR (UINT32_C(1) << 31) /* under a hypervisor                    */
#define CPUID_7_SMEP       (UINT32_C(1) << 7)  /* leaf 7, EBX                           */
#define CPUID_7_SMAP       (UINT32_C(1) << 20)
#define CPUID_7_UMIP       (UINT32_C(1) << 2)  /* leaf 7, ECX                           */
#define CPUID_EXT_PAGES_1G (UINT32_C(1) << 26) /* leaf 0x80000001, EDX: 1-GiB pages     */

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpu_cpuid(uint32_t leaf)
{
    struct cpuid out;
    __asm__ volatile("cpuid" : "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx) : "a"(leaf), "c"(0));
    return out;
}

/* The word at that offset from gs: core/percpu.h. */
static inline void *cpu_own(size_t offset)
{
    void *word;
    __asm__ volatile("mov %%gs:%c1, %0" : "=r"(word) : "i"(offset));
    return word;
}

/* Not serialized: good to some tens of cycles. */
static inline uint64_t cpu_timestamp(void)
{
    uint64_t low, high; /* the instruction clears the upper halves */
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

static inline uint8_t cpu_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t cpu_in16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void cpu_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void cpu_out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void cpu_out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

/* `count` bytes from `port` to `to`, one by one. */
static inline void cpu_in8_string(uint16_t port, void *to, size_t count)
{
    __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}

static inline uint64_t cpu_cr0(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static inline void cpu_set_cr0(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint64_t cpu_cr4(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static inline void cpu_set_cr4(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline uint64_t cpu_rdmsr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void cpu_wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* Clears CR0.TS. */
static inline void cpu_clear_ts(void)
{
    __asm__ volatile("clts" : : : "memory");
}

/* Keep and load the 512 bytes of floating-point and SSE state, at a multiple of 16. */
static inline void cpu_fxsave(void *state)
{
    __asm__ volatile("fxsave64 (%0)" : : "r"(state) : "memory");
}

/* Loading leaves on some processors where the last floating-point instruction stood, if no error is pending: a harmless one
 * is put in its place first (AMD APM vol. 2, 11.4.4). */
static inline void cpu_fxrstor(const void *state)
{
    static const uint32_t anything = 0;
    __asm__ volatile("fnclex; emms; fildl %1; fxrstor64 (%0)" : : "r"(state), "m"(anything) : "memory");
}

/* Between these two the kernel may touch user pages although SMAP is on; without SMAP they are no instructions. */
static inline void cpu_user_access_begin(void)
{
    __asm__ volatile("stac" : : : "memory");
}

static inline void cpu_user_access_end(void)
{
    __asm__ volatile("clac" : : : "memory");
}

/* Switches to the page tables under the top-level table at physical `top`; drops all translations but global ones. */
static inline void cpu_set_cr3(uint64_t top)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(top) : "memory");
}

/* Drops the translation of one page, a global one too, and all that is kept of the tables on the way to any page (Intel
 * SDM vol. 3A, 4.10.4.1). */
static inline void cpu_invalidate_page(const void *address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline uint64_t cpu_flags(void)
{
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    return flags;
}

/* Masks interrupts; returns the flags as they were, for cpu_interrupts_restore. */
static inline uint64_t cpu_interrupts_mask(void)
{
    uint64_t flags;
    __asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
    return flags;
}

static inline void cpu_interrupts_restore(uint64_t flags)
{
    if (flags & CPU_FLAGS_IF) {
        __asm__ volatile("sti" : : : "memory");
    }
}

/* For who knows that interrupts are on, between these two they are masked. */
static inline void cpu_interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void cpu_interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/* Interrupts on, and nothing else until one comes: none is missed in between. */
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

/* Nothing but an NMI or a reset gets past this; the loop around it is the caller's. */
static inline void cpu_stop(void)
{
    __asm__ volatile("cli; hlt" : : : "memory");
}

/* Leaves the running thread's place in `from`, its stack pointer, above which the address stands where it goes on, and goes on
 * at `to`; comes back when somebody goes on at `from`. The compiler keeps what it needs of the other registers, so that
 * nothing is kept twice. */
static inline void cpu_switch(uintptr_t *from, const uintptr_t *to) /* NOLINT(readability-non-const-parameter) */
{
    __asm__ volatile("pushq %%rbp\n\t"
                     "pushq $1f\n\t"
                     "movq %%rsp, (%0)\n\t"
                     "movq (%1), %%rsp\n\t"
                     "retq\n"
                     "1:\n\t"
                     "popq %%rbp"
                     : "+D"(from), "+S"(to)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory",
                       "cc");
}

/* Calls a function that keeps no register but rbp: the compiler keeps what it needs of the others. */
#define CPU_CALL_BARE(function, first, second)                                                                       \
    ({                                                                                                               \
        uint64_t first_ = (first), second_ = (uintptr_t)(second), result_;                                           \
        __asm__ volatile("call %P[called]"                                                                           \
                         : "=a"(result_), "+D"(first_), "+S"(second_)                                                \
                         : [called] "i"(function)                                                                    \
                         : "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory",      \
                           "cc");                                                                                    \
        result_;                                                                                                     \
    })

/* Between two looks at a device. */
static inline void cpu_relax(void)
{
    __asm__ volatile("pause");
}

/* Copies upwards: right for ranges that do not overlap, and for `to` below `from`. */
static inline void cpu_copy_up(void *to, const void *from, size_t bytes)
{
    size_t words = bytes / 8, rest = bytes % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

static inline void cpu_copy_words(void *to, const void *from, size_t words)
{
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

/* Stores `bytes` / 8 copies of `pattern`, then its low byte for the rest. */
static inline void cpu_fill(void *to, uint64_t pattern, size_t bytes)
{
    size_t words = bytes / 8, rest = bytes % 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
}

/* An empty table of interrupts: the next exception cannot be delivered, and the processor shuts down. */
static inline void cpu_forget_interrupts(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none = {0, 0};
    __asm__ volatile("lidt %0; int3" : : "m"(none));
}
