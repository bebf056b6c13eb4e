#include "ipc/kernel_service.h"

#include "core/status.h"
#include "core/string.h"

struct ipc_endpoint kernel_endpoint;
static struct monitor *monitor;

/* The text in the message; NULL: it has no end. */
static const char *text_of(const struct message *message)
{
    const char *text = (const char *)message->word;
    size_t bytes = message->words * sizeof *message->word;
    return bytes != 0 && text[bytes - 1] == '\0' ? text : NULL;
}

static int64_t run(const struct message *message)
{
    const char *line = text_of(message);
    unsigned failed = monitor->failed;
    if (line == NULL) {
        return -EINVARG;
    }
    monitor_execute(monitor, line);
    return monitor->failed != failed;
}

static void name_command(struct message *message)
{
    uint64_t number = message->words != 0 ? message->word[0] : UINT64_MAX;
    message->words = 0;
    if (number < monitor->count) {
        const char *name = monitor->commands[number].name;
        memcpy(message->word, name, strlen(name) + 1);
        message->words = strlen(name) / sizeof(uint64_t) + 1;
    }
}

static void answer(struct message *message)
{
    int64_t result = -EINVARG;
    switch (message->type) {
    case KERNEL_RUN: result = run(message); break;
    case KERNEL_COMMAND: name_command(message); return;
    case KERNEL_FAILED:
        monitor->failed++;
        result = 0;
        break;
    default: break;
    }
    message->words = 1;
    message->word[0] = (uint64_t)result;
}

static void serve(void *unused)
{
    static struct message message;
    (void)unused;
    (void)ipc_bind(&kernel_endpoint, thread_self());
    int status = ipc_receive(&message, IPC_FOREVER);
    while (status == 0) {
        answer(&message);
        status = ipc_reply_receive(message.token, &message, IPC_FOREVER);
    }
}

int kernel_service_begin(int8_t priority, struct monitor *commands)
{
    thread_id id;
    monitor = commands;
    return thread_create(&(struct thread_plan){.name = "kernel", .run = serve, .priority = priority}, &id);
}
