#include "tests/host_log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ipc/message_text.h"

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

void host_log(const char *how, const char *who, const char *whom, const struct message *message)
{
    if (message_is_heard(who, whom)) {
        message_print(append, who, how, whom, message);
    }
}
