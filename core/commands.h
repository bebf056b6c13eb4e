/* Monitor commands of the machine itself (core/monitor.h says how commands are called). */
#pragma once

#include "core/print.h"

int command_version(void *context, const char *arguments, print_text *print);

/* Resets the machine; does not return. */
int command_reboot(void *context, const char *arguments, print_text *print);

/* Ends with success if no command of the monitor in `context` has failed, and then switches the power off; does not
 * return. */
int command_halt(void *context, const char *arguments, print_text *print);

/* Provokes an exception: "divide", "opcode", "page" or "stack". Returns only when it is none of them. */
int command_crash(void *context, const char *arguments, print_text *print);

/* The threads, and interrupts that came to none of them. */
int command_threads(void *context, const char *arguments, print_text *print);

int command_uptime(void *context, const char *arguments, print_text *print);

/* Who holds which device. */
int command_devices(void *context, const char *arguments, print_text *print);
