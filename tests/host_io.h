/* For tests/host_servers.c. */
#pragma once

/* No device is made up yet. */
void host_io_begin(void);
