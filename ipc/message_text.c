#include "ipc/message_text.h"

#include "core/string.h"
#include "ipc/server.h"

enum { WORD_BYTES = sizeof(uint64_t), SMALL = 9999, DECIMAL = 10, HEXADECIMAL = 16 };

/* Bytes of the word up to the first that is 0; they are all printable, and no others are there, where it is text. */
static unsigned text_length(uint64_t word)
{
    unsigned length = 0;
    while (length < WORD_BYTES && (word >> (8 * length) & 0xFF) != 0) {
        length++;
    }
    return length;
}

static bool is_text(uint64_t word)
{
    unsigned length = text_length(word);
    for (unsigned i = 0; i < length; i++) {
        char byte = (char)(word >> (8 * i));
        if (byte < ' ' || byte > '~' || byte == '\'') {
            return false;
        }
    }
    return word > SMALL && (length == WORD_BYTES || word >> (8 * length) == 0);
}

static void print_word(print_text *print, uint64_t word)
{
    if (is_text(word)) {
        print(" '%.*s'", (int)text_length(word), (const char *)&word);
    } else if (word <= SMALL) {
        print(" %llu", (unsigned long long)word);
    } else {
        print(" 0x%llx", (unsigned long long)word);
    }
}

static void print_words(print_text *print, const struct message *message)
{
    for (uint32_t i = 0, next; i < message->words; i = next) {
        for (next = i + 1; next < message->words && message->word[next] == message->word[i];) {
            next++;
        }
        print_word(print, message->word[i]);
        if (next > i + 1) {
            print("*%u", next - i);
        }
    }
}

void message_print(print_text *print, const char *who, const char *how, const char *whom,
                   const struct message *message)
{
    print("%s %s %s %lld:", who, how, whom, (long long)message->type);
    print_words(print, message);
    if ((message->carries & MESSAGE_GIFT) != 0) {
        print(" + gift %llu", (unsigned long long)message->gift_blocks);
    }
    print((message->carries & MESSAGE_HANDLE) != 0 ? " + handle\n" : "\n");
}

/* What the digit is worth; HEXADECIMAL: it is none. */
static unsigned digit(char c)
{
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + DECIMAL
                                  : HEXADECIMAL;
}

const char *message_read_number(const char *text, uint64_t *number)
{
    uint64_t base = DECIMAL;
    if (text[0] == '0' && text[1] == 'x') {
        base = HEXADECIMAL;
        text += 2;
    }
    if (digit(*text) >= base) {
        return NULL;
    }
    for (*number = 0; digit(*text) < base; text++) {
        if (*number > (UINT64_MAX - digit(*text)) / base) {
            return NULL;
        }
        *number = *number * base + digit(*text);
    }
    return text;
}

/* Characters between quotes, at most a word of them. */
static const char *read_text(const char *text, uint64_t *word)
{
    *word = 0;
    for (unsigned i = 0; i <= WORD_BYTES; i++) {
        if (text[i] == '\'') {
            return text + i + 1;
        }
        if (text[i] == '\0' || i == WORD_BYTES) {
            return NULL;
        }
        *word |= (uint64_t)(unsigned char)text[i] << (8 * i);
    }
    return NULL;
}

static const char *read_word(const char *text, uint64_t *word)
{
    return *text == '\'' ? read_text(text + 1, word) : message_read_number(text, word);
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ') {
        text++;
    }
    return text;
}

/* A word, and how often. NULL: it is none, or there is no room for so many. */
static const char *read_words(const char *text, struct message *message)
{
    uint64_t word, count = 1;
    text = read_word(text, &word);
    if (text != NULL && *text == '*') {
        text = message_read_number(text + 1, &count);
    }
    if (text == NULL || count > MESSAGE_WORDS_MAX - message->words) {
        return NULL;
    }
    while (count-- > 0) {
        message->word[message->words++] = word;
    }
    return text;
}

const char *message_read(const char *text, struct message *message)
{
    message->words = 0;
    for (text = skip_blanks(text); text != NULL && *text != '\0' && *text != '+';) {
        text = read_words(text, message);
        text = text != NULL ? skip_blanks(text) : NULL;
    }
    return text;
}

/* NULL: that is no server. */
static const struct server_description *description_of(const char *name)
{
    for (uint16_t i = 0; i < server_count; i++) {
        if (strcmp(server_descriptions[i].name, name) == 0) {
            return &server_descriptions[i];
        }
    }
    return NULL;
}

static bool is_the_kernels(const char *name)
{
    return strcmp(name, "kernel") == 0 || strcmp(name, "figures") == 0;
}

static bool is_typed_and_read(const char *shell, const char *console)
{
    const struct server_description *commands = description_of(shell), *lines = description_of(console);
    return commands != NULL && lines != NULL && server_gives_commands(commands) && server_has_console(lines);
}

bool message_is_heard(const char *who, const char *whom)
{
    return !is_the_kernels(who) && !is_the_kernels(whom) && !is_typed_and_read(who, whom) &&
           !is_typed_and_read(whom, who);
}
