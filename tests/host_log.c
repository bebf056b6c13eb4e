#include "tests/host_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ipc/message_text.h"
#include "ipc/server.h"

char host_log_text[HOST_LOG_BYTES];

void host_log_clear(void)
{
    host_log_text[0] = '\0';
}

__attribute__((format(printf, 1, 2))) static void append(const char *format, ...)
{
    size_t used = strlen(host_log_text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(host_log_text + used, sizeof host_log_text - used, format, arguments);
    va_end(arguments);
}

void host_log_line(const char *line)
{
    append("%s\n", line);
}

static bool gives_commands(const char *name)
{
    for (uint16_t i = 0; i < server_count; i++) {
        if (strcmp(server_descriptions[i].name, name) == 0) {
            return server_gives_commands(&server_descriptions[i]);
        }
    }
    return false;
}

/* Nobody hears a shell: what it says depends on who types; nor what the kernel is asked about memory: that depends on where. */
static bool is_heard(const char *name)
{
    return !gives_commands(name) && strcmp(name, "figures") != 0;
}

void host_log(const char *how, const char *who, const char *whom, const struct message *message)
{
    if (is_heard(who) && is_heard(whom)) {
        message_print(append, who, how, whom, message);
    }
}
