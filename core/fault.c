#include "core/fault.h"

#include <stddef.h>

enum {
    VECTOR_DIVIDE = 0,
    VECTOR_OPCODE = 6,
    VECTOR_TSS = 10,
    VECTOR_SEGMENT = 11,
    VECTOR_STACK_SEGMENT = 12,
    VECTOR_MACHINE_CHECK = 18,

    /* Error code of a page fault (Intel SDM vol. 3A, 4.7). */
    PAGE_PRESENT = 1 << 0,
    PAGE_WRITE = 1 << 1,
    PAGE_RESERVED_BIT = 1 << 3,
    PAGE_FETCH = 1 << 4,

    /* Of one that names a selector (6.13). */
    SELECTOR_EXTERNAL = 1 << 0,
    SELECTOR_IDT = 1 << 1,
    SELECTOR_LDT = 1 << 2,
    SELECTOR_INDEX_SHIFT = 3,
    SELECTOR_TABLE_BITS = 7,

    CANONICAL_BITS = 48, /* with 4-level paging (SDM vol. 1, 3.3.7.1) */
};

const char *fault_name(unsigned vector)
{
    static const char *const names[FAULT_EXCEPTIONS] = {
        [VECTOR_DIVIDE] = "divide error",
        [1] = "debug",
        [2] = "non-maskable interrupt",
        [3] = "breakpoint",
        [4] = "overflow",
        [5] = "bound range exceeded",
        [VECTOR_OPCODE] = "invalid opcode",
        [7] = "device not available",
        [FAULT_DOUBLE] = "double fault",
        [9] = "coprocessor segment overrun",
        [VECTOR_TSS] = "invalid TSS",
        [VECTOR_SEGMENT] = "segment not present",
        [VECTOR_STACK_SEGMENT] = "stack-segment fault",
        [FAULT_GENERAL_PROTECTION] = "general protection",
        [FAULT_PAGE] = "page fault",
        [16] = "x87 floating-point error",
        [17] = "alignment check",
        [VECTOR_MACHINE_CHECK] = "machine check",
        [19] = "SIMD floating-point error",
        [20] = "virtualization",
        [21] = "control protection",
        [28] = "hypervisor injection",
        [29] = "VMM communication",
        [30] = "security",
    };
    if (vector >= FAULT_EXCEPTIONS) {
        return "interrupt";
    }
    return names[vector] != NULL ? names[vector] : "reserved exception";
}

/* Whether the bits above the last one that counts are all as that one. */
static bool is_canonical(uint64_t address)
{
    uint64_t top = address >> (CANONICAL_BITS - 1);
    return top == 0 || top == UINT64_MAX >> (CANONICAL_BITS - 1);
}

static bool is_kernels(uint64_t address)
{
    return address >> 63 != 0;
}

static const char *guard_of(const struct fault *fault, const struct fault_witness *witness)
{
    return witness->guard_of != NULL ? witness->guard_of(fault->address) : NULL;
}

/* Of a page fault at a page that is there. */
static enum fault_kind kind_of_violation(const struct fault *fault)
{
    bool kernels = is_kernels(fault->address);
    if (fault->user && (kernels || (fault->error & (PAGE_WRITE | PAGE_FETCH)) == 0)) {
        return FAULT_SUPERVISOR; /* a user page that is there can be read */
    }
    if ((fault->error & PAGE_FETCH) != 0) {
        return fault->user || kernels ? FAULT_NOT_CODE : FAULT_SMEP;
    }
    return fault->user || kernels ? FAULT_READ_ONLY : FAULT_SMAP;
}

static enum fault_kind kind_of_page_fault(const struct fault *fault, const struct fault_witness *witness)
{
    if ((fault->error & PAGE_RESERVED_BIT) != 0) {
        return FAULT_TABLE_DAMAGED;
    }
    if ((fault->error & PAGE_PRESENT) != 0) {
        return kind_of_violation(fault);
    }
    if (fault->address < FAULT_NULL_BYTES) {
        return FAULT_NULL;
    }
    return guard_of(fault, witness) != NULL ? FAULT_STACK_OVERFLOW : FAULT_UNMAPPED;
}

/* The number of the first register from `from` on that holds no canonical address: rip and rsp come after the others. */
static unsigned not_canonical(const struct fault *fault, unsigned from)
{
    for (; from < FAULT_REGISTERS + 2; from++) {
        uint64_t value = from < FAULT_REGISTERS    ? fault->registers[from]
                         : from == FAULT_REGISTERS ? fault->rip
                                                   : fault->rsp;
        if (!is_canonical(value)) {
            break;
        }
    }
    return from;
}

enum fault_kind fault_kind(const struct fault *fault, const struct fault_witness *witness)
{
    switch (fault->vector) {
    case FAULT_PAGE: return kind_of_page_fault(fault, witness);
    case FAULT_DOUBLE: return guard_of(fault, witness) != NULL ? FAULT_STACK_OVERFLOW : FAULT_PLAIN;
    case VECTOR_TSS:
    case VECTOR_SEGMENT: return FAULT_SELECTOR;
    case VECTOR_STACK_SEGMENT:
    case FAULT_GENERAL_PROTECTION:
        if (fault->error != 0) {
            return FAULT_SELECTOR;
        }
        return not_canonical(fault, 0) < FAULT_REGISTERS + 2 ? FAULT_NOT_CANONICAL : FAULT_PLAIN;
    default: return FAULT_PLAIN;
    }
}

static const char *access_to(const struct fault *fault)
{
    return (fault->error & PAGE_FETCH) != 0   ? "execution of"
           : (fault->error & PAGE_WRITE) != 0 ? "write to"
                                              : "read of";
}

static void print_selector(uint64_t error, print_text *print)
{
    if ((error & SELECTOR_IDT) != 0) {
        print("  it is about the gate of vector %u", (unsigned)(error >> SELECTOR_INDEX_SHIFT));
    } else {
        print("  it is about selector 0x%x of the %s", (unsigned)error & ~(unsigned)SELECTOR_TABLE_BITS,
              (error & SELECTOR_LDT) != 0 ? "LDT" : "GDT");
    }
    print((error & SELECTOR_EXTERNAL) != 0 ? ", while an interrupt or another exception was delivered\n" : "\n");
}

static void print_not_canonical(const struct fault *fault, print_text *print)
{
    static const char names[FAULT_REGISTERS + 2][4] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9",
                                                       "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rsp"};
    print("  not a canonical address, if it was used as one:");
    for (unsigned i = 0; (i = not_canonical(fault, i)) < FAULT_REGISTERS + 2; i++) {
        print(" %s", names[i]);
    }
    print("\n");
}

static void print_plain(const struct fault *fault, print_text *print)
{
    static const struct {
        unsigned vector;
        const char *sentence;
    } sentences[] = {
        {VECTOR_DIVIDE, "a division by zero, or a quotient that does not fit"},
        {VECTOR_OPCODE, "what stands there is no instruction of this processor, or was put there to stop it"},
        {7, "an instruction for floating point or vectors, which are off"},
        {FAULT_DOUBLE, "an exception came while another one was delivered"},
        {FAULT_GENERAL_PROTECTION, "an instruction that is not allowed here, or a value that it does not allow"},
        {VECTOR_MACHINE_CHECK, "the hardware reports an error of its own"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        if (sentences[i].vector == fault->vector) {
            print("  %s\n", sentences[i].sentence);
        }
    }
}

/* The line that says what happened. */
static void print_kind(const struct fault *fault, const struct fault_witness *witness, print_text *print)
{
    static const char *const pages[] = {
        [FAULT_TABLE_DAMAGED] = "a page whose entry in the page table has a reserved bit set: it is damaged",
        [FAULT_UNMAPPED] = "an unmapped page",
        [FAULT_SUPERVISOR] = "a supervisor page by ring 3",
        [FAULT_SMEP] = "a user page by the kernel (SMEP)",
        [FAULT_SMAP] = "a user page by the kernel (SMAP)",
        [FAULT_NOT_CODE] = "a page that is not code",
        [FAULT_READ_ONLY] = "read-only memory",
    };
    enum fault_kind kind = fault_kind(fault, witness);
    unsigned long long address = fault->address;
    switch (kind) {
    case FAULT_PLAIN: print_plain(fault, print); break;
    case FAULT_SELECTOR: print_selector(fault->error, print); break;
    case FAULT_NOT_CANONICAL: print_not_canonical(fault, print); break;
    case FAULT_NULL:
        print("  %s what a null pointer points to, at offset 0x%llx\n", access_to(fault), address);
        break;
    case FAULT_STACK_OVERFLOW:
        print("  %s has overflowed: 0x%llx is in its guard page\n", guard_of(fault, witness), address);
        break;
    default: print("  %s %s, at 0x%llx\n", access_to(fault), pages[kind], address);
    }
}

void fault_print(const struct fault *fault, const struct fault_witness *witness, print_text *print)
{
    if (fault->vector >= FAULT_EXCEPTIONS) {
        print("unexpected interrupt, vector %u\n", fault->vector);
        return;
    }
    print("exception %u, %s, error code 0x%llx, in %s\n", fault->vector, fault_name(fault->vector),
          (unsigned long long)fault->error, fault->user ? "ring 3" : "the kernel");
    print_kind(fault, witness, print);
}

void fault_print_address(const struct fault *fault, const struct fault_witness *witness, print_text *print)
{
    if (fault->vector != FAULT_PAGE || fault->address < FAULT_NULL_BYTES || witness->describe == NULL) {
        return;
    }
    print("  0x%llx is ", (unsigned long long)fault->address);
    print(witness->describe(fault->address, print) ? "\n" : "not known\n");
}
