#include "core/monitor.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/line.h"

/* A piece of a line. */
struct word {
    const char *text;
    size_t length;
};

static const char *skip_blanks(const char *text)
{
    while (*text == ' ') {
        text++;
    }
    return text;
}

static struct word first_word(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0' && text[length] != ' ') {
        length++;
    }
    return (struct word){text, length};
}

static bool word_is(struct word word, const char *name)
{
    size_t i = 0;
    while (i < word.length && name[i] == word.text[i]) {
        i++;
    }
    return i == word.length && name[i] == '\0';
}

static void help(const struct monitor *monitor)
{
    monitor->print("  %-14s %s\n", "help", "this list");
    for (size_t i = 0; i < monitor->count; i++) {
        const struct command *command = &monitor->commands[i];
        size_t width = 0;
        while (command->name[width] != '\0') {
            width++;
        }
        monitor->print("  %s %-*s %s\n", command->name, width < 13 ? (int)(13 - width) : 0, command->arguments,
                       command->help);
    }
}

static void refuse_arguments(struct monitor *monitor, const struct command *command)
{
    if (command->arguments[0] == '\0') {
        monitor->print("error: \"%s\" takes no arguments\n", command->name);
    } else {
        monitor->print("error: usage: %s %s\n", command->name, command->arguments);
    }
    monitor->failed++;
}

static void run(struct monitor *monitor, const struct command *command, const char *arguments)
{
    if ((command->arguments[0] == '\0') != (arguments[0] == '\0')) {
        refuse_arguments(monitor, command);
    } else if (command->run(command->context, arguments, monitor->print) != 0) {
        monitor->failed++;
    }
}

/* Copies `from` without the blanks at its ends. */
static void trim(char to[LINE_BYTES], const char *from)
{
    size_t length = 0, kept = 0;
    for (from = skip_blanks(from); length < LINE_BYTES - 1 && from[length] != '\0'; length++) {
        to[length] = from[length];
        kept = from[length] == ' ' ? kept : length + 1;
    }
    to[kept] = '\0';
}

void monitor_execute(struct monitor *monitor, const char *line)
{
    char text[LINE_BYTES];
    trim(text, line);
    struct word name = first_word(text);
    if (name.length == 0) {
        return;
    }
    if (word_is(name, "help")) {
        help(monitor);
        return;
    }
    for (size_t i = 0; i < monitor->count; i++) {
        if (word_is(name, monitor->commands[i].name)) {
            run(monitor, &monitor->commands[i], skip_blanks(name.text + name.length));
            return;
        }
    }
    monitor->print("error: unknown command \"%.*s\"; \"help\" lists them\n", (int)name.length, name.text);
    monitor->failed++;
}

void monitor_run(struct monitor *monitor)
{
    struct line line = {.length = 0};
    monitor->print("tessera> ");
    for (int key; (key = monitor->read_key()) >= 0;) {
        enum line_event event = line_put(&line, (char)key, monitor->print);
        if (event == LINE_MORE) {
            continue;
        }
        if (event == LINE_DONE) {
            monitor_execute(monitor, line.text);
        } else {
            monitor->print("error: the line is longer than %d characters\n", LINE_BYTES - 1);
            monitor->failed++;
        }
        line_clear(&line);
        monitor->print("tessera> ");
    }
}
