/* What the kernel does for servers that have a handle to it: its endpoint is one more that the manifest can name, "kernel".
 *
 *   message         words                              answer
 *   KERNEL_RUN      a command line, ending with '\0'   0, or 1 when the command has failed
 *   KERNEL_COMMAND  a number                           the name of that command, ending with '\0'; nothing: there is none
 *   KERNEL_FAILED   none                               0: a command of the server's own has failed, which `halt` tells too
 *
 * Commands are those of the monitor; what they print goes to the kernel's console, all of it before the answer. Any other
 * message is answered with -EINVARG. */
#pragma once

#include "core/monitor.h"
#include "ipc/ipc.h"

enum kernel_message { KERNEL_RUN = 1, KERNEL_COMMAND, KERNEL_FAILED };

/* Where a handle leads that the manifest gives to "kernel". */
#define SERVER_OF_KERNEL UINT16_MAX
extern struct ipc_endpoint kernel_endpoint;

/* Makes the thread that serves, with the commands of the monitor. Once. 0, or thread_create's status. */
int kernel_service_begin(int8_t priority, struct monitor *monitor);
