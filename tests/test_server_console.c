/* servers/console on a made-up serial line, keyboard and screen: what is written. */
#include "tests/console_reader.h"

static void what_is_written_leaves_by_the_line_and_is_on_the_screen(void **state)
{
    (void)state;
    shows("red\ngreen\nblue");
    assert_sent("red\r\ngreen\r\nblue");
    assert_row(BOTTOM - 2, "red");
    assert_row(BOTTOM - 1, "green");
    assert_row(BOTTOM, "blue");
    assert_cursor(BOTTOM, 4);
}

/* The kernel's text stands there when the console begins. */
static void what_was_on_the_screen_moves_up(void **state)
{
    (void)state;
    screen[BOTTOM * COLUMNS] = 0x0700 | 'k';
    shows("red\n");
    assert_row(BOTTOM - 2, "k");
    assert_row(BOTTOM - 1, "red");
    assert_row(BOTTOM, "");
    for (size_t i = ROWS * COLUMNS; i < sizeof screen / sizeof screen[0]; i++) {
        assert_int_equal(screen[i], BLANK);
    }
}

/* It is longer than all that the port and the console keep. */
static void long_text_arrives_whole(void **state)
{
    (void)state;
    static char text[5000];
    memset(text, 0, sizeof text);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        text[i] = (char)('0' + i % 71);
    }
    shows(text);
    assert_sent(text);
}

static void all_has_left_when_flush_is_answered(void **state)
{
    (void)state;
    union console_flush it;
    assert_int_equal(console_print(to("console"), "the kettle halts now"), 0);
    assert_true(chip.sent_length < 20);
    assert_int_equal(console_flush(to("console"), &it), 0);
    assert_int_equal(chip.waiting, 0);
    assert_int_equal(chip.sent_length, 20);
}

static void what_the_kernel_prints_is_shown(void **state)
{
    (void)state;
    char text[1001];
    memset(text, 'k', sizeof text);
    text[sizeof text - 1] = '\0';
    kernel_prints("boot: done\n");
    assert_sent("boot: done\r\n");
    assert_row(BOTTOM - 1, "boot: done");
    kernel_prints(text); /* more than a message holds */
    assert_sent(text);
}

/* Writing while somebody types */

static void text_goes_above_the_line_that_is_typed(void **state)
{
    (void)state;
    reader(read_once);
    type("red");
    assert_sent("> red");
    shows("green\n");
    assert_sent("\b\b\b\b\b     \b\b\b\b\bgreen\r\n> red");
    assert_row(BOTTOM - 1, "green");
    assert_row(BOTTOM, "> red");
    assert_cursor(BOTTOM, 5);
    type("1\r");
    assert_answer(0, CONSOLE_LINE, "red1");
}

static void the_cursor_comes_back_to_where_it_was_in_the_line(void **state)
{
    (void)state;
    reader(read_once);
    type("rd\x1b[D"); /* left */
    shows("green\n");
    assert_row(BOTTOM - 1, "green");
    assert_row(BOTTOM, "> rd");
    assert_cursor(BOTTOM, 3);
    type("e\r");
    assert_answer(0, CONSOLE_LINE, "red");
}

static void a_line_of_text_that_comes_in_pieces_is_one_line(void **state)
{
    (void)state;
    reader(read_once);
    type("red");
    shows("green ");
    kernel_prints("and ");
    shows("blue\n");
    assert_row(BOTTOM - 1, "green and blue");
    assert_row(BOTTOM, "> red");
}

static void kernel_text_goes_above_the_line_too(void **state)
{
    (void)state;
    reader(read_once);
    type("red");
    kernel_prints("echo has ended\n");
    run_line();
    assert_row(BOTTOM - 1, "echo has ended");
    assert_row(BOTTOM, "> red");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONSOLE_TEST(what_is_written_leaves_by_the_line_and_is_on_the_screen),
        CONSOLE_TEST(what_was_on_the_screen_moves_up),
        CONSOLE_TEST(long_text_arrives_whole),
        CONSOLE_TEST(all_has_left_when_flush_is_answered),
        CONSOLE_TEST(what_the_kernel_prints_is_shown),
        CONSOLE_TEST(text_goes_above_the_line_that_is_typed),
        CONSOLE_TEST(the_cursor_comes_back_to_where_it_was_in_the_line),
        CONSOLE_TEST(a_line_of_text_that_comes_in_pieces_is_one_line),
        CONSOLE_TEST(kernel_text_goes_above_the_line_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
