#include "ipc/kernel_service.h"

#include <stdbool.h>

#include "core/monitor.h"
#include "core/string.h"
#include "ipc/ipc.h"
#include "ipc/supervisor.h"

static struct monitor *monitor;

static bool has(const struct message *message, size_t bytes)
{
    return message->words == bytes / sizeof *message->word;
}

static int run(struct message *message)
{
    const char *line = (const char *)message->word;
    unsigned failed = monitor->failed;
    if (!has(message, KERNEL_LINE_BYTES) || line[KERNEL_LINE_BYTES - 1] != '\0') {
        return -EINVARG;
    }
    monitor_execute(monitor, line);
    message->word[0] = monitor->failed != failed;
    message->words = 1;
    return 0;
}

static int name_command(struct message *message)
{
    if (!has(message, sizeof *message->word)) {
        return -EINVARG;
    }
    uint64_t number = message->word[0];
    memset(message->word, 0, KERNEL_NAME_BYTES);
    if (number < monitor->count) {
        const char *name = monitor->commands[number].name;
        memcpy(message->word, name, strlen(name) < KERNEL_NAME_BYTES ? strlen(name) : KERNEL_NAME_BYTES - 1);
    }
    message->words = KERNEL_NAME_BYTES / sizeof *message->word;
    return 0;
}

static int note_failure(const struct message *message)
{
    if (!has(message, 0)) {
        return -EINVARG;
    }
    monitor->failed++;
    return 0;
}

static int answer(struct message *message)
{
    switch (message->type) {
    case KERNEL_RUN: return run(message);
    case KERNEL_COMMAND: return name_command(message);
    case KERNEL_FAILED: return note_failure(message);
    default: return -EINVARG;
    }
}

static void serve(void *unused)
{
    static struct message message;
    (void)unused;
    (void)ipc_bind(&kernel_endpoint, thread_self());
    for (int status = ipc_receive(&message, IPC_FOREVER); status == 0;
         status = ipc_reply_receive(message.token, &message, IPC_FOREVER)) {
        int result = answer(&message);
        message.words = result == 0 ? message.words : 0;
        message.type = (uint64_t)(int64_t)result;
        message.carries = 0;
    }
}

int kernel_service_begin(signed char priority, struct monitor *commands)
{
    thread_id id;
    monitor = commands;
    return thread_create(&(struct thread_plan){.name = "kernel", .run = serve, .priority = priority}, &id);
}
