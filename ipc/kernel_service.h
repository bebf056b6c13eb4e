/* What the kernel does for servers that have a handle to it: its endpoint is one more that the manifest can name, "kernel". What
 * stands here is for both sides; servers/library/kernel.h has it as messages.
 *
 *   message         words                                      answer
 *   KERNEL_RUN      a command line, ending with '\0'           1 when the command has failed, else 0
 *   KERNEL_COMMAND  a number                                   the name of that command; "": there is none
 *   KERNEL_FAILED   none                                       none: a command of the server's own has failed, which `halt` tells too
 *
 * Commands are those of the monitor; what they print goes to the kernel's console, all of it before the answer. Any other
 * message, and one that is too short or long, is answered with -EINVARG. */
#pragma once

enum kernel_message { KERNEL_RUN = 1, KERNEL_COMMAND, KERNEL_FAILED };

enum { KERNEL_LINE_BYTES = 128, KERNEL_NAME_BYTES = 16 };

struct monitor;

/* Makes the thread that serves, with the commands of the monitor. Once. 0, or thread_create's status. Kernel only. */
int kernel_service_begin(signed char priority, struct monitor *commands);
