#include "servers/console/terminal.h"

#include "servers/console/devices.h"

/* Out */

static void send(struct terminal *terminal, const char *text, size_t length)
{
    while (length > 0) {
        size_t taken = uart_write(&terminal->uart, text, length);
        if (taken == 0) {
            devices_pause();
        }
        text += taken;
        length -= taken;
    }
}

static void show(struct terminal *terminal, const char *text, size_t length)
{
    size_t from = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') { /* a terminal wants the carriage returned too */
            send(terminal, text + from, i - from);
            send(terminal, "\r\n", 2);
            from = i + 1;
        }
    }
    send(terminal, text + from, length - from);
    if (terminal->screen.cells != NULL) {
        text_screen_write(&terminal->screen, text, length);
        devices_cursor(text_screen_cursor(&terminal->screen));
    }
}

void edit_echo(void *context, const char *text, size_t length)
{
    show(context, text, length);
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

static void repeat(struct terminal *terminal, char byte, size_t times)
{
    for (; times > 0; times--) {
        show(terminal, &byte, 1);
    }
}

/* The line that is being typed makes room, and comes back. */
static void hide_line(struct terminal *terminal)
{
    const struct edit *edit = &terminal->edit;
    size_t before = length_of(terminal->prompt) + edit->cursor, all = length_of(terminal->prompt) + edit->length;
    repeat(terminal, '\b', before);
    repeat(terminal, ' ', all);
    repeat(terminal, '\b', all);
}

static void show_line(struct terminal *terminal)
{
    const struct edit *edit = &terminal->edit;
    show(terminal, terminal->prompt, length_of(terminal->prompt));
    show(terminal, edit->text, edit->length);
    repeat(terminal, '\b', edit->length - edit->cursor);
}

void terminal_write(struct terminal *terminal, const char *text, size_t length)
{
    if (length == 0) {
        return;
    }
    if (terminal->reading) {
        hide_line(terminal);
    } else if (terminal->shown) {
        show(terminal, "\n", 1);
        terminal->shown = false;
    }
    show(terminal, text, length);
    if (terminal->reading) {
        show_line(terminal);
    }
}

bool terminal_flushed(struct terminal *terminal)
{
    return uart_drain(&terminal->uart);
}

/* In */

bool terminal_next(struct terminal *terminal, enum console_end *end)
{
    enum edit_event event = EDIT_MORE;
    for (int key; terminal->reading && event == EDIT_MORE && (key = ring_take(&terminal->typed)) >= 0;) {
        event = edit_put(&terminal->edit, (char)key);
    }
    if (event == EDIT_MORE) {
        return false;
    }
    terminal->reading = false;
    terminal->shown = event == EDIT_COMPLETE;
    *end = event == EDIT_DONE ? CONSOLE_LINE : event == EDIT_TOO_LONG ? CONSOLE_TOO_LONG : CONSOLE_COMPLETE;
    return true;
}

void terminal_read(struct terminal *terminal, const char *text, const char *prompt)
{
    terminal->reading = true;
    if (terminal->shown) {
        edit_replace(&terminal->edit, text);
        return;
    }
    size_t length = length_of(prompt);
    __builtin_memcpy(terminal->prompt, prompt, length + 1);
    terminal->shown = true;
    show(terminal, prompt, length);
    edit_begin(&terminal->edit, text);
}

static void take_keyboard(struct terminal *terminal)
{
    for (int code; (code = devices_scan_code()) >= 0;) {
        char out[KEYBOARD_BYTES_MAX];
        size_t count = keyboard_put(&terminal->keyboard, (uint8_t)code, out);
        for (size_t i = 0; i < count; i++) {
            (void)ring_put(&terminal->typed, (uint8_t)out[i]); /* nobody reads: the newest are lost */
        }
    }
}

void terminal_take(struct terminal *terminal)
{
    (void)uart_interrupt(&terminal->uart);
    for (int byte; !ring_full(&terminal->typed) && (byte = uart_take(&terminal->uart)) >= 0;) {
        (void)ring_put(&terminal->typed, (uint8_t)byte);
    }
    take_keyboard(terminal);
}

void terminal_begin(struct terminal *terminal)
{
    terminal->typed = RING_OVER(terminal->typed_bytes);
    for (int key; !ring_full(&terminal->typed) && (key = devices_early_key()) >= 0;) {
        (void)ring_put(&terminal->typed, (uint8_t)key);
    }
    edit_init(&terminal->edit, terminal);
    uart_find(&terminal->uart);
    while (!uart_drain(&terminal->uart)) {
        devices_pause();
    }
    uart_go_on(&terminal->uart);
    uart_interrupts(&terminal->uart, true);
    terminal->screen.cells = devices_screen();
    if (terminal->screen.cells != NULL) {
        text_screen_go_on(&terminal->screen);
    }
}
