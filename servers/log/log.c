/* Keeps the last lines that servers have written, and who has written them. */
#include "servers/log/messages.h"

#include "manifest.h"
#include "servers/library/server.h"

struct line {
    uint64_t level, badge;
    char text[LOG_TEXT_BYTES];
};

struct log {
    struct line *lines; /* a ring: number n stands at n % LOG_LINES */
    uint64_t next;      /* number of the next line                  */
};

static int on_log_write(struct log *log, union log_write *it)
{
    if (it->ask.level > LOG_DETAIL || it->ask.text[LOG_TEXT_BYTES - 1] != '\0') {
        return -EINVARG;
    }
    struct line *line = &log->lines[log->next++ % LOG_LINES];
    line->level = it->ask.level;
    line->badge = message_of(it)->badge;
    __builtin_memcpy(line->text, it->ask.text, LOG_TEXT_BYTES);
    return 0;
}

static void tell(const struct line *line, struct log_read_answer *answer)
{
    const char *name = caller_name(line->badge);
    answer->level = line->level;
    for (size_t i = 0; i < LOG_NAME_BYTES; i++) {
        answer->who[i] = *name;
        name += *name != '\0';
    }
    __builtin_memcpy(answer->text, line->text, LOG_TEXT_BYTES);
}

static int on_log_read(struct log *log, union log_read *it)
{
    uint64_t oldest = log->next > LOG_LINES ? log->next - LOG_LINES : 0;
    uint64_t number = it->ask.from > oldest ? it->ask.from : oldest;
    while (number < log->next && log->lines[number % LOG_LINES].level > it->ask.level) {
        number++;
    }
    if (number >= log->next) {
        return -EINVARG;
    }
    tell(&log->lines[number % LOG_LINES], &it->answer);
    it->answer.number = number;
    return 0;
}

MESSAGE_HANDLER(handle, struct log, LOG_MESSAGES)

/* Without room for the lines it ends; who writes is told -EDEAD. */
void server_run(void)
{
    struct log log = {kzalloc(LOG_LINES * sizeof(struct line)), 0};
    if (log.lines != NULL) {
        server_loop(&(struct server){.handle = handle, .state = &log, .patience = IPC_FOREVER});
    }
}
