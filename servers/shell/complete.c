#include "servers/shell/complete.h"

bool complete_matches(const char *name, const char *word, size_t length)
{
    size_t i = 0;
    while (i < length && name[i] == word[i] && name[i] != '\0') {
        i++;
    }
    return i == length;
}

/* `more` becomes what it has in common with `rest`. */
static void narrow(char *more, const char *rest)
{
    size_t i = 0;
    while (more[i] != '\0' && more[i] == rest[i]) {
        i++;
    }
    more[i] = '\0';
}

static void begin(struct completion *result, const char *rest)
{
    size_t i = 0;
    for (; i < sizeof result->more - 2 && rest[i] != '\0'; i++) {
        result->more[i] = rest[i];
    }
    result->more[i] = '\0';
}

void complete(const char *word, size_t length, complete_name *name, void *context, struct completion *result)
{
    const char *candidate;
    *result = (struct completion){.matches = 0};
    for (size_t n = 0; (candidate = name(context, n)) != NULL; n++) {
        if (!complete_matches(candidate, word, length)) {
            continue;
        }
        if (result->matches++ == 0) {
            begin(result, candidate + length);
        } else {
            narrow(result->more, candidate + length);
        }
    }
    if (result->matches == 1) {
        size_t end = 0;
        while (result->more[end] != '\0') {
            end++;
        }
        result->more[end] = ' ';
        result->more[end + 1] = '\0';
    }
}
