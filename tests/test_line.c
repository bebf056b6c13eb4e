/* core/line.c: key by key, what the line holds and what the terminal shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/line.h"
#include "tests/capture.h"

static struct line line;

static int hostile_line(void **state)
{
    (void)state;
    memset(&line, 0xA5, sizeof line);
    line.after_return = false; /* the one thing that line_clear keeps */
    line_clear(&line);
    capture_clear();
    return 0;
}

/* Types the keys; all but the last must leave the line open. */
static enum line_event type(const char *keys)
{
    enum line_event event = LINE_MORE;
    for (; *keys != '\0'; keys++) {
        assert_int_equal(event, LINE_MORE);
        event = line_put(&line, *keys, capture);
        assert_int_equal(strlen(line.text), line.length);
    }
    return event;
}

static void printable_keys_are_kept_and_echoed(void **state)
{
    (void)state;
    assert_int_equal(type("alloc 4K ~!"), LINE_MORE);
    assert_string_equal(line.text, "alloc 4K ~!");
    assert_string_equal(captured, "alloc 4K ~!");
}

static void a_line_ends_with_either_return_or_newline(void **state)
{
    (void)state;
    assert_int_equal(type("map\r"), LINE_DONE);
    assert_string_equal(line.text, "map");
    line_clear(&line);
    assert_int_equal(type("heap"), LINE_MORE);
    assert_int_equal(type("\n"), LINE_DONE);
    assert_string_equal(line.text, "heap");
    assert_string_equal(captured, "map\nheap\n");
}

/*   keys   a CR LF b LF LF
 *   lines  "a"     "b" ""   */
static void return_and_newline_together_end_one_line(void **state)
{
    (void)state;
    assert_int_equal(type("a\r"), LINE_DONE);
    line_clear(&line);
    assert_int_equal(type("\n"), LINE_MORE);
    assert_int_equal(type("b\n"), LINE_DONE);
    assert_string_equal(line.text, "b");
    line_clear(&line);
    assert_int_equal(type("\n"), LINE_DONE);
    assert_string_equal(line.text, "");
}

static void two_returns_are_two_lines(void **state)
{
    (void)state;
    assert_int_equal(type("\r"), LINE_DONE);
    line_clear(&line);
    assert_int_equal(type("\r"), LINE_DONE);
}

static void backspace_and_delete_take_back_one_key(void **state)
{
    (void)state;
    type("mao\bp\x7f\x7f"
         "ap");
    assert_string_equal(line.text, "map");
    assert_string_equal(captured, "mao\b \bp\b \b\b \bap");
}

static void at_the_start_there_is_nothing_to_take_back(void **state)
{
    (void)state;
    type("\b\x7f\x15");
    assert_string_equal(line.text, "");
    assert_string_equal(captured, "");
}

static void control_u_empties_the_line(void **state)
{
    (void)state;
    type("abc\x15"
         "map");
    assert_string_equal(line.text, "map");
    assert_string_equal(captured, "abc\b \b\b \b\b \bmap");
}

/* Arrow keys, function keys, tab, NUL, bell, bytes above ASCII. */
static void keys_without_a_meaning_are_ignored(void **state)
{
    (void)state;
    type("a\x1b[Ab\x1bOPc\x1b[15~d\t\a\x80\xc3\xa4\xff"
         "e");
    line_put(&line, '\0', capture);
    assert_string_equal(line.text, "abcde");
    assert_string_equal(captured, "abcde");
}

static void a_return_ends_the_line_within_a_broken_escape_sequence(void **state)
{
    (void)state;
    assert_int_equal(type("a\x1b[\r"), LINE_DONE);
    assert_string_equal(line.text, "a");
    line_clear(&line);
    assert_int_equal(type("b\r"), LINE_DONE);
    assert_string_equal(line.text, "b");
}

static void a_control_key_breaks_off_an_escape_sequence(void **state)
{
    (void)state;
    type("ab\x1b[1\x15"
         "c");
    assert_string_equal(line.text, "c");
}

static void type_many(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(line_put(&line, 'x', capture), LINE_MORE);
    }
}

static void the_longest_line_fits(void **state)
{
    (void)state;
    type_many(LINE_BYTES - 1);
    assert_int_equal(type("\r"), LINE_DONE);
    assert_int_equal(line.length, LINE_BYTES - 1);
}

static void a_longer_line_is_cut_and_said_to_be(void **state)
{
    (void)state;
    type_many(3 * LINE_BYTES);
    assert_int_equal(type("\r"), LINE_TOO_LONG);
    assert_int_equal(line.length, LINE_BYTES - 1);
    assert_int_equal(captured_length, LINE_BYTES - 1 + 1);
    line_clear(&line);
    assert_int_equal(type("map\r"), LINE_DONE);
}

/* What was lost in the middle does not come back when the end is taken back. */
static void a_line_that_was_too_long_once_stays_so_until_it_is_emptied(void **state)
{
    (void)state;
    type_many(LINE_BYTES);
    assert_int_equal(type("\b\b\r"), LINE_TOO_LONG);
    line_clear(&line);
    type_many(LINE_BYTES);
    assert_int_equal(type("\x15map\r"), LINE_DONE);
    assert_string_equal(line.text, "map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(printable_keys_are_kept_and_echoed, hostile_line),
        cmocka_unit_test_setup(a_line_ends_with_either_return_or_newline, hostile_line),
        cmocka_unit_test_setup(return_and_newline_together_end_one_line, hostile_line),
        cmocka_unit_test_setup(two_returns_are_two_lines, hostile_line),
        cmocka_unit_test_setup(backspace_and_delete_take_back_one_key, hostile_line),
        cmocka_unit_test_setup(at_the_start_there_is_nothing_to_take_back, hostile_line),
        cmocka_unit_test_setup(control_u_empties_the_line, hostile_line),
        cmocka_unit_test_setup(keys_without_a_meaning_are_ignored, hostile_line),
        cmocka_unit_test_setup(a_return_ends_the_line_within_a_broken_escape_sequence, hostile_line),
        cmocka_unit_test_setup(a_control_key_breaks_off_an_escape_sequence, hostile_line),
        cmocka_unit_test_setup(the_longest_line_fits, hostile_line),
        cmocka_unit_test_setup(a_longer_line_is_cut_and_said_to_be, hostile_line),
        cmocka_unit_test_setup(a_line_that_was_too_long_once_stays_so_until_it_is_emptied, hostile_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
