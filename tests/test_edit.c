/* servers/console/edit.c: key by key, what the line holds and what a terminal shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "servers/console/edit.h"
#include "tests/random.h"

enum { COLUMNS = 2 * EDIT_BYTES };

#define UP    "\x1B[A"
#define DOWN  "\x1B[B"
#define RIGHT "\x1B[C"
#define LEFT  "\x1B[D"

/* A row of a terminal, and how many rows there were before. */
static struct {
    char row[COLUMNS];
    size_t column, rows;
} terminal;

static struct edit edit;

void edit_echo(void *context, const char *text, size_t length)
{
    assert_ptr_equal(context, &terminal);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            memset(terminal.row, ' ', COLUMNS);
            terminal.column = 0;
            terminal.rows++;
        } else if (text[i] == '\b') {
            assert_true(terminal.column > 0);
            terminal.column--;
        } else {
            assert_in_range((unsigned char)text[i], ' ', '~');
            assert_true(terminal.column < COLUMNS);
            terminal.row[terminal.column++] = text[i];
        }
    }
}

/* The terminal shows the text, blanks behind it, and the cursor where it is. */
static void assert_shown(void)
{
    assert_int_equal(strlen(edit.text), edit.length);
    assert_true(edit.length < EDIT_BYTES && edit.cursor <= edit.length);
    assert_memory_equal(terminal.row, edit.text, edit.length);
    for (size_t i = edit.length; i < COLUMNS; i++) {
        assert_int_equal(terminal.row[i], ' ');
    }
    assert_int_equal(terminal.column, edit.cursor);
}

static int hostile_edit(void **state)
{
    (void)state;
    memset(&edit, 0xA5, sizeof edit);
    memset(terminal.row, ' ', COLUMNS);
    terminal.column = terminal.rows = 0;
    edit_init(&edit, &terminal);
    edit_begin(&edit, "");
    return 0;
}

/* Types the keys; all but the last must leave the line open. */
static enum edit_event type(const char *keys)
{
    enum edit_event event = EDIT_MORE;
    for (; *keys != '\0'; keys++) {
        assert_int_equal(event, EDIT_MORE);
        event = edit_put(&edit, *keys);
        if (event != EDIT_DONE && event != EDIT_TOO_LONG) {
            assert_shown();
        }
    }
    return event;
}

/* Types a whole line. */
static void enter(const char *keys, const char *line)
{
    assert_int_equal(type(keys), EDIT_MORE);
    assert_int_equal(type("\r"), EDIT_DONE);
    assert_string_equal(edit.text, line);
    edit_begin(&edit, "");
}

static void a_line_is_what_was_typed(void **state)
{
    (void)state;
    enter("put a b ~!", "put a b ~!");
    assert_int_equal(type("\n"), EDIT_MORE); /* the other half of the return */
    assert_int_equal(type("\n"), EDIT_DONE);
    assert_string_equal(edit.text, "");
    assert_int_equal(terminal.rows, 2);
}

/*   typed   a c        |
 *   left      ^        |   b comes in between
 *   then    a b c      |                                        */
static void keys_come_where_the_cursor_is(void **state)
{
    (void)state;
    enter("ac" LEFT "b", "abc");
    enter("bc\x01"
          "a\x05"
          "d",
          "abcd");
    enter("bc\x1B[Ha\x1B[Fd", "abcd");
    enter("bc\x1BOHa\x1BOFd", "abcd");
    enter("bc\x1B[1~a\x1B[4~d", "abcd");
    enter("ab" LEFT LEFT LEFT "x" RIGHT RIGHT RIGHT "y", "xaby");
    enter("ab\x02\x02\x06x", "axb");
}

static void what_is_rubbed_out_is_gone_from_line_and_terminal(void **state)
{
    (void)state;
    enter("\b\x7F"
          "abc\b\x7F",
          "a");
    enter("abc" LEFT "\b", "ac");
    enter("abc" LEFT "\x1B[3~\x1B[3~", "ab");
    enter("abc\x01\x04\x04", "c");
    enter("put one two  \x17"
          "x",
          "put one x");
    enter("put one" LEFT LEFT "\x17", "put ne");
    enter("abcdef" LEFT LEFT "\x15", "ef");
    enter("abcdef" LEFT LEFT "\x0B", "abcd");
}

static void earlier_lines_come_back(void **state)
{
    (void)state;
    enter("one", "one");
    enter("two", "two");
    enter("", "");       /* neither an empty line */
    enter("two", "two"); /* nor the same again is kept */
    enter(UP, "two");
    enter(UP UP, "one");
    enter("new" UP UP DOWN DOWN "er", "newer");
    enter(UP UP UP UP UP UP UP, "one"); /* there is nothing before the first */
    enter(DOWN "x", "x");
    enter("\x10\x10\x0E", "x");
}

/* What was changed of an earlier line is a new line; the earlier one stays. */
static void an_earlier_line_can_be_changed(void **state)
{
    (void)state;
    enter("put a 1", "put a 1");
    enter(UP "\b2", "put a 2");
    enter(UP UP, "put a 1");
}

static void only_so_many_lines_are_kept(void **state)
{
    char line[16];
    (void)state;
    for (int i = 0; i < EDIT_HISTORY + 3; i++) {
        (void)snprintf(line, sizeof line, "%d", i);
        enter(line, line);
    }
    for (int i = 0; i < 2 * EDIT_HISTORY; i++) {
        type(UP);
    }
    assert_string_equal(edit.text, "3");
}

static void a_line_too_long_says_so_and_is_not_kept(void **state)
{
    (void)state;
    for (int i = 0; i < EDIT_BYTES - 1; i++) {
        type("x");
    }
    assert_int_equal(type("y" LEFT "z" RIGHT "y"), EDIT_MORE);
    assert_int_equal(edit.length, EDIT_BYTES - 1);
    assert_null(strpbrk(edit.text, "yz"));
    assert_int_equal(type("\r"), EDIT_TOO_LONG);
    edit_begin(&edit, "");
    type(UP);
    assert_string_equal(edit.text, "");
    for (int i = 0; i < EDIT_BYTES; i++) {
        type("x");
    }
    assert_int_equal(type("\b\r"), EDIT_DONE); /* what was too long is rubbed out */
}

static void a_tab_asks_for_completion_and_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(type("ma\t"), EDIT_COMPLETE);
    assert_string_equal(edit.text, "ma");
    edit_begin(&edit, "");
    hostile_edit(state);
    edit_begin(&edit, "map");
    assert_shown();
    assert_string_equal(edit.text, "map");
    enter(LEFT "x", "maxp");
}

static void what_to_begin_with_is_cut_to_what_fits(void **state)
{
    char text[3 * EDIT_BYTES];
    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    edit_begin(&edit, text);
    assert_shown();
    assert_int_equal(edit.length, EDIT_BYTES - 1);
}

static void other_keys_and_sequences_do_nothing(void **state)
{
    (void)state;
    enter("a\x1B[5~\x1B[15;2~\x1B[200000~\x1B[Zb", "ab");
    enter("a\x1Bxb\x03\x1A\xFF"
          "c",
          "abc");
    enter("a\x1B[\x1B[Db", "ba"); /* a sequence breaks off another */
    enter("a\x1B[3\bb", "b");     /* and so does a control key, which keeps its meaning */
}

/* Whatever is typed, the terminal shows the line. */
static void any_keys_leave_the_terminal_right(void **state)
{
    static const char *const keys[] = {UP,   DOWN, LEFT,   RIGHT, "\x1B[3~", "\x01", "\x05", "\x0B", "\x15", "\x17",
                                       "\b", "\t", "\x1B", "[",   "~",       " ",    "put ", "x",    "\x7F", "\x04"};
    struct random random = random_seeded("any_keys_leave_the_terminal_right");
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const char *key = keys[random_below(&random, sizeof keys / sizeof *keys)];
        for (; *key != '\0'; key++) {
            (void)edit_put(&edit, *key);
            assert_shown();
        }
        if (random_below(&random, 40) == 0) {
            edit_put(&edit, '\x18'); /* whatever sequence there was is over */
            assert_true(edit_put(&edit, '\r') != EDIT_MORE);
            edit_begin(&edit, random_below(&random, 2) == 0 ? "" : "given");
        }
    }
}

#define TEST(function) cmocka_unit_test_setup(function, hostile_edit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_is_what_was_typed),
        TEST(keys_come_where_the_cursor_is),
        TEST(what_is_rubbed_out_is_gone_from_line_and_terminal),
        TEST(earlier_lines_come_back),
        TEST(an_earlier_line_can_be_changed),
        TEST(only_so_many_lines_are_kept),
        TEST(a_line_too_long_says_so_and_is_not_kept),
        TEST(a_tab_asks_for_completion_and_changes_nothing),
        TEST(what_to_begin_with_is_cut_to_what_fits),
        TEST(other_keys_and_sequences_do_nothing),
        TEST(any_keys_leave_the_terminal_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
