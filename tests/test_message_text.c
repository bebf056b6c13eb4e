/* ipc/message_text.h: what is printed is read as it was, and what is no message is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ipc/message_text.h"
#include "ipc/server.h"
#include "tests/capture.h"
#include "tests/random.h"

enum { MESSAGES = 20000, WORD_BYTES = sizeof(uint64_t) };

static const struct server_may_call to_the_kernel[] = {{.to = 1}, {.to = SERVER_OF_KERNEL}};
static const struct server_device line[] = {{.kind = DEVICE_PORTS}, {.kind = DEVICE_CONSOLE}};
const struct server_description server_descriptions[] = {
    {.name = "shell", .may_call = to_the_kernel, .may_call_count = 2},
    {.name = "console", .devices = line, .device_count = 2},
    {.name = "store", .may_call = to_the_kernel, .may_call_count = 1},
};
const uint16_t server_count = 3;

static struct message message, again;

/* The line that it makes, from its words on, without the end. */
static const char *words_of(const struct message *said)
{
    capture_clear();
    message_print(capture, "test", "->", "store", said);
    assert_int_equal(captured[captured_length - 1], '\n');
    captured[captured_length - 1] = '\0';
    return strchr(captured, ':') + 1;
}

static void say(uint64_t word)
{
    message = (struct message){.words = 1, .word = {word}};
}

static void assert_printed(uint64_t word, const char *text)
{
    say(word);
    assert_string_equal(words_of(&message), text);
}

/* The bytes of a word, the first one lowest. */
static uint64_t word_with(const char *text)
{
    uint64_t word = 0;
    memcpy(&word, text, strlen(text));
    return word;
}

/* Words */

static void a_small_number_is_decimal_and_a_large_one_hexadecimal(void **state)
{
    (void)state;
    assert_printed(0, " 0");
    assert_printed('a', " 97");
    assert_printed(9999, " 9999");
    assert_printed(10000, " 0x2710");
    assert_printed(UINT64_MAX, " 0xffffffffffffffff");
}

static void printable_bytes_are_text(void **state)
{
    (void)state;
    assert_printed(word_with("ab"), " 'ab'");
    assert_printed(word_with(" ~ ~"), " ' ~ ~'");
    assert_printed(word_with("abcdefgh"), " 'abcdefgh'");
}

/* A quote, a byte behind the end, one that no printer has; and "  ", which is a small number. */
static void what_only_looks_like_text_is_a_number(void **state)
{
    (void)state;
    assert_printed(word_with("a'b"), " 0x622761");
    assert_printed(UINT64_C(0x6200636261), " 0x6200636261");
    assert_printed(word_with("ab\x7f"), " 0x7f6261");
    assert_printed(word_with("ab\x1f"), " 0x1f6261");
    assert_printed(word_with("\xff\xff"), " 0xffff");
    assert_printed(word_with("  "), " 8224");
}

static void equal_words_are_counted(void **state)
{
    (void)state;
    message = (struct message){.words = 7, .word = {1, 1, 1, 2, word_with("red"), word_with("red"), 1}};
    assert_string_equal(words_of(&message), " 1*3 2 'red'*2 1");
    message = (struct message){.words = MESSAGE_WORDS_MAX};
    assert_string_equal(words_of(&message), " 0*64");
}

static void who_says_what_to_whom_and_what_comes_with_it_is_printed(void **state)
{
    (void)state;
    message = (struct message){.type = 2, .words = 1, .word = {5}, .carries = MESSAGE_GIFT, .gift_blocks = 3};
    (void)words_of(&message);
    assert_string_equal(captured, "test -> store 2: 5 + gift 3");
    message = (struct message){.type = (uint64_t)-3, .carries = MESSAGE_HANDLE};
    (void)words_of(&message);
    assert_string_equal(captured, "test -> store -3: + handle");
    message.carries = MESSAGE_CARRIES;
    message.gift_blocks = 1;
    assert_string_equal(words_of(&message), " + gift 1 + handle");
}

/* Printed and read */

/* Of each kind, and what lies at its edge. */
static uint64_t random_word(struct random *random)
{
    uint64_t word = random_next(random);
    switch (random_below(random, 6)) {
    case 0: return random_below(random, 10002);
    case 1: return word >> random_below(random, 64);
    case 2: return word;
    default: break;
    }
    unsigned length = (unsigned)random_below(random, WORD_BYTES + 1);
    word = 0;
    for (unsigned i = 0; i < length; i++) {
        word |= (' ' + random_below(random, '~' - ' ' + 1)) << (8 * i);
    }
    bool spoiled = random_below(random, 4) == 0;
    return spoiled ? word ^ random_below(random, 256) << (8 * random_below(random, WORD_BYTES)) : word;
}

static void make_random(struct random *random)
{
    message = (struct message){.type = random_next(random), .words = (uint32_t)random_below(random, 65)};
    for (uint32_t i = 0; i < message.words; i++) {
        message.word[i] = i > 0 && random_below(random, 3) == 0 ? message.word[i - 1] : random_word(random);
    }
}

/* As deep in what is there already as it can be. */
static void assert_reads_back(const char *text, const char *rest)
{
    memset(&again, 0xA5, sizeof again);
    const char *end = message_read(text, &again);
    assert_non_null(end);
    assert_string_equal(end, rest);
    assert_int_equal(again.words, message.words);
    assert_memory_equal(again.word, message.word, message.words * sizeof message.word[0]);
}

static void what_is_printed_is_read_as_it_was(void **state)
{
    (void)state;
    struct random random = random_seeded("message_text");
    for (size_t i = 0; i < MESSAGES; i++) {
        make_random(&random);
        assert_reads_back(words_of(&message), "");
        message.carries = MESSAGE_GIFT;
        message.gift_blocks = random_next(&random);
        const char *text = words_of(&message);
        assert_reads_back(text, strrchr(text, '+'));
    }
}

/* Reading */

static void reads(const char *text, uint32_t words, uint64_t last)
{
    assert_non_null(message_read(text, &again));
    assert_int_equal(again.words, words);
    assert_int_equal(again.word[words - 1], last);
}

static void more_than_is_printed_can_be_read(void **state)
{
    (void)state;
    reads("  1  2 ", 2, 2);
    reads("0x10", 1, 16);
    reads("'a'", 1, 'a');
    reads("''", 1, 0);
    reads("10000", 1, 10000);
    reads("'abcdefgh'*64", MESSAGE_WORDS_MAX, word_with("abcdefgh"));
    reads("1*0x3f 2", MESSAGE_WORDS_MAX, 2);
    assert_string_equal(message_read("", &again), "");
    assert_int_equal(again.words, 0);
}

static void words_end_where_what_is_carried_begins(void **state)
{
    (void)state;
    assert_string_equal(message_read(" 1 2 + gift 5", &again), "+ gift 5");
    assert_int_equal(again.words, 2);
    assert_string_equal(message_read("+ handle", &again), "+ handle");
    assert_int_equal(again.words, 0);
}

static void text_has_an_end_within_a_word(void **state)
{
    (void)state;
    static const char *const none[] = {"'", "'abc", "'abcdefgh", "'abcdefghi'", "'abcdefghi", "1 'abc"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_null(message_read(none[i], &again));
    }
}

static void a_count_is_a_number_for_which_there_is_room(void **state)
{
    (void)state;
    static const char *const none[] = {"1*",   "1*x",     "1**2", "1*'a'",    "*2",
                                       "1 *2", "1*-1",    "1*65", "1*64 1",   "1*40 2*25",
                                       "1*0x", "1*2*300", "1*4g", "1 2 3*63", "1*0xffffffffffffffff"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_null(message_read(none[i], &again));
    }
}

/* None is written, whatever was asked for. */
static void what_no_message_has_room_for_is_refused(void **state)
{
    (void)state;
    char text[4 * (MESSAGE_WORDS_MAX + 1)] = "";
    for (size_t i = 0; i < MESSAGE_WORDS_MAX; i++) {
        memcpy(text + 2 * i, i % 2 == 0 ? "1 " : "2 ", 3);
    }
    reads(text, MESSAGE_WORDS_MAX, 2);
    memcpy(text + 2 * (size_t)MESSAGE_WORDS_MAX, "1", 2);
    assert_null(message_read(text, &again));
    assert_int_equal(again.words, MESSAGE_WORDS_MAX);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"red", "-1", "1,2", "1 2 x", "0x", "0xG", "12ab", "\t1", "\"a\"", "1\n"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_null(message_read(none[i], &again));
    }
    assert_null(message_read("18446744073709551616", &again));
    assert_null(message_read("1 0x10000000000000000", &again));
}

/* Numbers */

static void number_is(const char *text, uint64_t expected, const char *rest)
{
    uint64_t number = ~expected;
    const char *end = message_read_number(text, &number);
    assert_non_null(end);
    assert_int_equal(number, expected);
    assert_string_equal(end, rest);
}

static void a_number_ends_where_its_digits_do(void **state)
{
    (void)state;
    number_is("0", 0, "");
    number_is("007 8", 7, " 8");
    number_is("12ab", 12, "ab");
    number_is("0xab:", 0xAB, ":");
    number_is("0x0g", 0, "g");
    number_is("00x1", 0, "x1");
    number_is("9999999", 9999999, "");
}

static void numbers_have_64_bits(void **state)
{
    (void)state;
    uint64_t number;
    number_is("18446744073709551615", UINT64_MAX, "");
    number_is("000018446744073709551615", UINT64_MAX, "");
    number_is("0xffffffffffffffff", UINT64_MAX, "");
    assert_null(message_read_number("18446744073709551616", &number));
    assert_null(message_read_number("18446744073709551620", &number));
    assert_null(message_read_number("184467440737095516150", &number));
    assert_null(message_read_number("0x10000000000000000", &number));
}

static void what_does_not_begin_with_a_digit_is_no_number(void **state)
{
    (void)state;
    static const char *const none[] = {"", " 1", "-1", "+1", "x1", "a", "0x", "0x 1", "0xABC", "'1'", "0x-1"};
    uint64_t number;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_null(message_read_number(none[i], &number));
    }
}

static void what_is_typed_and_what_the_kernel_says_is_not_heard(void **state)
{
    (void)state;
    assert_true(message_is_heard("shell", "store"));
    assert_true(message_is_heard("store", "shell"));
    assert_true(message_is_heard("store", "console"));
    assert_true(message_is_heard("test", "console"));
    assert_true(message_is_heard("test", "nobody"));
    assert_false(message_is_heard("shell", "console"));
    assert_false(message_is_heard("console", "shell"));
    assert_false(message_is_heard("kernel", "shell"));
    assert_false(message_is_heard("shell", "kernel"));
    assert_false(message_is_heard("store", "figures"));
    assert_false(message_is_heard("figures", "store"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_number_is_decimal_and_a_large_one_hexadecimal),
        cmocka_unit_test(printable_bytes_are_text),
        cmocka_unit_test(what_only_looks_like_text_is_a_number),
        cmocka_unit_test(equal_words_are_counted),
        cmocka_unit_test(who_says_what_to_whom_and_what_comes_with_it_is_printed),
        cmocka_unit_test(what_is_printed_is_read_as_it_was),
        cmocka_unit_test(more_than_is_printed_can_be_read),
        cmocka_unit_test(words_end_where_what_is_carried_begins),
        cmocka_unit_test(text_has_an_end_within_a_word),
        cmocka_unit_test(a_count_is_a_number_for_which_there_is_room),
        cmocka_unit_test(what_no_message_has_room_for_is_refused),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(numbers_have_64_bits),
        cmocka_unit_test(a_number_ends_where_its_digits_do),
        cmocka_unit_test(what_does_not_begin_with_a_digit_is_no_number),
        cmocka_unit_test(what_is_typed_and_what_the_kernel_says_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
