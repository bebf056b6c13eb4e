/* Where a server in ring 3 begins, for servers/start.asm. */
#include <stdint.h>

#include "servers/library/server.h"

uint64_t server_main(void);

uint64_t server_main(void)
{
    server_run();
    thread_exit();
}
