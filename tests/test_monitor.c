/* core/monitor.c: which command runs with which arguments, what is refused, and what counts as failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/line.h"
#include "core/monitor.h"
#include "core/status.h"
#include "tests/capture.h"

static int context_of_take;

static int run_plain(void *context, const char *arguments, print_text *print)
{
    assert_null(context);
    assert_string_equal(arguments, "");
    print("plain ran\n");
    function_called();
    return 0;
}

static int run_take(void *context, const char *arguments, print_text *print)
{
    assert_ptr_equal(context, &context_of_take);
    check_expected_ptr(arguments);
    print("took\n");
    return mock_type(int);
}

static const struct command commands[] = {
    {"plain", "", "takes nothing", run_plain, NULL},
    {"take", "N", "takes one thing", run_take, &context_of_take},
};

static const char *keys;

static int next_key(void)
{
    return *keys != '\0' ? *keys++ : -1;
}

static struct monitor monitor;

static int fresh_monitor(void **state)
{
    (void)state;
    monitor = (struct monitor){commands, sizeof commands / sizeof *commands, next_key, capture, 0};
    capture_clear();
    return 0;
}

static void expect_take(const char *arguments, int status)
{
    expect_string(run_take, arguments, arguments);
    will_return(run_take, status);
}

static void a_command_runs_by_its_whole_name(void **state)
{
    (void)state;
    expect_function_call(run_plain);
    monitor_execute(&monitor, "plain");
    assert_string_equal(captured, "plain ran\n");
    assert_int_equal(monitor.failed, 0);
}

static void blanks_around_words_do_not_matter(void **state)
{
    (void)state;
    expect_function_call(run_plain);
    monitor_execute(&monitor, "   plain  ");
    expect_take("a b", 0);
    monitor_execute(&monitor, "  take    a b   ");
    assert_int_equal(monitor.failed, 0);
}

static void a_blank_line_does_nothing(void **state)
{
    (void)state;
    monitor_execute(&monitor, "");
    monitor_execute(&monitor, "     ");
    assert_string_equal(captured, "");
    assert_int_equal(monitor.failed, 0);
}

static void an_unknown_command_is_named_and_counts_as_failed(void **state)
{
    (void)state;
    monitor_execute(&monitor, "plainer x");
    assert_captured("error: unknown command \"plainer\"");
    monitor_execute(&monitor, "plai");
    assert_captured("error: unknown command \"plai\"");
    assert_int_equal(monitor.failed, 2);
}

static void a_command_without_arguments_refuses_them(void **state)
{
    (void)state;
    monitor_execute(&monitor, "plain 1");
    assert_string_equal(captured, "error: \"plain\" takes no arguments\n");
    assert_int_equal(monitor.failed, 1);
}

static void a_command_with_arguments_insists_on_them(void **state)
{
    (void)state;
    monitor_execute(&monitor, "take  ");
    assert_string_equal(captured, "error: usage: take N\n");
    assert_int_equal(monitor.failed, 1);
}

static void a_command_that_fails_is_counted(void **state)
{
    (void)state;
    expect_take("1", -ENOMEM);
    monitor_execute(&monitor, "take 1");
    expect_take("2", 0);
    monitor_execute(&monitor, "take 2");
    assert_int_equal(monitor.failed, 1);
}

static void help_lists_every_command(void **state)
{
    (void)state;
    monitor_execute(&monitor, "help");
    assert_string_equal(captured, "  help           this list\n"
                                  "  plain          takes nothing\n"
                                  "  take N         takes one thing\n");
    assert_int_equal(monitor.failed, 0);
}

static void each_line_is_prompted_for_echoed_and_run(void **state)
{
    (void)state;
    expect_function_call(run_plain);
    expect_take("x", 0);
    keys = "plain\r\n\rtake x\n";
    monitor_run(&monitor);
    assert_string_equal(captured, "tessera> plain\nplain ran\n"
                                  "tessera> \n"
                                  "tessera> take x\ntook\n"
                                  "tessera> ");
}

static void a_line_that_is_too_long_is_not_run_and_counts_as_failed(void **state)
{
    (void)state;
    char typed[2 * LINE_BYTES] = "take ";
    memset(typed + 5, 'x', sizeof typed - 7);
    typed[sizeof typed - 2] = '\r';
    typed[sizeof typed - 1] = '\0';
    keys = typed;
    monitor_run(&monitor);
    assert_captured("\nerror: the line is longer than 127 characters\ntessera> ");
    assert_int_equal(monitor.failed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_command_runs_by_its_whole_name, fresh_monitor),
        cmocka_unit_test_setup(blanks_around_words_do_not_matter, fresh_monitor),
        cmocka_unit_test_setup(a_blank_line_does_nothing, fresh_monitor),
        cmocka_unit_test_setup(an_unknown_command_is_named_and_counts_as_failed, fresh_monitor),
        cmocka_unit_test_setup(a_command_without_arguments_refuses_them, fresh_monitor),
        cmocka_unit_test_setup(a_command_with_arguments_insists_on_them, fresh_monitor),
        cmocka_unit_test_setup(a_command_that_fails_is_counted, fresh_monitor),
        cmocka_unit_test_setup(help_lists_every_command, fresh_monitor),
        cmocka_unit_test_setup(each_line_is_prompted_for_echoed_and_run, fresh_monitor),
        cmocka_unit_test_setup(a_line_that_is_too_long_is_not_run_and_counts_as_failed, fresh_monitor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
