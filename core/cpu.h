/* The machine instructions that C cannot say. The only inline assembly of the kernel; drivers and address spaces go
 * through it. Instructions: Intel SDM vol. 2; control registers and MSRs: vol. 3A, 2.5, and vol. 4. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CPU_CR0_WP         (UINT64_C(1) << 16) /* read-only pages bind the kernel too   */
#define CPU_FLAGS_IF       (UINT64_C(1) << 9)  /* interrupts on                         */
#define CPUID_1_HYPERVISOR (UINT32_C(1) << 31) /* leaf 1, ECX: under a hypervisor       */
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

/* Not serialized: good to some tens of cycles. */
static inline uint64_t cpu_timestamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint8_t cpu_in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
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

/* Switches to the page tables under the top-level table at physical `top`; drops all translations but global ones. */
static inline void cpu_set_cr3(uint64_t top)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(top) : "memory");
}

/* Drops the translation of one page. */
static inline void cpu_invalidate_page(const void *address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
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

/* Nothing but an NMI or a reset gets past this; the loop around it is the caller's. */
static inline void cpu_stop(void)
{
    __asm__ volatile("cli; hlt" : : : "memory");
}

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
