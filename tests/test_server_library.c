/* servers/library, and the kit of test_server.h itself, by servers that are there. */
#include <stdio.h>
#include <string.h>

#include "ipc/message_text.h"
#include "servers/echo/messages.h"
#include "servers/log/messages.h"
#include "servers/names/messages.h"
#include "tests/test_server.h"

static void an_answer_takes_the_place_of_what_was_asked(void **state)
{
    (void)state;
    union echo_say it = {.ask = {{1, 2, 3}}};
    assert_int_equal(echo_say(to("echo"), &it), 0);
    assert_int_equal(it.answer.word[2], 3);
    assert_int_equal(it.answer.how_often, 1);
    assert_string_equal(host_log_text, "test -> echo 1: 1 2 3\ntest <- echo 0: 1 2 3 1\n");
}

static void a_message_of_another_length_is_refused(void **state)
{
    (void)state;
    struct message message = {.type = echo_say_kind().type};
    for (message.words = 0; message.words <= MESSAGE_WORDS_MAX; message.words++) {
        uint32_t words = message.words;
        assert_int_equal(ipc_call(to("echo"), &message, IPC_FOREVER), 0);
        assert_int_equal((int)message.type, words == 3 ? 0 : -EINVARG);
        message.type = echo_say_kind().type;
        message.words = words;
    }
}

/* What an answer has and the handler did not write is nobody else's. */
static void no_word_of_others_is_in_an_answer(void **state)
{
    (void)state;
    struct message message = {.type = log_write_kind().type, .words = MESSAGE_WORDS_MAX};
    memset(message.word, 0xC7, sizeof message.word);
    assert_int_equal(ipc_call(to("log"), &message, IPC_FOREVER), 0);
    assert_int_equal(log_line(to("log"), LOG_NOTE, "short"), 0);
    union log_read it = {.ask = {0, LOG_DETAIL}};
    assert_int_equal(log_read(to("log"), &it), 0);
    for (size_t i = strlen("short"); i < LOG_TEXT_BYTES; i++) {
        assert_int_equal(it.answer.text[i], 0);
    }
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    (void)state;
    char text[2 * LOG_TEXT_BYTES];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(log_line(to("log"), LOG_ERROR, text), 0);
    union log_read it = {.ask = {0, LOG_ERROR}};
    assert_int_equal(log_read(to("log"), &it), 0);
    assert_int_equal(strlen(it.answer.text), LOG_TEXT_BYTES - 1);
    assert_string_equal(it.answer.who, "test");
}

/*   written  0 1 2 ... 63 64 65      kept  2 ... 65 */
static void the_oldest_lines_go_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOG_LINES + 2; i++) {
        assert_int_equal(log_line(to("log"), i % 2 == 0 ? LOG_ERROR : LOG_DETAIL, "a line"), 0);
    }
    union log_read it = {.ask = {0, LOG_DETAIL}};
    assert_int_equal(log_read(to("log"), &it), 0);
    assert_int_equal(it.answer.number, 2);
    it.ask.from = 3;
    it.ask.level = LOG_ERROR;
    assert_int_equal(log_read(to("log"), &it), 0);
    assert_int_equal(it.answer.number, 4);
}

/* A handle that comes with what is refused does not stay. */
static void a_handle_that_is_not_taken_is_closed(void **state)
{
    (void)state;
    size_t before = holds("names");
    struct message message = {.carries = MESSAGE_HANDLE, .handle = to("echo"), .rights = HANDLE_CALL};
    assert_int_equal(names_publish_in(to("names"), &message), -EINVARG);
    assert_int_equal(holds("names"), before);
}

/* What was derived goes with what it was derived from. */
static void what_is_withdrawn_is_taken_back(void **state)
{
    (void)state;
    struct message message = {.carries = MESSAGE_HANDLE, .handle = to("echo"), .rights = HANDLE_CALL | HANDLE_PASS};
    memcpy(MESSAGE_AS(names_publish, &message)->ask.name, "parrot", sizeof "parrot");
    assert_int_equal(names_publish_in(to("names"), &message), 0);
    struct message found = {.words = 0};
    assert_int_equal(ipc_accept(MESSAGE_HANDLE, 0, 0), 0);
    memcpy(MESSAGE_AS(names_find, &found)->ask.name, "parrot", sizeof "parrot");
    assert_int_equal(names_find_in(to("names"), &found), 0);
    union echo_say say = {.ask = {{0}}};
    assert_int_equal(echo_say(found.handle, &say), 0);
    union names_withdraw it = {.ask = {"parrot"}};
    assert_int_equal(names_withdraw(to("names"), &it), 0);
    assert_int_equal(echo_say(found.handle, &say), -EINVARG);
}

static int client_status;

static void withdraw_as_another(void)
{
    union names_withdraw it = {.ask = {"parrot"}};
    client_status = names_withdraw(to("names"), &it);
}

static void only_who_has_published_withdraws(void **state)
{
    (void)state;
    struct message message = {.carries = MESSAGE_HANDLE, .handle = to("echo"), .rights = HANDLE_CALL | HANDLE_PASS};
    memcpy(MESSAGE_AS(names_publish, &message)->ask.name, "parrot", sizeof "parrot");
    assert_int_equal(names_publish_in(to("names"), &message), 0);
    client(withdraw_as_another);
    thread_sleep(1); /* until it has ended */
    assert_int_equal(client_status, -EPERM);
    union names_withdraw it = {.ask = {"parrot"}};
    assert_int_equal(names_withdraw(to("names"), &it), 0);
}

/* clang-format off */
#define LAZY_MESSAGES(X) X(1, lazy_ask, ASK(uint64_t one;), ANSWER(uint64_t four[4];))
/* clang-format on */
LAZY_MESSAGES(MESSAGE_DECLARE)

static int on_lazy_ask(const struct host_thread *nothing, union lazy_ask *it)
{
    (void)nothing, (void)it;
    return 0;
}

MESSAGE_HANDLER(lazy, const struct host_thread, LAZY_MESSAGES)

/*   asked  |1|         answered  |1|0|0|0|, whatever stood there */
static void words_that_a_handler_does_not_write_are_zero(void **state)
{
    (void)state;
    struct message message;
    memset(&message, 0xA5, sizeof message);
    message.type = message.word[0] = 1;
    message.words = 1;
    assert_int_equal(lazy(NULL, &message), 0);
    assert_int_equal(message.words, 4);
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(message.word[i], 0);
    }
}

/* The kit */

/* Leaks, as a server's own thread does. */
static void one_that_leaks(void **state)
{
    (void)state;
    struct message message = {.carries = MESSAGE_HANDLE, .handle = to("echo"), .rights = HANDLE_CALL | HANDLE_PASS};
    memcpy(MESSAGE_AS(names_publish, &message)->ask.name, "parrot", sizeof "parrot");
    assert_int_equal(names_publish_in(to("names"), &message), 0);
}

static void what_a_server_keeps_is_noticed(void **state)
{
    assert_int_equal(servers_begin(state), 0);
    one_that_leaks(state);
    assert_int_not_equal(servers_end(state), 0);
    assert_int_equal(servers_begin(state), 0);
    one_that_leaks(state);
    may_keep("names");
    assert_int_equal(servers_end(state), 0);
}

static void the_clock_moves_where_everybody_waits(void **state)
{
    (void)state;
    uint64_t before = clock_nanoseconds();
    thread_yield();
    assert_int_equal(clock_nanoseconds(), before);
    thread_sleep(12345);
    assert_int_equal(clock_nanoseconds(), before + 12345);
}

static void every_word_is_written_so_that_it_can_be_read(void **state)
{
    (void)state;
    struct message message = {.words = 9, .type = 1}, read;
    const uint64_t words[9] = {0, 0, 9999, 10000, 0x2700, 0x6867666564636261, 0x6120, UINT64_MAX, UINT64_MAX};
    memcpy(message.word, words, sizeof words);
    host_log_clear();
    host_log("->", "a", "b", &message);
    assert_string_equal(host_log_text, "a -> b 1: 0*2 9999 0x2710 9984 'abcdefgh' ' a' 0xffffffffffffffff*2\n");
    char text[HOST_LOG_BYTES];
    snprintf(text, sizeof text, "%s", strchr(host_log_text, ':') + 1);
    text[strcspn(text, "\n")] = '\0';
    assert_non_null(message_read(text, &read));
    assert_int_equal(read.words, 9);
    assert_memory_equal(read.word, words, sizeof words);
    assert_null(message_read(" 1 x", &read));
    assert_null(message_read(" 'abcdefghi'", &read));
    assert_null(message_read(" 0*65", &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(an_answer_takes_the_place_of_what_was_asked),
        SERVER_TEST(a_message_of_another_length_is_refused),
        SERVER_TEST(no_word_of_others_is_in_an_answer),
        SERVER_TEST(a_line_that_is_too_long_is_cut),
        SERVER_TEST(the_oldest_lines_go_first),
        SERVER_TEST(a_handle_that_is_not_taken_is_closed),
        SERVER_TEST(what_is_withdrawn_is_taken_back),
        SERVER_TEST(only_who_has_published_withdraws),
        cmocka_unit_test(words_that_a_handler_does_not_write_are_zero),
        SERVER_TEST(the_clock_moves_where_everybody_waits),
        SERVER_TEST(every_word_is_written_so_that_it_can_be_read),
        cmocka_unit_test(what_a_server_keeps_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
