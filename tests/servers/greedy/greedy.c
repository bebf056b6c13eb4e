/* Is given the kernel's own image as a device; it never runs. */
#include "servers/library/server.h"

void server_run(void)
{
}
