#include "servers/library/print.h"

#include "servers/console/messages.h"

static int show_piece(handle_t console, const char *text, size_t length)
{
    struct message message = {.carries = 0};
    union console_write *it = MESSAGE_AS(console_write, &message);
    __builtin_memset(it->ask.text, 0, sizeof it->ask.text);
    __builtin_memcpy(it->ask.text, text, length);
    return console_write_in(console, &message);
}

int console_show(handle_t console, const char *text, size_t length)
{
    int status = 0;
    while (status == 0 && length > 0) {
        size_t piece = length < CONSOLE_TEXT_BYTES - 1 ? length : CONSOLE_TEXT_BYTES - 1;
        status = show_piece(console, text, piece);
        text += piece;
        length -= piece;
    }
    return status;
}

int console_print(handle_t console, const char *text)
{
    return console_show(console, text, __builtin_strlen(text));
}
