/* core/text_screen.c: where characters go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text_screen.h"

enum { COLUMNS = TEXT_SCREEN_COLUMNS, ROWS = TEXT_SCREEN_ROWS, GUARD = 0xA5A5 };

/* One row more on either side, which must stay as it is. */
static uint16_t memory[(ROWS + 2) * COLUMNS];
static struct text_screen screen;

void text_screen_fill(void *to, uint64_t pattern, size_t bytes)
{
    assert_int_equal(bytes % sizeof pattern, 0);
    for (size_t i = 0; i < bytes; i += sizeof pattern) {
        memcpy((char *)to + i, &pattern, sizeof pattern);
    }
}

void text_screen_copy_up(void *to, const void *from, size_t bytes)
{
    assert_int_equal(bytes % sizeof(uint64_t), 0);
    assert_true((uintptr_t)to < (uintptr_t)from);
    memmove(to, from, bytes);
}

static int clear(void **state)
{
    (void)state;
    memset(memory, 0xA5, sizeof memory);
    screen = (struct text_screen){.cells = memory + COLUMNS};
    text_screen_clear(&screen);
    return 0;
}

static int check(void **state)
{
    (void)state;
    for (int i = 0; i < COLUMNS; i++) {
        assert_int_equal(memory[i], GUARD);
        assert_int_equal(memory[(ROWS + 1) * COLUMNS + i], GUARD);
    }
    return 0;
}

static void write(const char *text)
{
    text_screen_write(&screen, text, strlen(text));
}

/* The row, without the blanks at its end. */
static const char *row(unsigned number)
{
    static char text[COLUMNS + 1];
    int length = 0;
    for (int i = 0; i < COLUMNS; i++) {
        uint16_t cell = screen.cells[number * COLUMNS + (unsigned)i];
        assert_int_equal(cell >> 8, 0x07);
        text[i] = (char)cell;
        length = text[i] != ' ' ? i + 1 : length;
    }
    text[length] = '\0';
    return text;
}

static void a_clear_screen_is_blank(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS; i++) {
        assert_string_equal(row(i), "");
    }
    assert_int_equal(text_screen_cursor(&screen), 0);
}

static void lines_follow_each_other(void **state)
{
    (void)state;
    write("one\ntwo");
    assert_string_equal(row(0), "one");
    assert_string_equal(row(1), "two");
    assert_int_equal(text_screen_cursor(&screen), COLUMNS + 3);
}

/*   one|       b          b     rubs out, and goes no further than the left edge */
static void a_step_back_lets_the_next_one_come_there(void **state)
{
    (void)state;
    write("ab\b\b\b\bc");
    assert_string_equal(row(0), "cb");
    assert_int_equal(text_screen_cursor(&screen), 1);
}

/* A full row does not scroll before something more comes. */
static void a_full_row_wraps_with_the_next_character(void **state)
{
    (void)state;
    for (int i = 0; i < COLUMNS; i++) {
        write("x");
    }
    assert_int_equal(text_screen_cursor(&screen), COLUMNS - 1);
    assert_string_equal(row(1), "");
    write("y");
    assert_string_equal(row(1), "y");
}

static void the_last_row_scrolls(void **state)
{
    char line[4] = "a\n";
    (void)state;
    for (int i = 0; i < ROWS; i++) {
        line[0] = (char)('a' + i);
        write(line);
    }
    assert_string_equal(row(0), "b");
    assert_string_equal(row(ROWS - 2), "y");
    assert_string_equal(row(ROWS - 1), "");
    assert_int_equal(text_screen_cursor(&screen), (ROWS - 1) * COLUMNS);
}

static void what_another_has_shown_stays(void **state)
{
    (void)state;
    write("one\n");
    screen.row = 0;
    text_screen_go_on(&screen);
    write("two");
    assert_string_equal(row(ROWS - 1), "two");
    assert_string_equal(row(0), ""); /* "one" has scrolled out */
}

static unsigned colour_at(unsigned cell)
{
    return screen.cells[cell] >> 8;
}

/* Red is the lowest bit of the number, and the highest of the attribute. */
static void sequences_choose_colours(void **state)
{
    (void)state;
    write("\x1B[31mr\x1B[32mg\x1B[34mb\x1B[33my\x1B[37mw\x1B[0;31mr\x1B[31;0mn\x1B[31m\x1B[mn\x1B[38mn\x1B[299mn");
    const unsigned wanted[] = {4, 2, 1, 6, 7, 4, 7, 7, 7, 7};
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_int_equal(colour_at(i), wanted[i]);
    }
    assert_string_equal(row(1), "");
    write("\x1B[31m\x1B[2J\x1B(B\x1B[?32m\x1B[?7;32mx");
    assert_int_equal(text_screen_cursor(&screen), sizeof wanted / sizeof *wanted + 1);
    assert_int_equal(colour_at(sizeof wanted / sizeof *wanted), 4); /* no colour, no change */
    text_screen_clear(&screen);
    assert_string_equal(row(0), "");
}

static void what_is_no_sequence_is_shown(void **state)
{
    (void)state;
    write("a\x1B[3\nb\x1B\x1B[0mc[31m\x1B\nd\x1B(\be");
    assert_string_equal(row(0), "a");
    assert_string_equal(row(1), "bc[31m");
    assert_string_equal(row(2), "e");
    write("\x1B[31m\x1B[31");
    text_screen_go_on(&screen);
    write("m");
    assert_string_equal(row(ROWS - 1), "m"); /* in the usual colour */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, clear, check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_clear_screen_is_blank),
        TEST(lines_follow_each_other),
        TEST(a_step_back_lets_the_next_one_come_there),
        TEST(a_full_row_wraps_with_the_next_character),
        TEST(the_last_row_scrolls),
        TEST(what_another_has_shown_stays),
        TEST(sequences_choose_colours),
        TEST(what_is_no_sequence_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
