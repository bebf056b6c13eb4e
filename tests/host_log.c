#include "tests/host_log.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES = sizeof(uint64_t), SMALL = 9999 };

char host_log_text[HOST_LOG_BYTES];

void host_log_clear(void)
{
    host_log_text[0] = '\0';
}

static void append(const char *text)
{
    size_t used = strlen(host_log_text), bytes = strlen(text);
    if (used + bytes < sizeof host_log_text) {
        memcpy(host_log_text + used, text, bytes + 1);
    }
}

void host_log_line(const char *line)
{
    append(line);
    append("\n");
}

static bool is_text(uint64_t word)
{
    char bytes[WORD_BYTES];
    memcpy(bytes, &word, sizeof bytes);
    size_t length = strnlen(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bool good = i < length ? isprint((unsigned char)bytes[i]) && bytes[i] != '\'' : bytes[i] == '\0';
        if (!good) {
            return false;
        }
    }
    return word > SMALL;
}

static void append_word(uint64_t word)
{
    char text[32];
    if (is_text(word)) {
        snprintf(text, sizeof text, " '%.8s'", (const char *)&word);
    } else {
        snprintf(text, sizeof text, word <= SMALL ? " %" PRIu64 : " %#" PRIx64, word);
    }
    append(text);
}

static void append_words(const struct message *message)
{
    for (uint32_t i = 0, next; i < message->words; i = next) {
        for (next = i + 1; next < message->words && message->word[next] == message->word[i];) {
            next++;
        }
        append_word(message->word[i]);
        if (next > i + 1) {
            char count[16];
            snprintf(count, sizeof count, "*%u", next - i);
            append(count);
        }
    }
}

void host_log(const char *how, const char *who, const char *whom, const struct message *message)
{
    char line[128];
    snprintf(line, sizeof line, "%s %s %s %" PRId64 ":", who, how, whom, (int64_t)message->type);
    append(line);
    append_words(message);
    if ((message->carries & MESSAGE_GIFT) != 0) {
        snprintf(line, sizeof line, " + gift %" PRIu64, message->gift_blocks);
        append(line);
    }
    append((message->carries & MESSAGE_HANDLE) != 0 ? " + handle\n" : "\n");
}

/* Reads one word; NULL: it is none. */
static const char *read_word(const char *text, uint64_t *word)
{
    char *end;
    *word = 0;
    if (*text != '\'') {
        *word = strtoull(text, &end, 0);
        return end != text ? end : NULL;
    }
    const char *closes = strchr(text + 1, '\'');
    if (closes == NULL || closes - text - 1 > WORD_BYTES) {
        return NULL;
    }
    memcpy(word, text + 1, (size_t)(closes - text - 1));
    return closes + 1;
}

const char *host_log_words(const char *text, struct message *message)
{
    message->words = 0;
    for (text += strspn(text, " "); *text != '\0' && *text != '+'; text += strspn(text, " ")) {
        uint64_t word, count = 1;
        text = read_word(text, &word);
        if (text != NULL && *text == '*') {
            text = read_word(text + 1, &count);
        }
        if (text == NULL || count > MESSAGE_WORDS_MAX - message->words) {
            return NULL;
        }
        while (count-- > 0) {
            message->word[message->words++] = word;
        }
    }
    return text;
}
