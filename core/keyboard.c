#include "core/keyboard.h"

#include <assert.h>

enum {
    CODE_E0 = 0xE0,
    CODE_E1 = 0xE1,
    CODE_UP = 0x80, /* set: the key goes up */

    KEY_ENTER = 0x1C, /* after E0 the keypad's, as with '/' */
    KEY_CTRL = 0x1D,
    KEY_LEFT_SHIFT = 0x2A,
    KEY_BACKSLASH = 0x2B,
    KEY_SLASH = 0x35,
    KEY_RIGHT_SHIFT = 0x36,
    KEY_ALT = 0x38,
    KEY_CAPS_LOCK = 0x3A,
    KEY_F1 = 0x3B,
    KEY_F10 = 0x44,
    KEY_NUM_LOCK = 0x45,
    KEY_PAD = 0x47, /* to 0x53, row by row; after E0 the arrows and the keys above them */
    KEY_PAD_END = 0x53,
    KEY_ISO = 0x56, /* left of Z where there is one */
    KEY_F11 = 0x57,
    KEY_F12 = 0x58,

    ESCAPE = 0x1B,
};

/* Of struct keyboard's `down`. */
enum {
    DOWN_LEFT_SHIFT = 1,
    DOWN_RIGHT_SHIFT = 2,
    DOWN_CTRL = 4,
    DOWN_RIGHT_CTRL = 8,
    DOWN_ALT = 16,
    DOWN_RIGHT_ALT = 32,
    DOWN_CAPS_LOCK = 64,
    DOWN_NUM_LOCK = 128,
    SHIFT = DOWN_LEFT_SHIFT | DOWN_RIGHT_SHIFT,
    CTRL = DOWN_CTRL | DOWN_RIGHT_CTRL,
    ALT = DOWN_ALT | DOWN_RIGHT_ALT,
};

/* By code from 0 on; NUL where a key makes no character. */
static const char plain[] = "\0\x1b"
                            "1234567890-=\x7f\tqwertyuiop[]\r\0"
                            "asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] = "\0\x1b"
                              "!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0"
                              "ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
static_assert(sizeof plain == KEY_CAPS_LOCK + 1 && sizeof shifted == sizeof plain, "a character for each code");

/* By code from KEY_PAD on: with num lock, and what follows ESC without. */
static const char pad_digits[] = "789-456+1230.";
static const char pad_sequences[][4] = {"[H", "[A", "[5~", "", "[D", "", "[C", "", "[F", "[B", "[6~", "[2~", "[3~"};
static const char function_sequences[][5] = {"OP",   "OQ",   "OR",   "OS",   "[15~", "[17~",
                                             "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"};

static uint8_t modifier_of(uint8_t key, bool extended)
{
    switch (key) {
    case KEY_LEFT_SHIFT: return extended ? 0 : DOWN_LEFT_SHIFT; /* E0 2A, E0 36: around arrows, when num lock is on */
    case KEY_RIGHT_SHIFT: return extended ? 0 : DOWN_RIGHT_SHIFT;
    case KEY_CTRL: return extended ? DOWN_RIGHT_CTRL : DOWN_CTRL;
    case KEY_ALT: return extended ? DOWN_RIGHT_ALT : DOWN_ALT;
    case KEY_CAPS_LOCK: return extended ? 0 : DOWN_CAPS_LOCK;
    case KEY_NUM_LOCK: return extended ? 0 : DOWN_NUM_LOCK;
    default: return 0;
    }
}

/* A lock held down repeats its code; it turns once. */
static void modifier_moves(struct keyboard *keyboard, uint8_t modifier, bool up)
{
    if (!up && !(keyboard->down & modifier)) {
        keyboard->caps_lock ^= modifier == DOWN_CAPS_LOCK;
        keyboard->num_lock ^= modifier == DOWN_NUM_LOCK;
    }
    keyboard->down = (uint8_t)(up ? keyboard->down & ~modifier : keyboard->down | modifier);
}

/* ESC and `rest`, if that is any. */
static size_t send_sequence(char *out, const char *rest)
{
    size_t length = 0;
    if (*rest != '\0') {
        for (out[length++] = ESCAPE; *rest != '\0'; rest++) {
            out[length++] = *rest;
        }
    }
    return length;
}

static size_t send_character(const struct keyboard *keyboard, char character, char *out)
{
    size_t length = 0;
    if (keyboard->down & ALT) {
        out[length++] = ESCAPE;
    }
    out[length++] = character;
    return length;
}

static bool is_letter(char character)
{
    return character >= 'a' && character <= 'z';
}

static size_t send_typed(const struct keyboard *keyboard, uint8_t key, char *out)
{
    bool shift = (keyboard->down & SHIFT) != 0;
    char character = shift != (keyboard->caps_lock && is_letter(plain[key])) ? shifted[key] : plain[key];
    if (character == '\0') {
        return 0;
    }
    if ((keyboard->down & CTRL) &&
        (is_letter(character) || character == ' ' || (character >= '@' && character <= '_'))) {
        character &= 0x1F; /* ASCII: the control characters are columns 0 and 1, the letters columns 4 to 7 */
    }
    return send_character(keyboard, character, out);
}

static size_t send_pad(const struct keyboard *keyboard, uint8_t key, char *out)
{
    char digit = pad_digits[key - KEY_PAD];
    return keyboard->num_lock || digit == '-' || digit == '+' ? send_character(keyboard, digit, out)
                                                              : send_sequence(out, pad_sequences[key - KEY_PAD]);
}

static size_t send_key(const struct keyboard *keyboard, uint8_t key, char *out)
{
    if (key < KEY_CAPS_LOCK) {
        return send_typed(keyboard, key, out);
    }
    if (key >= KEY_F1 && key <= KEY_F10) {
        return send_sequence(out, function_sequences[key - KEY_F1]);
    }
    if (key >= KEY_PAD && key <= KEY_PAD_END) {
        return send_pad(keyboard, key, out);
    }
    switch (key) {
    case KEY_ISO: return send_typed(keyboard, KEY_BACKSLASH, out);
    case KEY_F11: return send_sequence(out, function_sequences[10]);
    case KEY_F12: return send_sequence(out, function_sequences[11]);
    default: return 0;
    }
}

static size_t send_extended(const struct keyboard *keyboard, uint8_t key, char *out)
{
    if (key == KEY_ENTER || key == KEY_SLASH) {
        return send_character(keyboard, plain[key], out);
    }
    return key >= KEY_PAD && key <= KEY_PAD_END ? send_sequence(out, pad_sequences[key - KEY_PAD]) : 0;
}

/* What the keyboard answers to commands and sends when it was overrun goes through as well: with its high bit it is an
 * unknown key that goes up, and 0x00 is one that makes nothing. */
size_t keyboard_put(struct keyboard *keyboard, uint8_t code, char out[KEYBOARD_BYTES_MAX])
{
    if (code == CODE_E0 || code == CODE_E1) {
        keyboard->prefix = code == CODE_E0 ? PREFIX_E0 : PREFIX_E1;
        return 0;
    }
    uint8_t key = code & (CODE_UP - 1);
    enum keyboard_prefix prefix = keyboard->prefix;
    keyboard->prefix = prefix == PREFIX_E1 && key == KEY_CTRL ? PREFIX_E1_SECOND : PREFIX_NONE;
    if (prefix == PREFIX_E1 || prefix == PREFIX_E1_SECOND) {
        return 0;
    }
    bool extended = prefix == PREFIX_E0, up = key != code;
    uint8_t modifier = modifier_of(key, extended);
    if (modifier != 0) {
        modifier_moves(keyboard, modifier, up);
        return 0;
    }
    if (up) {
        return 0;
    }
    return extended ? send_extended(keyboard, key, out) : send_key(keyboard, key, out);
}
