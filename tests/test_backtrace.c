/* core/backtrace.c: chains of frames on stacks that are made up. */
#include "tests/symbols_fixture.h"

#include "core/backtrace.h"
#include "tests/capture.h"

enum { STACK_WORDS = 64, WORD = 8 };

static uint64_t *stack; /* exactly as long as it says, so that the sanitizer sees a step outside */
static struct symbol_table symbols;
static struct backtrace from;

/*   0x1000     0x1010     0x1020     0x1030
 *   | outer    | inner    | leaf     |     each on one line: a.c:1, a.c:2, a.c:3   */
static int set_up(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 0x30, (const char *const[]){"a.c", NULL});
    const char *const names[] = {"outer", "inner", "leaf"};
    for (unsigned i = 0; i < 3; i++) {
        put(&writer, i == 0 ? 0 : 0x10);
        put(&writer, FUNCTION);
        put_text(&writer, names[i]);
        put(&writer, NEAR(1));
    }
    put(&writer, 0x10);
    symbols = end_table(&writer);
    stack = malloc(STACK_WORDS * WORD);
    assert_non_null(stack);
    memset(stack, 0xA5, STACK_WORDS * WORD);
    from = (struct backtrace){.bottom = (uintptr_t)stack, .top = (uintptr_t)(stack + STACK_WORDS)};
    from.rsp = from.bottom;
    capture_clear();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free((void *)symbols.bytes);
    free(stack);
    return 0;
}

/* A frame at a word of the stack: whose caller's frame is at another (0: the chain's end), and where it returns. */
static void put_frame(unsigned word, unsigned caller, uint64_t return_address)
{
    stack[word] = caller == 0 ? 0 : (uintptr_t)&stack[caller];
    stack[word + 1] = return_address;
}

static void assert_printed(const char *wanted)
{
    backtrace_print(&from, &symbols, capture);
    assert_string_equal(captured, wanted);
}

/* A call can be the last that a function does: its return address is the next function's start, and not meant.
 *   leaf <- inner, returns to 0x1018 <- outer, returns to 0x1010   */
static void each_return_address_is_in_the_function_that_called(void **state)
{
    (void)state;
    from.rip = 0x1025;
    from.rbp = (uintptr_t)&stack[4];
    put_frame(4, 10, 0x1018);
    put_frame(10, 0, 0x1010);
    assert_printed("  #0 leaf+0x5 (a.c:3)\n  #1 inner+0x8 (a.c:2)\n  #2 outer+0x10 (a.c:1)\n");
}

static void a_frame_may_end_with_the_stack(void **state)
{
    (void)state;
    from.rip = 0x1025;
    from.rbp = (uintptr_t)&stack[STACK_WORDS - 2];
    put_frame(STACK_WORDS - 2, 0, 0x1001);
    assert_printed("  #0 leaf+0x5 (a.c:3)\n  #1 outer+0x1 (a.c:1)\n");
}

static void what_is_no_function_is_a_number(void **state)
{
    (void)state;
    from.rip = 0x1000;
    from.rbp = (uintptr_t)&stack[0];
    put_frame(0, 0, 0xDEAD0000);
    assert_printed("  #0 outer+0x0 (a.c:1)\n  #1 0xdead0000\n");
}

/* The call has pushed where it returns, and nobody has made a frame yet.
 *   rip 0   rsp -> | 0x1018 |   rbp -> inner's frame   */
static void a_call_of_no_code_is_found_in_who_called(void **state)
{
    (void)state;
    from.rip = 0;
    from.rsp = (uintptr_t)&stack[3];
    from.rbp = (uintptr_t)&stack[8];
    stack[3] = 0x1018;
    put_frame(8, 0, 0x1008);
    assert_printed("  #0 0x0\n  #1 inner+0x8 (a.c:2)\n  #2 outer+0x8 (a.c:1)\n");
}

/* A call can be the last that there is in the code. */
static void a_call_of_no_code_may_be_the_last_of_all(void **state)
{
    (void)state;
    from.rip = 0;
    stack[0] = 0x1030;
    assert_printed("  #0 0x0\n  #1 leaf+0x10 (a.c:3)\n");
}

static void a_jump_to_no_code_has_no_caller_on_the_stack(void **state)
{
    (void)state;
    from.rip = 0xDEAD0000;
    from.rsp = (uintptr_t)&stack[3];
    stack[3] = 0x7777;
    assert_printed("  #0 0xdead0000\n");
}

static void without_a_stack_only_the_place_is_printed(void **state)
{
    (void)state;
    from = (struct backtrace){.rip = 0xDEAD0000, .rsp = (uintptr_t)stack};
    assert_printed("  #0 0xdead0000\n");
}

static void assert_broken_at(uint64_t rbp)
{
    capture_clear();
    from.rip = 0x1025;
    from.rbp = rbp;
    assert_printed("  #0 leaf+0x5 (a.c:3)\n  (here a function keeps no frame)\n");
}

static void frames_outside_the_stack_are_not_read(void **state)
{
    (void)state;
    assert_broken_at(from.bottom - WORD);
    assert_broken_at(from.top);
    assert_broken_at(from.top - WORD); /* only half of it is in the stack */
    assert_broken_at(WORD);
    assert_broken_at(UINT64_MAX - 7);
}

static void without_a_stack_pointer_the_bottom_is_the_lowest(void **state)
{
    (void)state;
    from.rsp = 0;
    assert_broken_at(from.bottom - WORD);
}

static void a_frame_that_is_not_aligned_is_not_read(void **state)
{
    (void)state;
    assert_broken_at(from.bottom + 4);
}

static void a_frame_below_the_stack_pointer_is_not_read(void **state)
{
    (void)state;
    from.rsp = (uintptr_t)&stack[10];
    assert_broken_at((uintptr_t)&stack[9]);
}

/*   word 8 -> word 4: down; word 8 -> word 8: in a circle   */
static void the_chain_only_goes_up(void **state)
{
    (void)state;
    for (unsigned back = 4; back <= 9; back++) {
        capture_clear();
        from.rip = 0x1025;
        from.rbp = (uintptr_t)&stack[8];
        put_frame(8, back, 0x1018);
        backtrace_print(&from, &symbols, capture);
        assert_captured("  #1 inner+0x8 (a.c:2)\n  (here a function keeps no frame)\n");
    }
}

/* What a function without a frame leaves in rbp leads nowhere; of the words above only those at 9 are a frame: before them
 * stands one that leads nowhere (3), one that leads down (5), and one that returns to no code (7).
 *   | 1 0x1018 | &2 0x1018 | &20 7 | &20 0x1008 | ... | 20: 0 0x1018 |   */
static void the_chain_goes_on_behind_a_function_without_a_frame(void **state)
{
    (void)state;
    from.rip = 0x1025;
    from.rbp = 0x1234;
    from.rsp = (uintptr_t)&stack[2];
    put_frame(3, 0, 0x1018);
    stack[3] = 1;
    put_frame(5, 2, 0x1018);
    put_frame(7, 20, 7);
    put_frame(9, 20, 0x1008);
    put_frame(20, 0, 0x1018);
    assert_printed("  #0 leaf+0x5 (a.c:3)\n  (here a function keeps no frame)\n  #1 outer+0x8 (a.c:1)\n"
                   "  #2 inner+0x8 (a.c:2)\n");
}

static void the_chain_goes_on_whatever_the_stack_pointer_is(void **state)
{
    const uint64_t pointers[] = {0, from.bottom - 100, from.bottom + 13};
    (void)state;
    put_frame(9, 20, 0x1008);
    put_frame(20, 0, 0x1018);
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        capture_clear();
        from.rip = 0x1025;
        from.rbp = 0x1234;
        from.rsp = pointers[i];
        assert_printed("  #0 leaf+0x5 (a.c:3)\n  (here a function keeps no frame)\n  #1 outer+0x8 (a.c:1)\n"
                       "  #2 inner+0x8 (a.c:2)\n");
    }
}

static void sixteen_frames_are_enough(void **state)
{
    (void)state;
    from.rip = 0x1025;
    from.rbp = (uintptr_t)&stack[0];
    for (unsigned i = 0; i < 20; i++) {
        put_frame(2 * i, 2 * i + 2, 0x1018);
    }
    backtrace_print(&from, &symbols, capture);
    assert_captured("  #15 inner+0x8 (a.c:2)\n  ...\n");
    assert_null(strstr(captured, "#16"));
}

static void code_without_a_line_has_none(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 1, (const char *const[]){"", NULL});
    const uint8_t rows[] = {0, FUNCTION, 'f', 0, NEAR(0), 1};
    for (size_t i = 0; i < sizeof rows; i++) {
        put(&writer, rows[i]);
    }
    free((void *)symbols.bytes);
    symbols = end_table(&writer);
    from.rip = CODE_START;
    assert_printed("  #0 f+0x0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_return_address_is_in_the_function_that_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_may_end_with_the_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_function_is_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_of_no_code_is_found_in_who_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_of_no_code_may_be_the_last_of_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_jump_to_no_code_has_no_caller_on_the_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_stack_only_the_place_is_printed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frames_outside_the_stack_are_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_stack_pointer_the_bottom_is_the_lowest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_chain_goes_on_whatever_the_stack_pointer_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_that_is_not_aligned_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_below_the_stack_pointer_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_chain_only_goes_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_chain_goes_on_behind_a_function_without_a_frame, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sixteen_frames_are_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(code_without_a_line_has_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
