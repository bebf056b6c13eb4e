/* Plays what tests/server_talk.c plays on the host. */
#include "ipc/drill_talk.h"

#include <stdbool.h>

#include "core/string.h"
#include "ipc/delivery.h"
#include "ipc/message_text.h"
#include "ipc/supervisor.h"
#include "mm/charge.h"
#include "mm/kheap.h"
#include "mm/window.h"

enum {
    NAME_BYTES_MAX = 32,
    HEARD_MAX = 16, /* messages that one line can lead to */
    MORE_HANDLES = 16,
    PRIORITY = 10, /* as the monitor's, which waits: below all servers */
    BADGE = 0xFFFF,
    EVENT_LINE = 1,
    EVENT_SAID = 2,
};

struct heard {
    const char *how;
    char who[THREAD_NAME_BYTES], whom[THREAD_NAME_BYTES];
    struct message message;
};

static struct {
    thread_id player, monitor;
    struct handle_table *handles;
    const char *line;
    print_text *print;
    bool understood;
    struct heard *heard;
    size_t count;
} talk;

static void hear(const struct correspondent *who, const char *how, const struct correspondent *whom,
                 const struct message *message)
{
    if (!message_is_heard(((const struct thread *)who)->name, ((const struct thread *)whom)->name)) {
        return;
    }
    if (talk.count < HEARD_MAX) {
        struct heard *heard = &talk.heard[talk.count];
        heard->how = how;
        memcpy(heard->who, ((const struct thread *)who)->name, THREAD_NAME_BYTES);
        memcpy(heard->whom, ((const struct thread *)whom)->name, THREAD_NAME_BYTES);
        heard->message = *message;
    }
    talk.count++;
}

static void print_heard(void)
{
    for (size_t i = 0; i < talk.count && i < HEARD_MAX; i++) {
        const struct heard *heard = &talk.heard[i];
        message_print(talk.print, heard->who, heard->how, heard->whom, &heard->message);
    }
    if (talk.count > HEARD_MAX) {
        talk.print("error: %zu messages more\n", talk.count - HEARD_MAX);
    }
    talk.count = 0;
}

/* Words of the line */

static const char *skip(const char *text, const char *prefix)
{
    while (*prefix != '\0' && *prefix == *text) {
        prefix++, text++;
    }
    return *prefix == '\0' ? text : NULL;
}

/* The word that ends with a blank or the line; where it stopped, or NULL: it is too long, or none. */
static const char *read_name(const char *text, char name[NAME_BYTES_MAX])
{
    size_t length = 0;
    for (; text[length] != ' ' && text[length] != '\0'; length++) {
        if (length == NAME_BYTES_MAX - 1) {
            return NULL;
        }
        name[length] = text[length];
    }
    name[length] = '\0';
    return length != 0 ? text + length : NULL;
}

/* 0: there is no such server. */
static handle_t handle_to(const char *name)
{
    struct server_totals server;
    for (size_t row = 0; server_totals(row, &server); row++) {
        if (strcmp(server.what->name, name) == 0) {
            return UINT64_C(1) << HANDLE_SLOT_BITS | row;
        }
    }
    return 0;
}

/* Saying it */

/* False: that is no cargo, or there is no memory for it. */
static bool carry_what_is_written(const char *text, struct message *message)
{
    const char *blocks = skip(text, "+ gift ");
    if (*text == '\0') {
        return true;
    }
    if (blocks != NULL) {
        message->carries = MESSAGE_GIFT;
        if (message_read_number(blocks, &message->gift_blocks) == NULL || message->gift_blocks > WINDOW_BLOCKS_MAX) {
            return false;
        }
        message->gift = kzalloc(message->gift_blocks * HEAP_BLOCK_SIZE);
        return message->gift != NULL;
    }
    message->carries = MESSAGE_HANDLE;
    message->handle = handle_to("echo");
    message->rights = HANDLE_CALL | HANDLE_PASS;
    return strcmp(text, "+ handle") == 0;
}

static void let_go(const struct message *message, void *given, int status, bool call)
{
    if (status != 0 && kmalloc_usable_size(given) != 0) {
        kfree(given); /* it was not taken */
    }
    if (status == 0 && call && (message->carries & MESSAGE_GIFT) != 0) {
        kfree(message->gift);
    }
    if (status == 0 && call && (message->carries & MESSAGE_HANDLE) != 0) {
        (void)ipc_close(message->handle);
    }
}

/* `text` stands behind the arrow: "store 1: 'color' 0*2". */
static bool say(const char *text, bool call)
{
    static struct message message;
    char name[NAME_BYTES_MAX];
    memset(&message, 0, sizeof message);
    text = read_name(text, name);
    text = text != NULL && *text == ' ' ? message_read_number(text + 1, &message.type) : NULL;
    text = text != NULL && *text == ':' ? message_read(text + 1, &message) : NULL;
    handle_t to = handle_to(name);
    if (text == NULL || to == 0 || !carry_what_is_written(text, &message)) {
        return false;
    }
    void *given = message.gift;
    size_t before = talk.count;
    (void)ipc_accept(MESSAGE_CARRIES, WINDOW_BLOCKS_MAX, 0);
    int status = call ? ipc_call(to, &message, IPC_FOREVER) : ipc_send(to, &message, IPC_FOREVER);
    bool arrived = talk.count != before;
    let_go(&message, given, status, call);
    print_heard();
    if (status != 0) {
        if (!arrived) {
            talk.print("%s\n", talk.line);
        }
        talk.print("test !! %s %d\n", name, status);
    }
    return true;
}

static bool play(const char *line)
{
    const char *text;
    uint64_t nanoseconds;
    if (skip(line, "test types ") != NULL) {
        talk.print("%s\n", line);
        print_heard(); /* since the line before: it has been typed */
        return true;
    }
    talk.count = 0;
    if ((text = skip(line, "test -> ")) != NULL) {
        return say(text, true);
    }
    if ((text = skip(line, "test => ")) != NULL) {
        return say(text, false);
    }
    if ((text = skip(line, "test sleeps ")) != NULL) {
        bool good = message_read_number(text, &nanoseconds) != NULL;
        thread_sleep(good ? nanoseconds : 0);
        talk.print("%s\n", line);
        print_heard();
        return good;
    }
    bool ends = (text = skip(line, "test ends ")) != NULL;
    if (!ends && (text = skip(line, "test starts ")) == NULL) {
        return false;
    }
    talk.print("%s\n", line);
    return (ends ? server_kill(text) : server_start(text)) == NULL;
}

/* The player: not the monitor, which may take the usual way. */
static void play_lines(void *unused)
{
    (void)unused;
    for (;;) {
        thread_wait(EVENT_LINE, THREAD_FOREVER);
        talk.understood = play(talk.line);
        thread_notify(talk.monitor, EVENT_SAID);
    }
}

/* Not the console, nor who gives commands: the conversation comes from there. */
static bool takes_part(const struct server_description *what)
{
    return what->device_count == 0 && !server_gives_commands(what);
}

static const char *restart_all(void)
{
    struct server_totals server;
    const char *wrong = NULL;
    for (size_t row = 0; server_totals(row, &server); row++) {
        if (server.runs && takes_part(server.what)) {
            (void)server_kill(server.what->name);
        }
    }
    for (size_t row = 0; wrong == NULL && server_totals(row, &server); row++) {
        wrong = takes_part(server.what) ? server_start(server.what->name) : NULL;
    }
    return wrong;
}

static void give_handles(void)
{
    handle_table_init(talk.handles, server_count + MORE_HANDLES);
    for (size_t row = 0; row < server_count; row++) {
        struct ipc_endpoint *endpoint = server_endpoint(row);
        uint64_t lock = kernel_lock();
        (void)handle_give(talk.handles, endpoint, &endpoint->handles,
                          &(struct handle){.badge = BADGE, .rights = HANDLE_RIGHTS});
        kernel_unlock(lock);
    }
}

/* What it takes is kept for the next conversation. */
static const char *begin(void)
{
    if (talk.player != 0) {
        (void)thread_kill(talk.player);
        ipc_close_all(talk.handles);
    } else {
        talk.heard = kmalloc_kernel(HEARD_MAX * sizeof *talk.heard);
        talk.handles = kmalloc_kernel(handle_table_bytes(server_count + MORE_HANDLES));
    }
    if (talk.heard == NULL || talk.handles == NULL) {
        return "there is no memory for a conversation";
    }
    delivery_told = hear;
    give_handles();
    const struct thread_plan plan = {.name = "test", .run = play_lines, .priority = PRIORITY};
    if (thread_create(&plan, &talk.player) != 0) {
        return "there is no memory for a thread";
    }
    (void)ipc_use_handles(talk.player, talk.handles);
    return restart_all();
}

static const char *next(const char *line)
{
    if (*line == '\0') {
        return begin();
    }
    if (talk.player == 0) {
        return "`drill talk` begins a conversation";
    }
    talk.line = line;
    thread_notify(talk.player, EVENT_LINE);
    thread_wait(EVENT_SAID, THREAD_FOREVER);
    return talk.understood ? NULL : "the line is none of a conversation, or could not be said";
}

int drill_talk(const char *line, print_text *print)
{
    talk.print = print;
    talk.monitor = thread_self();
    const char *wrong = next(line);
    if (wrong != NULL) {
        print("error: %s\n", wrong);
    }
    return wrong == NULL ? 0 : -EINVARG;
}
