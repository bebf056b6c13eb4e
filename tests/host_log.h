/* What servers say to each other, as text (ipc/message_text.h). */
#pragma once

#include <stddef.h>

#include "ipc/message.h"

struct host_thread;

enum { HOST_LOG_BYTES = 1 << 16 };

extern char host_log_text[HOST_LOG_BYTES];

void host_log_clear(void);

/* A line of its own. */
void host_log_line(const char *line);

void host_log(const char *how, const char *who, const char *whom, const struct message *message);

/* The thread of that number, asked at link time; NULL: there is none. */
struct host_thread *host_numbered(uint64_t number);
