/* Says again what it is told, and how often it was told something. */
#include "servers/echo/messages.h"
#include "servers/library/server.h"

struct echo {
    uint64_t how_often;
};

static int on_echo_say(struct echo *echo, union echo_say *it)
{
    it->answer.how_often = ++echo->how_often; /* the words stand in the same place in both */
    return 0;
}

MESSAGE_HANDLER(handle, struct echo, ECHO_MESSAGES)

void server_run(void)
{
    struct echo echo = {0};
    server_loop(&(struct server){.handle = handle, .state = &echo, .patience = IPC_FOREVER});
}
