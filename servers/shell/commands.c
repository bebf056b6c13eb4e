/* The shell's own commands: what other servers do for it. */
#include "manifest.h"
#include "servers/library/kernel.h"
#include "servers/library/print.h"
#include "servers/library/server.h"
#include "servers/log/messages.h"
#include "servers/shell/shell.h"
#include "servers/store/messages.h"

bool shell_fails(const char *what)
{
    print("error: ");
    print(what);
    print("\n");
    return false;
}

bool shell_refused(int status, const char *invalid)
{
    switch (-status) {
    case EINVARG: return shell_fails(invalid);
    case EDEAD: return shell_fails("that server does not run; \"servers\" lists them");
    case EQUOTA: return shell_fails("the server's quota is full: nothing has changed");
    default: return shell_fails("the server has refused");
    }
}

/* Copies a word, all of it; false: it is too long. */
static bool copy(char *to, size_t bytes, const char *word)
{
    size_t length = __builtin_strlen(word);
    __builtin_memset(to, 0, bytes);
    if (length >= bytes) {
        return false;
    }
    __builtin_memcpy(to, word, length);
    return true;
}

static const char long_key[] = "a key has 1 to 23 characters";
static const char no_key[] = "there is no such key; \"keys\" lists them";

static bool put(const char *const words[])
{
    union store_put it;
    it.ask.bytes = __builtin_strlen(words[1]);
    if (!copy(it.ask.key, sizeof it.ask.key, words[0])) {
        return shell_fails(long_key);
    }
    __builtin_memset(it.ask.value, 0, sizeof it.ask.value);
    __builtin_memcpy(it.ask.value, words[1], it.ask.bytes);
    int status = store_put(STORE_HANDLE, &it);
    return status == 0 || shell_refused(status, long_key);
}

static bool get(const char *const words[])
{
    struct message message = {.carries = 0};
    union store_get *it = MESSAGE_AS(store_get, &message);
    (void)ipc_accept(MESSAGE_GIFT, STORE_VALUE_BLOCKS_MAX, 0);
    if (!copy(it->ask.key, sizeof it->ask.key, words[0])) {
        return shell_fails(long_key);
    }
    int status = store_get_in(STORE_HANDLE, &message);
    if (status != 0) {
        return shell_refused(status, no_key);
    }
    const char *value = message.gift != NULL ? message.gift : (const char *)it->answer.value;
    (void)console_show(CONSOLE_HANDLE, value, it->answer.bytes);
    print("\n");
    kfree(message.gift);
    return true;
}

static bool delete (const char *const words[])
{
    union store_delete it;
    if (!copy(it.ask.key, sizeof it.ask.key, words[0])) {
        return shell_fails(long_key);
    }
    int status = store_delete(STORE_HANDLE, &it);
    return status == 0 || shell_refused(status, no_key);
}

static bool keys(const char *const words[])
{
    union store_list it = {.ask.after = ""};
    (void)words;
    for (;;) {
        int status = store_list(STORE_HANDLE, &it);
        if (status != 0) {
            return shell_refused(status, no_key);
        }
        if (it.answer.count == 0) {
            return true;
        }
        for (size_t i = 0; i < it.answer.count; i++) {
            print("  ");
            print(it.answer.keys[i]);
            print("\n");
        }
        char last[STORE_KEY_BYTES];
        __builtin_memcpy(last, it.answer.keys[it.answer.count - 1], sizeof last);
        __builtin_memcpy(it.ask.after, last, sizeof last);
    }
}

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTE] = "note", [LOG_DETAIL] = "detail"};
enum { LEVELS = sizeof level_names / sizeof *level_names };

/* LEVELS: it is none. */
static uint64_t level_of(const char *word)
{
    uint64_t level = 0;
    while (level < LEVELS && __builtin_strcmp(word, level_names[level]) != 0) {
        level++;
    }
    return level;
}

static bool show_log(const char *const words[])
{
    uint64_t level = words[0] != NULL ? level_of(words[0]) : LOG_DETAIL;
    if (level == LEVELS) {
        return shell_fails("a level is error, warning, note or detail");
    }
    union log_read it = {.ask = {0, level}};
    int status;
    while ((status = log_read(LOG_HANDLE, &it)) == 0) {
        uint64_t number = it.answer.number;
        print("  ");
        print_number(number, 4);
        print(" ");
        print(it.answer.who);
        print(", ");
        print(level_names[it.answer.level < LEVELS ? it.answer.level : LOG_DETAIL]);
        print(": ");
        print(it.answer.text);
        print("\n");
        it = (union log_read){.ask = {number + 1, level}};
    }
    return status == -EINVARG || shell_refused(status, "");
}

static void print_padded(const char *text, size_t width)
{
    print(text);
    for (size_t length = __builtin_strlen(text); length < width; length++) {
        print(" ");
    }
}

/* The kernel tells its own, which begin with `help`: the last of the shell's that is none of the kernel's. */
static bool help(const char *const words[])
{
    (void)words;
    for (const struct shell_command *command = shell_commands; command->run != help; command++) {
        print("  ");
        print(command->name);
        print(" ");
        size_t length = __builtin_strlen(command->name);
        print_padded(command->arguments, length < 13 ? 13 - length : 0);
        print(" ");
        print(command->help);
        print("\n");
    }
    return shell_asks_kernel("help");
}

const struct shell_command shell_commands[] = {
    {"put", "KEY VALUE", "keep a value in the store", 2, 2, put},
    {"get", "KEY", "what the store keeps", 1, 1, get},
    {"del", "KEY", "keep it no longer", 1, 1, delete},
    {"keys", "", "all keys of the store", 0, 0, keys},
    {"log", "[LEVEL]", "what servers have to say: error, warning, note, detail", 0, 1, show_log},
    {"leaks", "[WHAT]", "who has more memory than at the mark; mark, forget", 0, 1, shell_leaks},
    {"help", "", "this list", 0, 0, help},
    {"heap", "[plain]", "", 0, 1, shell_heap},
    {NULL, "", "", 0, 0, NULL},
};
