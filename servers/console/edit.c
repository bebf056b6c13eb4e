#include "servers/console/edit.h"

enum {
    KEY_HOME = 0x01,
    KEY_LEFT = 0x02,
    KEY_DELETE = 0x04,
    KEY_END = 0x05,
    KEY_RIGHT = 0x06,
    KEY_BACKSPACE = 0x08,
    KEY_TAB = 0x09,
    KEY_KILL_RIGHT = 0x0B,
    KEY_DOWN = 0x0E,
    KEY_UP = 0x10,
    KEY_KILL_LEFT = 0x15,
    KEY_KILL_WORD = 0x17,
    KEY_ESCAPE = 0x1B,
    KEY_RUBOUT = 0x7F,
};

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (length < EDIT_BYTES - 1 && text[length] != '\0') {
        length++;
    }
    return length;
}

static void copy(char to[EDIT_BYTES], const char *from)
{
    size_t length = length_of(from);
    __builtin_memcpy(to, from, length);
    to[length] = '\0';
}

static bool same(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] == b[i] && a[i] != '\0') {
        i++;
    }
    return a[i] == b[i];
}

/* Echoing */

static void repeat(const struct edit *edit, char byte, size_t times)
{
    for (; times > 0; times--) {
        edit_echo(edit->context, &byte, 1);
    }
}

static void go_to(struct edit *edit, size_t cursor)
{
    if (cursor < edit->cursor) {
        repeat(edit, '\b', edit->cursor - cursor);
    } else {
        edit_echo(edit->context, edit->text + edit->cursor, cursor - edit->cursor);
    }
    edit->cursor = cursor;
}

/* The text from the cursor on is new, and was longer by `gone`. */
static void show_rest(struct edit *edit, size_t gone)
{
    size_t rest = edit->length - edit->cursor;
    edit_echo(edit->context, edit->text + edit->cursor, rest);
    repeat(edit, ' ', gone);
    repeat(edit, '\b', rest + gone);
}

/* Changing */

/* What lies between there and the cursor, on either side, goes. */
static void remove(struct edit *edit, size_t from, size_t to)
{
    size_t gone = to - from;
    go_to(edit, from);
    __builtin_memmove(edit->text + from, edit->text + to, edit->length - to + 1);
    edit->length -= gone;
    show_rest(edit, gone);
}

static void insert(struct edit *edit, char key)
{
    if (edit->length == EDIT_BYTES - 1) {
        edit->too_long = true; /* said when the line ends; what does not fit is not echoed */
        return;
    }
    __builtin_memmove(edit->text + edit->cursor + 1, edit->text + edit->cursor, edit->length - edit->cursor + 1);
    edit->text[edit->cursor] = key;
    edit->length++;
    edit_echo(edit->context, &key, 1);
    edit->cursor++;
    if (edit->cursor != edit->length) {
        show_rest(edit, 0);
    }
}

static size_t word_start(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && edit->text[at - 1] == ' ') {
        at--;
    }
    while (at > 0 && edit->text[at - 1] != ' ') {
        at--;
    }
    return at;
}

void edit_replace(struct edit *edit, const char *text)
{
    remove(edit, 0, edit->length);
    copy(edit->text, text);
    edit->length = length_of(text);
    go_to(edit, edit->length);
}

/* History */

static const char *line_back(const struct edit *edit, size_t back)
{
    return back == 0 ? edit->begun : edit->history[(edit->newest + EDIT_HISTORY - back) % EDIT_HISTORY];
}

static void show_back(struct edit *edit, size_t back)
{
    if (back > edit->kept || back == edit->back) {
        return;
    }
    if (edit->back == 0) {
        copy(edit->begun, edit->text);
    }
    edit->back = back;
    edit_replace(edit, line_back(edit, back));
}

static void keep(struct edit *edit)
{
    if (edit->length == 0 || edit->too_long || (edit->kept != 0 && same(edit->text, line_back(edit, 1)))) {
        return;
    }
    copy(edit->history[edit->newest], edit->text);
    edit->newest = (edit->newest + 1) % EDIT_HISTORY;
    edit->kept += edit->kept < EDIT_HISTORY;
}

/* Keys */

/* The last byte of a sequence (ECMA-48, 5.4), as the control key that means the same; 0: none does. */
static char meaning(const struct edit *edit, char last)
{
    char number = edit->parameter_count == 1 ? edit->parameters[0] : '\0';
    switch (last) {
    case 'A': return KEY_UP;
    case 'B': return KEY_DOWN;
    case 'C': return KEY_RIGHT;
    case 'D': return KEY_LEFT;
    case 'H': return KEY_HOME;
    case 'F': return KEY_END;
    case '~':
        return number == '3'                    ? KEY_DELETE
               : number == '1' || number == '7' ? KEY_HOME
               : number == '4' || number == '8' ? KEY_END
                                                : '\0';
    default: return '\0';
    }
}

/* Whether `key` belongs to a sequence; at its end the key is what that means. A control key breaks it off. */
static bool in_escape(struct edit *edit, char *key)
{
    if (*key == KEY_ESCAPE) {
        edit->escape = EDIT_ESCAPE_STARTED;
        return true;
    }
    if (edit->escape == EDIT_ESCAPE_STARTED && (*key == '[' || *key == 'O')) {
        edit->escape = EDIT_ESCAPE_SEQUENCE;
        edit->parameter_count = 0;
        return true;
    }
    enum edit_escape was = edit->escape;
    if (was != EDIT_ESCAPE_SEQUENCE || *key < ' ') {
        edit->escape = EDIT_ESCAPE_NONE;
        return was == EDIT_ESCAPE_STARTED && *key >= ' ';
    }
    if (*key < '@') {
        if (edit->parameter_count < EDIT_ESCAPE_MAX) {
            edit->parameters[edit->parameter_count++] = *key;
        }
        return true;
    }
    edit->escape = EDIT_ESCAPE_NONE;
    *key = meaning(edit, *key);
    return *key == '\0';
}

static enum edit_event end(struct edit *edit)
{
    go_to(edit, edit->length);
    edit_echo(edit->context, "\n", 1);
    keep(edit);
    return edit->too_long ? EDIT_TOO_LONG : EDIT_DONE;
}

static void change(struct edit *edit, char key)
{
    size_t at = edit->cursor, length = edit->length;
    switch (key) {
    case KEY_HOME: go_to(edit, 0); break;
    case KEY_END: go_to(edit, length); break;
    case KEY_LEFT: go_to(edit, at > 0 ? at - 1 : 0); break;
    case KEY_RIGHT: go_to(edit, at < length ? at + 1 : length); break;
    case KEY_BACKSPACE:
    case KEY_RUBOUT: remove(edit, at > 0 ? at - 1 : 0, at); break;
    case KEY_DELETE: remove(edit, at, at < length ? at + 1 : length); break;
    case KEY_KILL_WORD: remove(edit, word_start(edit), at); break;
    case KEY_KILL_LEFT: remove(edit, 0, at); break;
    case KEY_KILL_RIGHT: remove(edit, at, length); break;
    case KEY_UP: show_back(edit, edit->back + 1); break;
    case KEY_DOWN: show_back(edit, edit->back > 0 ? edit->back - 1 : 0); break;
    default:
        if (key >= ' ' && key <= '~') {
            insert(edit, key);
        }
    }
    edit->too_long = edit->too_long && edit->length == EDIT_BYTES - 1;
}

void edit_init(struct edit *edit, void *context)
{
    *edit = (struct edit){.context = context};
}

void edit_begin(struct edit *edit, const char *text)
{
    edit->text[0] = '\0';
    edit->length = edit->cursor = edit->back = 0;
    edit->too_long = false;
    edit_replace(edit, text);
}

enum edit_event edit_put(struct edit *edit, char key)
{
    bool second_half = key == '\n' && edit->after_return;
    edit->after_return = key == '\r';
    if (second_half || in_escape(edit, &key)) {
        return EDIT_MORE;
    }
    if (key == '\r' || key == '\n') {
        return end(edit);
    }
    if (key == KEY_TAB) {
        return EDIT_COMPLETE;
    }
    change(edit, key);
    return EDIT_MORE;
}
