/* What an exception means, in words: from what the processor says (vector, error code, address) to a sentence that says
 * what was done to which page. What only others know is asked of a witness. No exception is handled here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/print.h"

enum {
    FAULT_EXCEPTIONS = 32, /* the vectors above are interrupts */
    FAULT_DOUBLE = 8,
    FAULT_GENERAL_PROTECTION = 13,
    FAULT_PAGE = 14,

    FAULT_NULL_BYTES = 4096, /* the first page is never mapped: what is at a null pointer lies in it */
    FAULT_REGISTERS = 15,
};

struct fault {
    unsigned vector;
    bool user;                           /* it happened in ring 3                                                   */
    uint64_t error;                      /* 0 where the processor pushes none                                       */
    uint64_t address;                    /* CR2: of a page fault, and of one that became a double fault             */
    uint64_t rip, rsp;                   /* where it happened                                                       */
    uint64_t registers[FAULT_REGISTERS]; /* rax, rbx, rcx, rdx, rsi, rdi, rbp, r8 to r15, as core/trap.h has them */
};

/* Who knows more of an address. Any function may be NULL: then nobody does. */
struct fault_witness {
    /* The stack whose guard page holds the address, for "... has overflowed": "the kernel stack"; NULL: none. */
    const char *(*guard_of)(uint64_t address);
    /* Prints what stands at the address as a phrase that follows "0x1234 is ", without a full stop; false, and nothing is
     * printed, when that is not known. */
    bool (*describe)(uint64_t address, print_text *print);
};

enum fault_kind {
    FAULT_PLAIN,          /* the name says all that is known                                      */
    FAULT_STACK_OVERFLOW, /* page fault in a guard page, or a double fault because of one         */
    FAULT_NULL,           /* page fault in the first page                                         */
    FAULT_TABLE_DAMAGED,  /* page fault: a page table entry has a reserved bit set                */
    FAULT_UNMAPPED,       /* page fault where no page is                                          */
    FAULT_SUPERVISOR,     /* ring 3 at a page of the kernel's                                     */
    FAULT_SMEP,           /* the kernel executes what ring 3 may write                            */
    FAULT_SMAP,           /* the kernel reads or writes a user page without saying that it means to */
    FAULT_NOT_CODE,       /* execution of a page that is not executable                           */
    FAULT_READ_ONLY,      /* write to a page that is not writable                                 */
    FAULT_SELECTOR,       /* a segment or gate is not good; the error code names it               */
    FAULT_NOT_CANONICAL,  /* #GP or #SS, and a register holds what is no address at all           */
};

/* Looks at all but the registers of a page fault; asks `guard_of`. Where the error code leaves two causes, the address
 * decides: the upper half is the kernel's, the lower half a server's. */
enum fault_kind fault_kind(const struct fault *fault, const struct fault_witness *witness);

/* "page fault"; "reserved exception" for a vector that has none; "interrupt" from FAULT_EXCEPTIONS up. Intel SDM vol. 3A,
 * table 6-1; AMD APM vol. 2, table 8-1. */
const char *fault_name(unsigned vector);

/* Prints a line with vector, name and error code, and one with what happened, if more is known. */
void fault_print(const struct fault *fault, const struct fault_witness *witness, print_text *print);

/* Prints a line "  0x1234 is PHRASE" on the address of a page fault that is no null pointer. To be printed last: what
 * describes it may be what is broken. */
void fault_print_address(const struct fault *fault, const struct fault_witness *witness, print_text *print);
