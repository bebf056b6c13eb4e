/* The console: lines for whoever reads, text of whoever writes, and what the kernel prints. */
#include "servers/console/devices.h"
#include "servers/console/messages.h"
#include "servers/console/terminal.h"
#include "servers/library/server.h"

enum { EVENT_KEYS = 1, EVENT_TEXT = 2 };

struct console {
    struct terminal terminal;
    uint64_t reader; /* the token of who waits for a line; 0: nobody does */
    uint64_t badge;  /* and who that is                                   */
};

static_assert((int)EDIT_BYTES == (int)CONSOLE_LINE_BYTES, "a line is answered whole");

static bool ends(const char *text, size_t bytes)
{
    return text[bytes - 1] == '\0';
}

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

/* If the line that is read has ended, whoever waits for it is told; it may have ended itself. */
static void tell_reader(struct console *console)
{
    struct message message = {.words = console_read_kind().answered};
    union console_read *it = MESSAGE_AS(console_read, &message);
    enum console_end end;
    if (console->reader == 0 || !terminal_next(&console->terminal, &end)) {
        return;
    }
    it->answer.end = end;
    __builtin_memcpy(it->answer.text, console->terminal.edit.text, EDIT_BYTES);
    (void)server_answer(console->reader, &message, 0);
    console->reader = 0;
}

static int on_console_write(struct console *console, union console_write *it)
{
    if (!ends(it->ask.text, sizeof it->ask.text)) {
        return -EINVARG;
    }
    terminal_write(&console->terminal, it->ask.text, length_of(it->ask.text));
    return 0;
}

/* Who has asked before, by the same name: it may have ended, and another one runs in its place. */
static void turn_away_reader(struct console *console)
{
    struct message nothing = {.words = 0};
    if (console->reader != 0) {
        (void)server_answer(console->reader, &nothing, -EPERM);
    }
}

static int on_console_read(struct console *console, union console_read *it)
{
    if (!ends(it->ask.text, sizeof it->ask.text) || !ends(it->ask.prompt, sizeof it->ask.prompt) ||
        message_of(it)->token == 0) { /* nobody waits for what is read */
        return -EINVARG;
    }
    if (console->reader != 0 && console->badge != message_of(it)->badge) {
        return -EPERM;
    }
    turn_away_reader(console);
    console->reader = message_of(it)->token;
    console->badge = message_of(it)->badge;
    terminal_read(&console->terminal, it->ask.text, it->ask.prompt);
    return SERVER_KEEPS;
}

static int on_console_flush(struct console *console, union console_flush *it)
{
    (void)it;
    while (!terminal_flushed(&console->terminal)) {
        devices_pause();
    }
    return 0;
}

MESSAGE_HANDLER(take, struct console, CONSOLE_MESSAGES)

static void take_kernel_text(struct console *console)
{
    struct message text;
    for (int bytes; (bytes = devices_kernel_text(&text)) > 0;) {
        terminal_write(&console->terminal, (const char *)text.word, (size_t)bytes);
    }
}

/* All that the devices have, as far as there is room, or somebody who reads it. */
static void take_keys(struct console *console)
{
    bool more = true;
    while (more) {
        terminal_take(&console->terminal);
        more = console->reader != 0 && ring_count(&console->terminal.typed) != 0;
        tell_reader(console);
    }
}

/* Whatever it was woken for, what the devices have is taken. */
static int handle(void *state, struct message *message)
{
    struct console *console = state;
    int status = message->type != SERVER_EVENTS ? take(console, message) : 0;
    take_kernel_text(console);
    take_keys(console);
    devices_done();
    return status;
}

void server_run(void)
{
    struct console *console = kzalloc(sizeof *console);
    if (console == NULL) {
        return;
    }
    terminal_begin(&console->terminal);
    devices_listen(EVENT_KEYS, EVENT_TEXT);
    server_loop(&(struct server){
        .handle = handle, .state = console, .patience = IPC_FOREVER, .listens = EVENT_KEYS | EVENT_TEXT});
}
