/* core/fault.c: what exceptions mean, and in what words. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "core/fault.h"
#include "tests/capture.h"

/* Bits of a page fault's error code. */
enum { PRESENT = 1, WRITE = 2, USER = 4, RESERVED_BIT = 8, FETCH = 16 };

#define GUARD  UINT64_C(0xFFFFFFFF80020000)
#define KERNEL UINT64_C(0xFFFFFFFF80001000)
#define SERVER UINT64_C(0x0000000000401000)

static const char *guard_of(uint64_t address)
{
    return address - GUARD < 4096 ? "the kernel stack" : NULL;
}

static bool describe(uint64_t address, print_text *print)
{
    if (address == SERVER) {
        return false;
    }
    print("0x%llx behind something", (unsigned long long)(address & 0xFFF));
    return true;
}

static const struct fault_witness knows = {guard_of, describe};
static const struct fault_witness knows_nothing;

static struct fault page_fault(uint64_t address, unsigned error)
{
    return (struct fault){.vector = 14, .error = error, .address = address, .user = (error & USER) != 0};
}

static void assert_words(const struct fault *fault, const struct fault_witness *witness, const char *line)
{
    char wanted[256];
    capture_clear();
    fault_print(fault, witness, capture);
    snprintf(wanted, sizeof wanted, "exception %u, %s, error code 0x%llx, in %s\n%s", fault->vector,
             fault_name(fault->vector), (unsigned long long)fault->error, fault->user ? "ring 3" : "the kernel",
             line);
    assert_string_equal(captured, wanted);
}

static void assert_page_fault(uint64_t address, unsigned error, enum fault_kind kind, const char *line)
{
    struct fault fault = page_fault(address, error);
    assert_int_equal(fault_kind(&fault, &knows), kind);
    assert_words(&fault, &knows, line);
}

static void a_page_that_is_not_there_is_unmapped(void **state)
{
    (void)state;
    assert_page_fault(KERNEL, 0, FAULT_UNMAPPED, "  read of an unmapped page, at 0xffffffff80001000\n");
    assert_page_fault(KERNEL, WRITE, FAULT_UNMAPPED, "  write to an unmapped page, at 0xffffffff80001000\n");
    assert_page_fault(SERVER, USER | FETCH, FAULT_UNMAPPED, "  execution of an unmapped page, at 0x401000\n");
    assert_page_fault(4096, 0, FAULT_UNMAPPED, "  read of an unmapped page, at 0x1000\n");
}

static void the_first_page_is_a_null_pointer_with_a_field_s_offset(void **state)
{
    (void)state;
    assert_page_fault(0, 0, FAULT_NULL, "  read of what a null pointer points to, at offset 0x0\n");
    assert_page_fault(0x18, WRITE, FAULT_NULL, "  write to what a null pointer points to, at offset 0x18\n");
    assert_page_fault(0, FETCH, FAULT_NULL, "  execution of what a null pointer points to, at offset 0x0\n");
    assert_page_fault(4095, USER, FAULT_NULL, "  read of what a null pointer points to, at offset 0xfff\n");
}

static void a_guard_page_means_that_the_stack_has_overflowed(void **state)
{
    static const char line[] = "  the kernel stack has overflowed: 0xffffffff80020ff8 is in its guard page\n";
    (void)state;
    assert_page_fault(GUARD + 0xFF8, WRITE, FAULT_STACK_OVERFLOW, line);
    struct fault fault = {.vector = 8, .address = GUARD + 0xFF8};
    assert_int_equal(fault_kind(&fault, &knows), FAULT_STACK_OVERFLOW);
    assert_words(&fault, &knows, line);
    fault.address += 8; /* the stack's first word */
    assert_words(&fault, &knows, "  an exception came while another one was delivered\n");
}

static void nobody_knows_a_guard_page(void **state)
{
    struct fault fault = page_fault(GUARD, WRITE);
    (void)state;
    assert_words(&fault, &knows_nothing, "  write to an unmapped page, at 0xffffffff80020000\n");
    fault.vector = 8;
    assert_words(&fault, &knows_nothing, "  an exception came while another one was delivered\n");
}

static void a_page_that_may_not_be_written_is_read_only(void **state)
{
    (void)state;
    assert_page_fault(KERNEL, PRESENT | WRITE, FAULT_READ_ONLY,
                      "  write to read-only memory, at 0xffffffff80001000\n");
    assert_page_fault(SERVER, PRESENT | WRITE | USER, FAULT_READ_ONLY, "  write to read-only memory, at 0x401000\n");
}

static void a_page_that_may_not_be_executed_is_not_code(void **state)
{
    (void)state;
    assert_page_fault(KERNEL, PRESENT | FETCH, FAULT_NOT_CODE,
                      "  execution of a page that is not code, at 0xffffffff80001000\n");
    assert_page_fault(SERVER, PRESENT | FETCH | USER, FAULT_NOT_CODE,
                      "  execution of a page that is not code, at 0x401000\n");
}

static void ring_3_gets_nothing_of_the_kernel_s(void **state)
{
    static const char read[] = "  read of a supervisor page by ring 3, at 0xffffffff80001000\n";
    (void)state;
    assert_page_fault(KERNEL, PRESENT | USER, FAULT_SUPERVISOR, read);
    assert_page_fault(KERNEL, PRESENT | USER | WRITE, FAULT_SUPERVISOR,
                      "  write to a supervisor page by ring 3, at 0xffffffff80001000\n");
    assert_page_fault(KERNEL, PRESENT | USER | FETCH, FAULT_SUPERVISOR,
                      "  execution of a supervisor page by ring 3, at 0xffffffff80001000\n");
    assert_page_fault(SERVER, PRESENT | USER, FAULT_SUPERVISOR,
                      "  read of a supervisor page by ring 3, at 0x401000\n");
}

static void the_kernel_is_kept_off_user_pages(void **state)
{
    (void)state;
    assert_page_fault(SERVER, PRESENT | FETCH, FAULT_SMEP,
                      "  execution of a user page by the kernel (SMEP), at 0x401000\n");
    assert_page_fault(SERVER, PRESENT, FAULT_SMAP, "  read of a user page by the kernel (SMAP), at 0x401000\n");
    assert_page_fault(SERVER, PRESENT | WRITE, FAULT_SMAP,
                      "  write to a user page by the kernel (SMAP), at 0x401000\n");
}

static void a_reserved_bit_is_the_page_table_s_damage(void **state)
{
    (void)state;
    assert_page_fault(KERNEL, PRESENT | RESERVED_BIT, FAULT_TABLE_DAMAGED,
                      "  read of a page whose entry in the page table has a reserved bit set: it is damaged, at "
                      "0xffffffff80001000\n");
    assert_page_fault(
        8, PRESENT | RESERVED_BIT | WRITE, FAULT_TABLE_DAMAGED,
        "  write to a page whose entry in the page table has a reserved bit set: it is damaged, at 0x8\n");
}

/* 48 bits count: bit 47 is in all above it, too. */
static void what_is_no_address_is_named(void **state)
{
    static const uint64_t good[] = {0, 1, 0x00007FFFFFFFFFFF, 0xFFFF800000000000, UINT64_MAX};
    static const uint64_t bad[] = {0x0000800000000000, 0xFFFF7FFFFFFFFFFF, 0x6B6B6B6B6B6B6B6B, 0x8000000000000000};
    struct fault fault = {.vector = 13};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        fault.registers[3] = good[i];
        assert_int_equal(fault_kind(&fault, &knows), FAULT_PLAIN);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        fault.registers[3] = bad[i];
        assert_int_equal(fault_kind(&fault, &knows), FAULT_NOT_CANONICAL);
        assert_words(&fault, &knows, "  not a canonical address, if it was used as one: rdx\n");
    }
    fault.registers[3] = 0;
    fault.vector = 12;
    fault.registers[6] = fault.registers[14] = fault.rip = fault.rsp = bad[0];
    assert_words(&fault, &knows, "  not a canonical address, if it was used as one: rbp r15 rip rsp\n");
}

static void an_error_code_names_a_selector(void **state)
{
    static const struct {
        unsigned vector, error;
        const char *line;
    } cases[] = {
        {13, 0x18, "  it is about selector 0x18 of the GDT\n"},
        {13, 0x2C, "  it is about selector 0x28 of the LDT\n"},
        {13, 33 * 8 + 2, "  it is about the gate of vector 33\n"},
        {11, 33 * 8 + 3,
         "  it is about the gate of vector 33, while an interrupt or another exception was delivered\n"},
        {12, 0x11, "  it is about selector 0x10 of the GDT, while an interrupt or another exception was delivered\n"},
        {10, 0x18, "  it is about selector 0x18 of the GDT\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault = {.vector = cases[i].vector, .error = cases[i].error};
        assert_int_equal(fault_kind(&fault, &knows), FAULT_SELECTOR);
        assert_words(&fault, &knows, cases[i].line);
    }
}

static void other_exceptions_say_what_there_is_to_say(void **state)
{
    static const struct {
        unsigned vector;
        const char *line;
    } cases[] = {
        {0, "  a division by zero, or a quotient that does not fit\n"},
        {3, ""},
        {6, "  what stands there is no instruction of this processor, or was put there to stop it\n"},
        {7, "  an instruction for floating point or vectors, which are off\n"},
        {13, "  an instruction that is not allowed here, or a value that it does not allow\n"},
        {17, ""},
        {18, "  the hardware reports an error of its own\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault = {.vector = cases[i].vector};
        assert_words(&fault, &knows, cases[i].line);
    }
}

static void every_vector_has_a_name(void **state)
{
    (void)state;
    for (unsigned vector = 0; vector < 32; vector++) {
        assert_non_null(fault_name(vector));
    }
    assert_string_equal(fault_name(0), "divide error");
    assert_string_equal(fault_name(14), "page fault");
    assert_string_equal(fault_name(30), "security");
    assert_string_equal(fault_name(15), "reserved exception");
    assert_string_equal(fault_name(31), "reserved exception");
    assert_string_equal(fault_name(32), "interrupt");
}

static void an_interrupt_is_no_exception(void **state)
{
    struct fault fault = {.vector = 33};
    (void)state;
    capture_clear();
    fault_print(&fault, &knows, capture);
    assert_string_equal(captured, "unexpected interrupt, vector 33\n");
}

static void assert_address(const struct fault *fault, const struct fault_witness *witness, const char *wanted)
{
    capture_clear();
    fault_print_address(fault, witness, capture);
    assert_string_equal(captured, wanted);
}

static void the_witness_says_what_the_address_is(void **state)
{
    struct fault fault = page_fault(KERNEL + 16, 0);
    (void)state;
    assert_address(&fault, &knows, "  0xffffffff80001010 is 0x10 behind something\n");
    assert_address(&fault, &knows_nothing, "");
    fault.address = SERVER;
    assert_address(&fault, &knows, "  0x401000 is not known\n");
    fault.address = 4095;
    assert_address(&fault, &knows, "");
    fault.address = KERNEL;
    fault.vector = 13; /* CR2 is an old one */
    assert_address(&fault, &knows, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_is_not_there_is_unmapped),
        cmocka_unit_test(the_first_page_is_a_null_pointer_with_a_field_s_offset),
        cmocka_unit_test(a_guard_page_means_that_the_stack_has_overflowed),
        cmocka_unit_test(nobody_knows_a_guard_page),
        cmocka_unit_test(a_page_that_may_not_be_written_is_read_only),
        cmocka_unit_test(a_page_that_may_not_be_executed_is_not_code),
        cmocka_unit_test(ring_3_gets_nothing_of_the_kernel_s),
        cmocka_unit_test(the_kernel_is_kept_off_user_pages),
        cmocka_unit_test(a_reserved_bit_is_the_page_table_s_damage),
        cmocka_unit_test(what_is_no_address_is_named),
        cmocka_unit_test(an_error_code_names_a_selector),
        cmocka_unit_test(other_exceptions_say_what_there_is_to_say),
        cmocka_unit_test(every_vector_has_a_name),
        cmocka_unit_test(an_interrupt_is_no_exception),
        cmocka_unit_test(the_witness_says_what_the_address_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
