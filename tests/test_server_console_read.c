/* servers/console on a made-up serial line, keyboard and screen: what is read, and by whom. */
#include "tests/console_reader.h"

enum { LINE_MAX = CONSOLE_LINE_BYTES - 1 };

/* Reading */

static void a_line_typed_on_the_serial_line_is_read(void **state)
{
    (void)state;
    reader(read_once);
    assert_sent("> ");
    type("red 1");
    assert_sent("red 1");
    assert_row(BOTTOM, "> red 1");
    assert_cursor(BOTTOM, 7);
    assert_int_equal(answered, 0);
    type("\r");
    assert_sent("\r\n");
    assert_answer(0, CONSOLE_LINE, "red 1");
}

/* R, E and D go down and up, with the shift key for the first one; then Enter. */
static void a_line_typed_on_the_keyboard_is_read(void **state)
{
    (void)state;
    static const uint8_t codes[] = {0x2A, 0x13, 0x93, 0xAA, 0x12, 0x92, 0x20, 0xA0, 0x1C, 0x9C};
    reader(read_once);
    for (size_t i = 0; i < sizeof codes; i++) {
        press(codes[i]);
    }
    assert_sent("> Red\r\n");
    assert_row(BOTTOM - 1, "> Red");
    assert_answer(0, CONSOLE_LINE, "Red");
}

static void what_the_mouse_says_is_no_key(void **state)
{
    (void)state;
    reader(read_once);
    keys.mouse[0] = true;
    keys.codes[0] = 0x13;
    keys.count = 1;
    press(0x12);
    assert_sent("> e");
    assert_int_equal(keys.count, 0);
}

static void both_type_in_one_line(void **state)
{
    (void)state;
    reader(read_once);
    type("r");
    press(0x12);
    type("d\r");
    assert_answer(0, CONSOLE_LINE, "red");
}

static void a_line_can_be_begun_for_who_types(void **state)
{
    (void)state;
    begins_with = "put ";
    reader(read_once);
    assert_sent("> put ");
    type("a\r");
    assert_answer(0, CONSOLE_LINE, "put a");
}

static void what_is_typed_before_somebody_reads_is_read_then(void **state)
{
    (void)state;
    type("red\rgreen\rbl");
    assert_sent("");
    reader(read_lines);
    assert_sent("> red\r\n> green\r\n> bl");
    assert_answer(1, CONSOLE_LINE, "green");
    assert_int_equal(answered, 2);
}

/* No key comes any more that would wake the console for the end of it. */
static void a_line_longer_than_the_console_keeps_is_read_to_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        type("x");
    }
    type("\rred\r");
    reader(read_once);
    assert_int_equal(answered, 1);
    assert_int_equal(answers[0].end, CONSOLE_TOO_LONG);
    reader(read_once);
    assert_answer(1, CONSOLE_LINE, "red");
}

static void of_a_line_that_is_too_long_the_beginning_is_read(void **state)
{
    (void)state;
    char text[LINE_MAX + 1] = "";
    memset(text, 'x', LINE_MAX);
    reader(read_lines);
    type(text);
    type("yz\r");
    assert_answer(0, CONSOLE_TOO_LONG, text);
    reader(read_once);
    type(text);
    type("\r");
    assert_answer(1, CONSOLE_LINE, text);
}

static void tab_is_told_and_the_next_read_goes_on(void **state)
{
    (void)state;
    reader(read_once);
    type("pu\t");
    assert_answer(0, CONSOLE_COMPLETE, "pu");
    assert_sent("> pu");
    begins_with = "put ";
    reader(read_once);
    assert_sent("\b\b  \b\bput ");
    type("x\r");
    assert_answer(1, CONSOLE_LINE, "put x");
    assert_row(BOTTOM - 1, "> put x");
}

static void after_a_tab_text_goes_below_and_the_line_is_shown_anew(void **state)
{
    (void)state;
    reader(read_once);
    type("pu\t");
    shows("push put\n");
    begins_with = "pu";
    reader(read_once);
    assert_sent("> pu\r\npush put\r\n> pu");
    type("t\r");
    assert_answer(1, CONSOLE_LINE, "put");
}

static void earlier_lines_come_back_by_the_arrow_keys(void **state)
{
    (void)state;
    reader(read_lines);
    type("red\rgreen\r\x1b[A\x1b[A\r"); /* up, up */
    assert_answer(2, CONSOLE_LINE, "red");
    press(0xE0);
    press(0x48);
    press(0xE0);
    press(0x48);
    press(0xE0);
    press(0x50); /* up, up, down */
    press(0x1C);
    assert_answer(3, CONSOLE_LINE, "red");
    type("\x1b[A\x1b[A\r");
    assert_answer(4, CONSOLE_LINE, "green");
}

/* More than the console has room for while nobody reads, of which nothing is shown: the rest comes when somebody does. */
static void what_is_typed_before_anybody_reads_is_read_whole(void **state)
{
    (void)state;
    for (int i = 0; i < 400; i++) {
        type("\x15");
    }
    type("go\r");
    reader(read_once);
    assert_answer(0, CONSOLE_LINE, "go");
}

/* Readers */

static void who_reads_is_not_disturbed_by_others(void **state)
{
    (void)state;
    starts("shell");
    reader(read_once);
    assert_int_equal(answered, 1);
    assert_int_equal(answers[0].status, -EPERM);
}

/* As far as the console can tell both are one server: the second one may run in the place of the first. */
static void who_asks_anew_takes_its_own_place(void **state)
{
    (void)state;
    reader(read_once);
    reader(read_once);
    assert_int_equal(answered, 1);
    assert_int_equal(answers[0].status, -EPERM);
    type("red\r");
    assert_answer(1, CONSOLE_LINE, "red");
}

static void give_up_at_once(void)
{
    struct message message = {.type = console_read_kind().type, .words = console_read_kind().asked};
    int status = ipc_call(to("console"), &message, SECOND);
    answers[answered++].status = status;
}

/* What is typed for it is lost, and no more than that. */
static void a_reader_that_ends_while_it_waits_does_no_harm(void **state)
{
    (void)state;
    client(give_up_at_once);
    thread_sleep(2 * (uint64_t)SECOND);
    assert_int_equal(answers[0].status, -ETIMEDOUT);
    type("red\r");
    reader(read_once);
    type("green\r");
    assert_int_equal(answered, 2);
    assert_answer(1, CONSOLE_LINE, "green");
}

/* The shell is ended where it waits for a line. */
static void a_server_that_ends_while_it_reads_does_no_harm(void **state)
{
    (void)state;
    starts("shell");
    (void)ends("shell");
    type("red\r");
    reader(read_once);
    type("green\r");
    assert_answer(0, CONSOLE_LINE, "green");
}

/* Who waits for no answer is not who reads. */
static void a_read_that_is_only_sent_is_none(void **state)
{
    (void)state;
    struct message message = {.type = console_read_kind().type, .words = console_read_kind().asked};
    strcpy(MESSAGE_AS(console_read, &message)->ask.prompt, "sent: ");
    assert_int_equal(ipc_send(to("console"), &message, IPC_FOREVER), 0);
    reader(read_once);
    assert_sent("> ");
    type("red\r");
    assert_answer(0, CONSOLE_LINE, "red");
}

static void texts_without_an_end_are_refused(void **state)
{
    (void)state;
    union console_read read = {.ask.prompt = "0123456789abcdef"};
    assert_int_equal(console_read(to("console"), &read), -EINVARG);
    memset(&read, 0, sizeof read);
    memset(read.ask.text, 'x', sizeof read.ask.text);
    assert_int_equal(console_read(to("console"), &read), -EINVARG);
    union console_write write;
    memset(&write, 'x', sizeof write);
    assert_int_equal(console_write(to("console"), &write), -EINVARG);
    assert_sent("");
}

static void who_reads_is_told_that_the_console_has_ended(void **state)
{
    (void)state;
    reader(read_once);
    (void)ends("console");
    thread_yield();
    assert_int_equal(answers[0].status, -EDEAD);
    starts("console");
    reader(read_once);
    type("red\r");
    assert_answer(1, CONSOLE_LINE, "red");
}

/* Without some of its devices */

static int begin_with_keyboard_only(void **state)
{
    begin_without_console(state);
    make_up_keyboard();
    starts("console");
    forget_answers();
    return 0;
}

static void a_keyboard_by_itself_is_read(void **state)
{
    (void)state;
    reader(read_once);
    press(0x13);
    press(0x1C);
    assert_answer(0, CONSOLE_LINE, "r");
    assert_int_equal(chip.accesses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONSOLE_TEST(a_line_typed_on_the_serial_line_is_read),
        CONSOLE_TEST(a_line_typed_on_the_keyboard_is_read),
        CONSOLE_TEST(what_the_mouse_says_is_no_key),
        CONSOLE_TEST(both_type_in_one_line),
        CONSOLE_TEST(a_line_can_be_begun_for_who_types),
        CONSOLE_TEST(what_is_typed_before_somebody_reads_is_read_then),
        CONSOLE_TEST(a_line_longer_than_the_console_keeps_is_read_to_its_end),
        CONSOLE_TEST(of_a_line_that_is_too_long_the_beginning_is_read),
        CONSOLE_TEST(tab_is_told_and_the_next_read_goes_on),
        CONSOLE_TEST(after_a_tab_text_goes_below_and_the_line_is_shown_anew),
        CONSOLE_TEST(earlier_lines_come_back_by_the_arrow_keys),
        CONSOLE_TEST(what_is_typed_before_anybody_reads_is_read_whole),
        CONSOLE_TEST(who_reads_is_not_disturbed_by_others),
        CONSOLE_TEST(who_asks_anew_takes_its_own_place),
        CONSOLE_TEST(a_reader_that_ends_while_it_waits_does_no_harm),
        CONSOLE_TEST(a_server_that_ends_while_it_reads_does_no_harm),
        CONSOLE_TEST(a_read_that_is_only_sent_is_none),
        CONSOLE_TEST(texts_without_an_end_are_refused),
        CONSOLE_TEST(who_reads_is_told_that_the_console_has_ended),
        cmocka_unit_test_setup_teardown(a_keyboard_by_itself_is_read, begin_with_keyboard_only, servers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
