/* Text for the console, from a server that may name it. */
#pragma once

#include <stddef.h>

#include "ipc/message.h"

/* Shows `length` bytes, however many; none of them may be 0. 0, or why not all of it is shown. */
int console_show(handle_t console, const char *text, size_t length);

/* The same of a text that ends with '\0'. */
int console_print(handle_t console, const char *text);
