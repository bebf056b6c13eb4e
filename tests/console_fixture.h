/* The console's devices, made up, and somebody who types on them: a serial line (tests/mock_uart.h), a keyboard's controller
 * and a screen. Included by one test program at a time. */
#pragma once

#include "tests/test_server.h"

/* The server has the names of that model's hooks. */
#define uart_in  chip_in
#define uart_out chip_out
#include "tests/mock_uart.h"
#undef uart_in
#undef uart_out

#include "core/text_screen.h"

/* As the manifest lists them. */
enum { LINE, LINE_IRQ, KEYS_DATA, KEYS_CONTROL, KEYS_IRQ, SCREEN, CURSOR };

enum {
    ROWS = TEXT_SCREEN_ROWS,
    COLUMNS = TEXT_SCREEN_COLUMNS,
    BLANK = 0x0720,
    CODES_MAX = 64,
    MILLISECOND = 1000000,
    SECOND = 1000 * MILLISECOND
};

static uint16_t screen[0x4000]; /* 0xB8000 to 0xC0000 */
static uint8_t cursor[0x20], cursor_index;

/* What the keyboard's controller has for us; or the mouse's. */
static struct {
    uint8_t codes[CODES_MAX];
    bool mouse[CODES_MAX];
    size_t count;
} keys;

static uint8_t read_line(uint64_t offset)
{
    return chip_in((enum uart_register)offset);
}

static void write_line(uint64_t offset, uint8_t value)
{
    chip_out((enum uart_register)offset, value);
}

static uint8_t read_keys_control(uint64_t offset)
{
    (void)offset;
    return keys.count == 0 ? 0x1C : keys.mouse[0] ? 0x3D : 0x1D;
}

static uint8_t read_keys_data(uint64_t offset)
{
    (void)offset;
    uint8_t code = keys.codes[0];
    if (keys.count > 0) {
        keys.count--;
        memmove(keys.codes, keys.codes + 1, keys.count);
        memmove(keys.mouse, keys.mouse + 1, keys.count * sizeof keys.mouse[0]);
    }
    return code;
}

static void write_cursor(uint64_t offset, uint8_t value)
{
    if (offset == 0) {
        cursor_index = value % sizeof cursor;
    } else {
        cursor[cursor_index] = value;
    }
}

static inline void make_up_line(void)
{
    make_up("console", LINE, (struct made_device){.read = read_line, .write = write_line});
}

static inline void make_up_keyboard(void)
{
    make_up("console", KEYS_DATA, (struct made_device){.read = read_keys_data});
    make_up("console", KEYS_CONTROL, (struct made_device){.read = read_keys_control});
}

static inline void make_up_screen(void)
{
    make_up("console", SCREEN, (struct made_device){.memory = screen});
    make_up("console", CURSOR, (struct made_device){.write = write_cursor});
}

/* For setups: all servers, but neither console nor shell, which starts with what is made up then. */
static inline void begin_without_console(void **state)
{
    memset(&chip, 0, sizeof chip);
    memset(&keys, 0, sizeof keys);
    memset(cursor, 0, sizeof cursor);
    for (size_t i = 0; i < sizeof screen / sizeof screen[0]; i++) {
        screen[i] = BLANK;
    }
    assert_int_equal(servers_begin(state), 0);
    (void)ends("shell");
    (void)ends("console");
}

/* The line moves and whoever can runs, until nothing is under way: for longer than the console pauses. */
static inline void run_line(void)
{
    do {
        while (chip.waiting > 0 || chip.edges > 0) {
            mock_tick();
            if (chip.edges > 0) {
                chip.edges = 0;
                (void)strikes("console", LINE_IRQ);
            }
        }
        thread_sleep(2 * MILLISECOND);
    } while (chip.waiting > 0 || chip.edges > 0);
}

/* On the serial line. */
static inline void type(const char *text)
{
    for (; *text != '\0'; text++) {
        assert_true(mock_receive((uint8_t)*text));
        run_line();
    }
}

/* On the keyboard: a code by itself. */
static inline void press(uint8_t code)
{
    assert_in_range(keys.count, 0, CODES_MAX - 1);
    keys.mouse[keys.count] = false;
    keys.codes[keys.count++] = code;
    (void)strikes("console", KEYS_IRQ);
    run_line();
}

/* What has left by the serial line since this was asked last. */
static inline void assert_sent(const char *text)
{
    run_line();
    chip.sent[chip.sent_length] = '\0';
    assert_string_equal(chip.sent, text);
    assert_int_equal(chip.lost, 0);
    chip.sent_length = 0;
}

/* Blanks behind it do not count. */
static inline void assert_row(size_t row, const char *text)
{
    char shown[COLUMNS + 1] = "";
    size_t length = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        shown[i] = (char)screen[row * COLUMNS + i];
        length = shown[i] != ' ' ? i + 1 : length;
    }
    shown[length] = '\0';
    assert_string_equal(shown, text);
}

static inline void assert_cursor(size_t row, size_t column)
{
    assert_int_equal(cursor[TEXT_SCREEN_CURSOR_HIGH] << 8 | cursor[TEXT_SCREEN_CURSOR_LOW], row * COLUMNS + column);
}
