/* core/keyboard.h: scan codes in, what a terminal would send out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/keyboard.h"
#include "tests/random.h"

static struct keyboard keyboard;
static char sent[512];
static size_t sent_length;

static int fresh_keyboard(void **state)
{
    (void)state;
    keyboard = (struct keyboard){.prefix = PREFIX_NONE};
    sent_length = 0;
    return 0;
}

static void put(uint8_t code)
{
    char out[KEYBOARD_BYTES_MAX + 1];
    memset(out, 0xA5, sizeof out);
    size_t length = keyboard_put(&keyboard, code, out);
    assert_in_range(length, 0, KEYBOARD_BYTES_MAX);
    for (size_t i = length; i < sizeof out; i++) {
        assert_int_equal((uint8_t)out[i], 0xA5);
    }
    assert_in_range(sent_length + length, 0, sizeof sent - 1);
    memcpy(sent + sent_length, out, length);
    sent_length += length;
}

static void put_all(const uint8_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(codes[i]);
    }
}

#define CODES(...) put_all((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void press(uint8_t code)
{
    CODES(code, code | 0x80);
}

/* What has been sent since the last time; NULs count. */
#define ASSERT_SENT(text) assert_sent(text, sizeof(text) - 1)

static void assert_sent(const char *text, size_t length)
{
    assert_int_equal(sent_length, length);
    assert_memory_equal(sent, text, length);
    sent_length = 0;
}

enum {
    ENTER = 0x1C,
    CTRL = 0x1D,
    A = 0x1E,
    LEFT_SHIFT = 0x2A,
    RIGHT_SHIFT = 0x36,
    ALT = 0x38,
    CAPS_LOCK = 0x3A,
    NUM_LOCK = 0x45,
    UP = 0x80,
    E0 = 0xE0,
    E1 = 0xE1,
};

static void type_row(uint8_t first, uint8_t last)
{
    for (uint8_t code = first; code <= last; code++) {
        press(code);
    }
}

static void the_rows_of_a_us_keyboard_are_typed(void **state)
{
    (void)state;
    type_row(0x02, 0x0D);
    ASSERT_SENT("1234567890-=");
    type_row(0x10, 0x1B);
    ASSERT_SENT("qwertyuiop[]");
    type_row(0x1E, 0x29);
    ASSERT_SENT("asdfghjkl;'`");
    type_row(0x2B, 0x35);
    ASSERT_SENT("\\zxcvbnm,./");
    press(0x39);
    ASSERT_SENT(" ");
}

static void shift_gives_the_upper_characters(void **state)
{
    (void)state;
    put(LEFT_SHIFT);
    type_row(0x02, 0x0D);
    ASSERT_SENT("!@#$%^&*()_+");
    type_row(0x10, 0x1B);
    ASSERT_SENT("QWERTYUIOP{}");
    type_row(0x1E, 0x29);
    ASSERT_SENT("ASDFGHJKL:\"~");
    type_row(0x2B, 0x35);
    ASSERT_SENT("|ZXCVBNM<>?");
    press(0x39);
    ASSERT_SENT(" ");
}

static void enter_backspace_tab_and_escape_are_a_terminals(void **state)
{
    (void)state;
    CODES(ENTER, 0x0E, 0x0F, 0x01);
    ASSERT_SENT("\r\x7f\t\x1b");
}

static void the_key_of_other_layouts_beside_z_is_a_backslash(void **state)
{
    (void)state;
    CODES(0x56, LEFT_SHIFT, 0x56);
    ASSERT_SENT("\\|");
}

static void a_key_that_is_held_repeats_and_going_up_sends_nothing(void **state)
{
    (void)state;
    CODES(A, A, A, A | UP);
    ASSERT_SENT("aaa");
}

/*   left  ___####____
 *   right _####______    shifted while either is down */
/* Its code for going down may have been lost. */
static void a_key_that_only_goes_up_does_nothing(void **state)
{
    (void)state;
    CODES(CAPS_LOCK | UP, NUM_LOCK | UP, LEFT_SHIFT | UP, CTRL | UP, ALT | UP, A | UP, A, 0x47);
    ASSERT_SENT("a\x1b[H");
}

static void each_shift_key_holds_by_itself(void **state)
{
    (void)state;
    CODES(A, RIGHT_SHIFT, A, LEFT_SHIFT, A, RIGHT_SHIFT | UP, A, LEFT_SHIFT | UP, A);
    ASSERT_SENT("aAAAa");
}

static void caps_lock_turns_letters_only_and_shift_turns_them_back(void **state)
{
    (void)state;
    press(CAPS_LOCK);
    CODES(A, 0x02, 0x28);
    ASSERT_SENT("A1'");
    CODES(LEFT_SHIFT, A, 0x02, 0x28, LEFT_SHIFT | UP);
    ASSERT_SENT("a!\"");
    press(CAPS_LOCK);
    CODES(A);
    ASSERT_SENT("a");
}

static void a_lock_that_is_held_turns_once(void **state)
{
    (void)state;
    CODES(CAPS_LOCK, CAPS_LOCK, CAPS_LOCK, A, CAPS_LOCK | UP, A);
    ASSERT_SENT("AA");
    CODES(CAPS_LOCK, CAPS_LOCK, A);
    ASSERT_SENT("a");
}

static void control_gives_the_control_characters(void **state)
{
    (void)state;
    put(CTRL);
    CODES(0x16, A, 0x2E, 0x1A, 0x2B, 0x1B, 0x39);
    ASSERT_SENT("\x15\x01\x03\x1b\x1c\x1d\0");
    CODES(LEFT_SHIFT, 0x03, A, 0x07, 0x0C);
    ASSERT_SENT("\0\x01\x1e\x1f");
}

static void control_leaves_what_has_no_control_character(void **state)
{
    (void)state;
    CODES(CTRL, 0x02, ENTER, 0x0E, 0x33, 0x29);
    ASSERT_SENT("1\r\x7f,`");
    CODES(LEFT_SHIFT, 0x1A, 0x29, 0x35);
    ASSERT_SENT("{~?");
}

static void control_ends_when_both_of_its_keys_are_up(void **state)
{
    (void)state;
    CODES(CTRL, E0, CTRL, CTRL | UP, A, E0, CTRL | UP, A);
    ASSERT_SENT("\x01"
                "a");
}

static void alt_puts_an_escape_before_the_character(void **state)
{
    (void)state;
    CODES(ALT, A, ALT | UP, A);
    ASSERT_SENT("\x1b"
                "aa");
    CODES(E0, ALT, CTRL, A, CTRL | UP, E0, ALT | UP, A);
    ASSERT_SENT("\x1b\x01"
                "a");
}

/* Insert, Home, Page Up; Delete, End, Page Down; the arrows: up, left, down, right. */
static void keys_beside_the_letters_send_sequences(void **state)
{
    (void)state;
    CODES(E0, 0x52, E0, 0x47, E0, 0x49);
    ASSERT_SENT("\x1b[2~\x1b[H\x1b[5~");
    CODES(E0, 0x53, E0, 0x4F, E0, 0x51);
    ASSERT_SENT("\x1b[3~\x1b[F\x1b[6~");
    CODES(E0, 0x48, E0, 0x4B, E0, 0x50, E0, 0x4D);
    ASSERT_SENT("\x1b[A\x1b[D\x1b[B\x1b[C");
    CODES(E0, 0x48 | UP, E0, 0x4B | UP);
    ASSERT_SENT("");
}

static void function_keys_send_sequences(void **state)
{
    (void)state;
    type_row(0x3B, 0x3E);
    ASSERT_SENT("\x1bOP\x1bOQ\x1bOR\x1bOS");
    type_row(0x3F, 0x44);
    ASSERT_SENT("\x1b[15~\x1b[17~\x1b[18~\x1b[19~\x1b[20~\x1b[21~");
    type_row(0x57, 0x58);
    ASSERT_SENT("\x1b[23~\x1b[24~");
}

static void the_keypad_moves_without_num_lock_and_counts_with_it(void **state)
{
    (void)state;
    type_row(0x47, 0x53);
    ASSERT_SENT("\x1b[H\x1b[A\x1b[5~-\x1b[D\x1b[C+\x1b[F\x1b[B\x1b[6~\x1b[2~\x1b[3~");
    press(NUM_LOCK);
    type_row(0x47, 0x53);
    ASSERT_SENT("789-456+1230.");
    CODES(E0, 0x48);
    ASSERT_SENT("\x1b[A");
    press(0x37);
    ASSERT_SENT("*");
    CODES(E0, ENTER, E0, 0x35, LEFT_SHIFT, E0, 0x35);
    ASSERT_SENT("\r//");
}

/* Num lock on: E0 2A E0 48 ... E0 C8 E0 AA; with the left shift key down: E0 AA E0 48 ... E0 C8 E0 2A. */
static void fake_shifts_around_arrows_are_none(void **state)
{
    (void)state;
    CODES(E0, LEFT_SHIFT, E0, 0x48, A, E0, 0x48 | UP, E0, LEFT_SHIFT | UP, A);
    ASSERT_SENT("\x1b[Aaa");
    CODES(LEFT_SHIFT, E0, LEFT_SHIFT | UP, E0, 0x48, A, E0, 0x48 | UP, E0, LEFT_SHIFT, LEFT_SHIFT | UP, A);
    ASSERT_SENT("\x1b[AAa");
    CODES(E0, RIGHT_SHIFT, A, E0, RIGHT_SHIFT | UP);
    ASSERT_SENT("a");
}

/* Pause is E1 1D 45 E1 9D C5: neither Ctrl nor Num Lock. With Ctrl it is Break, E0 46 E0 C6. */
static void pause_break_and_print_screen_do_nothing(void **state)
{
    (void)state;
    CODES(E1, CTRL, NUM_LOCK, A, E1, CTRL | UP, NUM_LOCK | UP, A);
    ASSERT_SENT("aa");
    CODES(E0, 0x46, E0, 0x46 | UP, A);
    ASSERT_SENT("a");
    CODES(E0, LEFT_SHIFT, E0, 0x37, E0, 0x37 | UP, E0, LEFT_SHIFT | UP, 0x54, A);
    ASSERT_SENT("a");
    assert_false(keyboard.num_lock);
}

/* ACK, resend, self-test passed or failed, echo, overrun; keys that no keyboard of the time had. */
static void bytes_that_are_no_key_do_nothing(void **state)
{
    (void)state;
    CODES(0xFA, 0xFE, 0xAA, 0xFC, 0xFD, 0xEE, 0x00, 0xFF, 0x46, 0x55, 0x59, 0x7F, A);
    ASSERT_SENT("a");
    CODES(E0, 0x00, E0, A, E0, 0x39, E0, CAPS_LOCK, E0, NUM_LOCK, E0, 0x4A, E0, 0x54, A);
    ASSERT_SENT("a");
    assert_int_equal(keyboard.down, 0);
}

static void a_prefix_is_broken_off_by_what_makes_no_sense(void **state)
{
    (void)state;
    CODES(E0, 0xFF, A, E1, 0xFF, A, E1, A, A);
    ASSERT_SENT("aaa");
    CODES(E1, E0, 0x48, E0, E0, 0x48);
    ASSERT_SENT("\x1b[A\x1b[A");
}

/* Whatever comes, no more than five bytes are sent, all of ASCII; and when all keys are up and locks off, it types as at
 * the beginning. */
static void random_bytes_do_no_lasting_harm(void **state)
{
    (void)state;
    struct random random = random_seeded("keyboard");
    for (int i = 0; i < 200000; i++) {
        put((uint8_t)random_below(&random, 256));
        while (sent_length > 0) {
            assert_true(sent[--sent_length] >= 0);
        }
    }
    CODES(0xFF, LEFT_SHIFT | UP, RIGHT_SHIFT | UP, CTRL | UP, E0, CTRL | UP, ALT | UP, E0, ALT | UP);
    CODES(CAPS_LOCK | UP, NUM_LOCK | UP);
    assert_int_equal(keyboard.down, 0);
    if (keyboard.caps_lock) {
        press(CAPS_LOCK);
    }
    CODES(A, E0, 0x48);
    ASSERT_SENT("a\x1b[A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_rows_of_a_us_keyboard_are_typed, fresh_keyboard),
        cmocka_unit_test_setup(shift_gives_the_upper_characters, fresh_keyboard),
        cmocka_unit_test_setup(enter_backspace_tab_and_escape_are_a_terminals, fresh_keyboard),
        cmocka_unit_test_setup(the_key_of_other_layouts_beside_z_is_a_backslash, fresh_keyboard),
        cmocka_unit_test_setup(a_key_that_is_held_repeats_and_going_up_sends_nothing, fresh_keyboard),
        cmocka_unit_test_setup(a_key_that_only_goes_up_does_nothing, fresh_keyboard),
        cmocka_unit_test_setup(each_shift_key_holds_by_itself, fresh_keyboard),
        cmocka_unit_test_setup(caps_lock_turns_letters_only_and_shift_turns_them_back, fresh_keyboard),
        cmocka_unit_test_setup(a_lock_that_is_held_turns_once, fresh_keyboard),
        cmocka_unit_test_setup(control_gives_the_control_characters, fresh_keyboard),
        cmocka_unit_test_setup(control_leaves_what_has_no_control_character, fresh_keyboard),
        cmocka_unit_test_setup(control_ends_when_both_of_its_keys_are_up, fresh_keyboard),
        cmocka_unit_test_setup(alt_puts_an_escape_before_the_character, fresh_keyboard),
        cmocka_unit_test_setup(keys_beside_the_letters_send_sequences, fresh_keyboard),
        cmocka_unit_test_setup(function_keys_send_sequences, fresh_keyboard),
        cmocka_unit_test_setup(the_keypad_moves_without_num_lock_and_counts_with_it, fresh_keyboard),
        cmocka_unit_test_setup(fake_shifts_around_arrows_are_none, fresh_keyboard),
        cmocka_unit_test_setup(pause_break_and_print_screen_do_nothing, fresh_keyboard),
        cmocka_unit_test_setup(bytes_that_are_no_key_do_nothing, fresh_keyboard),
        cmocka_unit_test_setup(a_prefix_is_broken_off_by_what_makes_no_sense, fresh_keyboard),
        cmocka_unit_test_setup(random_bytes_do_no_lasting_harm, fresh_keyboard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
