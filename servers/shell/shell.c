/* The shell: a line, a command, an answer. Commands that it does not know are the kernel's. */
#include "servers/shell/shell.h"

#include "manifest.h"
#include "servers/console/messages.h"
#include "servers/library/kernel.h"
#include "servers/library/print.h"
#include "servers/library/server.h"
#include "servers/shell/complete.h"

enum { WORDS_MAX = 3, PATIENCE = 1000 * 1000 * 1000 /* nanoseconds, until the console may be there again */ };

static_assert((int)SHELL_LINE_BYTES == (int)CONSOLE_LINE_BYTES && (int)SHELL_LINE_BYTES == (int)KERNEL_LINE_BYTES,
              "a line is passed on whole");

void print(const char *text)
{
    (void)console_print(CONSOLE_HANDLE, text);
}

void print_number(unsigned long long number, size_t width)
{
    char text[32];
    size_t at = sizeof text - 1;
    text[at] = '\0';
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (at > 0 && sizeof text - 1 - at < width) {
        text[--at] = ' ';
    }
    print(text + at);
}

bool shell_asks_kernel(const char *line)
{
    union kernel_run it = {.answer.failed = 0};
    union console_flush all;
    __builtin_memset(it.ask.line, 0, sizeof it.ask.line);
    __builtin_memcpy(it.ask.line, line, __builtin_strlen(line));
    (void)console_flush(CONSOLE_HANDLE, &all); /* `halt` is among them */
    return kernel_run(KERNEL_HANDLE, &it) == 0 || shell_fails("the kernel does not answer");
}

/* Completion: the shell's commands first, then the kernel's; `context` is room for a name of the latter. */

static size_t own_count(void)
{
    size_t count = 0;
    while (shell_commands[count].name != NULL && shell_commands[count].help[0] != '\0') {
        count++;
    }
    return count;
}

static const char *command_name(void *context, size_t n)
{
    size_t own = own_count();
    if (n < own) {
        return shell_commands[n].name;
    }
    union kernel_command it = {.ask.number = n - own};
    if (kernel_command(KERNEL_HANDLE, &it) != 0 || it.answer.name[0] == '\0') {
        return NULL;
    }
    __builtin_memcpy(context, it.answer.name, KERNEL_NAME_BYTES);
    return context;
}

static void list_matches(const char *line, size_t length)
{
    char room[KERNEL_NAME_BYTES];
    const char *name;
    for (size_t n = 0; (name = command_name(room, n)) != NULL; n++) {
        if (complete_matches(name, line, length)) {
            print(name);
            print(" ");
        }
    }
    print("\n");
}

/* Only the name of a command can be. */
static void complete_line(char line[SHELL_LINE_BYTES])
{
    char room[KERNEL_NAME_BYTES];
    struct completion completion;
    size_t length = __builtin_strlen(line);
    for (size_t i = 0; i < length; i++) {
        if (line[i] == ' ') {
            return;
        }
    }
    complete(line, length, command_name, room, &completion);
    if (completion.matches > 1 && completion.more[0] == '\0') {
        list_matches(line, length);
    }
    size_t more = __builtin_strlen(completion.more);
    if (length + more < SHELL_LINE_BYTES) {
        __builtin_memcpy(line + length, completion.more, more + 1);
    }
}

/* Running */

static void note_failure(void)
{
    union kernel_failed it;
    (void)kernel_failed(KERNEL_HANDLE, &it);
}

static char *skip_blanks(char *text)
{
    while (*text == ' ') {
        text++;
    }
    return text;
}

/* Ends the word that begins here; where the next one begins. */
static char *cut(char *text)
{
    while (*text != '\0' && *text != ' ') {
        text++;
    }
    if (*text == ' ') {
        *text++ = '\0';
    }
    return skip_blanks(text);
}

static void run_own(const struct shell_command *command, char *arguments)
{
    const char *words[WORDS_MAX] = {NULL};
    unsigned count = 0;
    while (*arguments != '\0') {
        words[count++] = arguments;
        arguments = count < command->most ? cut(arguments) : arguments + __builtin_strlen(arguments);
    }
    if (count < command->least || count > command->most) {
        print("error: usage: ");
        print(command->name);
        print(command->arguments[0] != '\0' ? " " : "");
        print(command->arguments);
        print("\n");
        note_failure();
    } else if (!command->run(words)) {
        note_failure();
    }
}

static bool is_first_word(const char *name, const char *line)
{
    while (*name != '\0' && *name == *line) {
        name++, line++;
    }
    return *name == '\0' && (*line == '\0' || *line == ' ');
}

/* Blanks at the end are nobody's. */
static void trim(char *line)
{
    size_t length = __builtin_strlen(line);
    while (length > 0 && line[length - 1] == ' ') {
        line[--length] = '\0';
    }
}

static void run(char line[SHELL_LINE_BYTES])
{
    trim(line);
    char *command = skip_blanks(line);
    for (size_t i = 0; shell_commands[i].name != NULL; i++) {
        if (is_first_word(shell_commands[i].name, command)) {
            run_own(&shell_commands[i], cut(command));
            return;
        }
    }
    (void)shell_asks_kernel(line);
}

/* Reading */

/* False: there is no console at the moment. */
static bool read(char line[SHELL_LINE_BYTES], enum console_end *end)
{
    union console_read it = {.ask.prompt = "tessera> "};
    __builtin_memcpy(it.ask.text, line, SHELL_LINE_BYTES);
    if (console_read(CONSOLE_HANDLE, &it) != 0) {
        return false;
    }
    *end = (enum console_end)it.answer.end;
    __builtin_memcpy(line, it.answer.text, SHELL_LINE_BYTES);
    return true;
}

/* One line; what it holds goes on after a tab. */
static void take_line(char line[SHELL_LINE_BYTES])
{
    enum console_end end;
    if (!read(line, &end)) {
        thread_sleep(PATIENCE);
    } else if (end == CONSOLE_COMPLETE) {
        complete_line(line);
        return;
    } else if (end == CONSOLE_LINE) {
        run(line);
    } else {
        print("error: the line is longer than 127 characters\n");
        note_failure();
    }
    __builtin_memset(line, 0, SHELL_LINE_BYTES);
}

void server_run(void)
{
    char line[SHELL_LINE_BYTES] = "";
    for (;;) {
        take_line(line);
    }
}
