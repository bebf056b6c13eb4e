#include "servers/log/messages.h"

int log_line(handle_t log, enum log_level level, const char *text)
{
    struct message message = {.type = log_write_kind().type, .words = log_write_kind().asked};
    union log_write *it = MESSAGE_AS(log_write, &message);
    it->ask.level = level;
    for (size_t i = 0; i < LOG_TEXT_BYTES - 1 && text[i] != '\0'; i++) {
        it->ask.text[i] = text[i];
    }
    return ipc_send(log, &message, IPC_FOREVER);
}
