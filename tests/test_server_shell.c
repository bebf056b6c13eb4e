/* servers/shell over a made-up serial line: what is typed, and what is shown. There is no kernel: whoever asks it is told that it has
 * ended. */
#include <stdio.h>

#include "servers/log/messages.h"
#include "servers/store/messages.h"
#include "tests/console_fixture.h"

enum { LONG_VALUE = 5000, LINE_BYTES_MAX = 128 };

static int begin(void **state)
{
    begin_without_console(state);
    make_up_line();
    starts("console");
    starts("shell");
    assert_sent("tessera> ");
    may_keep("store");
    return 0;
}

#define SHELL_TEST(function) cmocka_unit_test_setup_teardown(function, begin, servers_end)

/* Types a line, Enter after it: what is shown between that and the next prompt, lines ending with '\n', is `shown`. */
static void says(const char *line, const char *shown)
{
    static const char prompt[] = "tessera> ";
    static char all[MOCK_SENT_MAX];
    type(line);
    chip.sent_length = 0;
    type("\r");
    size_t at = (size_t)sprintf(all, "\r\n");
    for (; *shown != '\0'; shown++) {
        at += (size_t)sprintf(all + at, *shown == '\n' ? "\r\n" : "%c", *shown);
    }
    snprintf(all + at, sizeof all - at, "%s", prompt);
    assert_sent(all);
}

static void put_short(const char *key, const char *value)
{
    union store_put it = {.ask.bytes = strlen(value)};
    snprintf(it.ask.key, sizeof it.ask.key, "%s", key);
    memcpy(it.ask.value, value, strlen(value));
    assert_int_equal(store_put(to("store"), &it), 0);
}

/* Lines */

static void an_empty_line_does_nothing(void **state)
{
    (void)state;
    says("", "error: the kernel does not answer\n");
    says("   ", "error: the kernel does not answer\n");
}

static void what_the_shell_does_not_know_is_the_kernels(void **state)
{
    (void)state;
    says("map", "error: the kernel does not answer\n");
    says("puts a b", "error: the kernel does not answer\n");
    says("pu", "error: the kernel does not answer\n");
}

static void a_line_that_is_too_long_is_not_run(void **state)
{
    (void)state;
    char line[LINE_BYTES_MAX + 1] = "put a ";
    memset(line + 6, 'x', LINE_BYTES_MAX - 6);
    says(line, "error: the line is longer than 127 characters\n");
    says("get a", "error: there is no such key; \"keys\" lists them\n");
    line[LINE_BYTES_MAX - 1] = '\0';
    says(line, "");
    line[LINE_BYTES_MAX - 1] = '\n';
    line[LINE_BYTES_MAX] = '\0';
    says("get a", line + 6);
}

static void blanks_around_words_do_not_count(void **state)
{
    (void)state;
    says("  put   color   dark red  ", "");
    says("get color ", "dark red\n");
    says("log note  ", "");
    says("del  color  ", "");
    says("keys ", "");
}

static void help_lists_the_shells_commands(void **state)
{
    (void)state;
    says("help", "  put KEY VALUE  keep a value in the store\n"
                 "  get KEY        what the store keeps\n"
                 "  del KEY        keep it no longer\n"
                 "  keys           all keys of the store\n"
                 "  log [LEVEL]    what servers have to say: error, warning, note, detail\n"
                 "  leaks [WHAT]   who has more memory than at the mark; mark, forget\n"
                 "error: the kernel does not answer\n");
}

/* The store */

static void what_is_put_is_got_until_it_is_deleted(void **state)
{
    (void)state;
    says("put color red", "");
    says("get color", "red\n");
    says("  put   color   dark red 1", "");
    says("get color", "dark red 1\n");
    says("del color", "");
    says("get color", "error: there is no such key; \"keys\" lists them\n");
    says("del color", "error: there is no such key; \"keys\" lists them\n");
}

static void keys_are_listed_in_order(void **state)
{
    (void)state;
    says("keys", "");
    says("put b 1", "");
    says("put a 2", "");
    says("keys", "  a\n  b\n");
}

/* More than the store tells at once. */
static void all_keys_are_listed(void **state)
{
    (void)state;
    char shown[(STORE_KEYS_AT_ONCE + 1) * STORE_KEY_BYTES] = "", key[STORE_KEY_BYTES];
    for (unsigned i = 0; i <= STORE_KEYS_AT_ONCE; i++) {
        sprintf(key, "key %02u", i);
        put_short(key, "x");
        sprintf(shown + strlen(shown), "  %s\n", key);
    }
    says("keys", shown);
}

/* It comes as a gift, and is shown in pieces; the shell keeps nothing of it. */
static void a_long_value_is_shown_whole(void **state)
{
    (void)state;
    static char shown[LONG_VALUE + 2];
    struct message message = {.carries = MESSAGE_GIFT, .gift_blocks = 2};
    union store_put_long *it = MESSAGE_AS(store_put_long, &message);
    message.gift = kmalloc_aligned(2 * HEAP_BLOCK_SIZE, HEAP_BLOCK_SIZE);
    strcpy(it->ask.key, "long");
    it->ask.bytes = LONG_VALUE;
    for (size_t i = 0; i < LONG_VALUE; i++) {
        shown[i] = (char)('0' + i % 71);
    }
    memcpy(message.gift, shown, LONG_VALUE);
    assert_int_equal(store_put_long_in(to("store"), &message), 0);
    shown[LONG_VALUE] = '\n';
    shown[LONG_VALUE + 1] = '\0';
    size_t before = holds("shell");
    says("get long", shown);
    assert_int_equal(holds("shell"), before);
}

static void an_empty_value_is_a_value(void **state)
{
    (void)state;
    put_short("a", "");
    says("get a", "\n");
}

static void a_key_has_up_to_23_characters(void **state)
{
    (void)state;
    static const char refusal[] = "error: a key has 1 to 23 characters\n";
    says("put 12345678901234567890123 x", "");
    says("get 12345678901234567890123", "x\n");
    says("put 123456789012345678901234 x", refusal);
    says("get 123456789012345678901234", refusal);
    says("del 123456789012345678901234", refusal);
    says("keys", "  12345678901234567890123\n");
}

static void a_wrong_number_of_words_shows_how_it_is_used(void **state)
{
    (void)state;
    says("put", "error: usage: put KEY VALUE\n");
    says("put a", "error: usage: put KEY VALUE\n");
    says("put a ", "error: usage: put KEY VALUE\n");
    says("get", "error: usage: get KEY\n");
    says("del  ", "error: usage: del KEY\n");
    says("keys a", "error: usage: keys\n");
    says("help put", "error: usage: help\n");
}

/* The store has no room, and what was there stays. */
static void a_store_without_room_is_told(void **state)
{
    (void)state;
    says("put a b", "");
    fail_allocation(1);
    says("put a c", "error: the server's quota is full: nothing has changed\n");
    assert_true(an_allocation_has_failed());
    says("get a", "b\n");
}

/* The log */

static void what_servers_have_said_is_listed(void **state)
{
    (void)state;
    says("log", "");
    assert_int_equal(log_line(to("log"), LOG_NOTE, "tea is ready"), 0);
    assert_int_equal(log_line(to("log"), LOG_ERROR, "no cup"), 0);
    assert_int_equal(log_line(to("log"), LOG_DETAIL, "green"), 0);
    says("log", "     0 test, note: tea is ready\n"
                "     1 test, error: no cup\n"
                "     2 test, detail: green\n");
    says("log note", "     0 test, note: tea is ready\n"
                     "     1 test, error: no cup\n");
    says("log error", "     1 test, error: no cup\n");
}

static void a_level_is_one_of_four(void **state)
{
    (void)state;
    says("log loud", "error: a level is error, warning, note or detail\n");
    says("log note error", "error: a level is error, warning, note or detail\n");
    says("log not", "error: a level is error, warning, note or detail\n");
}

/* Servers that have ended */

static void a_store_that_has_ended_is_told(void **state)
{
    (void)state;
    static const char told[] = "error: that server does not run; \"servers\" lists them\n";
    (void)ends("store");
    says("put a b", told);
    says("get a", told);
    says("del a", told);
    says("keys", told);
    starts("store");
    says("put a b", "");
    says("get a", "b\n");
}

static void a_log_that_has_ended_is_told(void **state)
{
    (void)state;
    (void)ends("log");
    says("log", "error: that server does not run; \"servers\" lists them\n");
}

/* In the middle of a line, of which nothing is left. */
static void the_shell_is_there_again_when_the_console_is(void **state)
{
    (void)state;
    type("put a");
    (void)ends("console");
    thread_sleep(5 * (uint64_t)SECOND / 2);
    starts("console");
    chip.sent_length = 0;
    thread_sleep(SECOND);
    assert_sent("tessera> ");
    says("get a", "error: there is no such key; \"keys\" lists them\n");
}

/* Completion */

static void tab_completes_the_one_command_that_begins_so(void **state)
{
    (void)state;
    type("pu");
    chip.sent_length = 0;
    type("\t");
    assert_sent("\b\b  \b\bput ");
    says("a b", "");
    says("g\ta", "b\n");
}

static void tab_lists_commands_where_there_are_several(void **state)
{
    (void)state;
    type("\t");
    assert_sent("\r\nput get del keys log leaks help \r\ntessera> ");
    says("keys", "");
}

/* The heap */

/* What is shown for the line, without colours, if there are any. */
static bool without_colours(const char *line, char *shown, size_t bytes)
{
    size_t length = 0;
    bool coloured = false;
    type(line);
    chip.sent_length = 0;
    type("\r");
    for (size_t i = 0; i < chip.sent_length && length < bytes - 1; i++) {
        if (chip.sent[i] == '\x1B') {
            coloured = true;
            i += strcspn(chip.sent + i, "m");
        } else {
            shown[length++] = chip.sent[i];
        }
    }
    shown[length] = '\0';
    return coloured;
}

static void the_heap_is_drawn_in_colours_or_plain(void **state)
{
    (void)state;
    static char shown[MOCK_SENT_MAX], plain[MOCK_SENT_MAX];
    const char *told = "\r\nerror: the kernel does not answer\r\n  |";
    assert_true(without_colours("heap", shown, sizeof shown));
    assert_false(without_colours("heap plain", plain, sizeof plain));
    assert_string_equal(shown, plain);
    assert_memory_equal(plain, told, strlen(told));
    assert_non_null(strstr(plain, "|\r\n  ' ' has no blocks in use, '@' all of its "));
    type("heap");
    chip.sent_length = 0;
    type("\r");
    chip.sent[chip.sent_length] = '\0';
    for (const char *end = strstr(chip.sent, "|\r\n"); end != NULL; end = strstr(end + 1, "|\r\n")) {
        assert_memory_equal(end - 4, "\x1B[0m", 4); /* nothing behind the row is coloured */
    }
    chip.sent_length = 0;
    says("heap grey", "error: the heap is drawn in colours, or \"plain\"\n");
    (void)ends("memory");
    says("heap", "error: the kernel does not answer\nerror: that server does not run; \"servers\" lists them\n");
}

/* The line comes back as it was: the same characters once more. */
static void tab_changes_nothing_where_there_is_no_command(void **state)
{
    (void)state;
    type("x");
    chip.sent_length = 0;
    type("\t");
    assert_sent("\b \bx");
    type("\b"
         "put pu\t b");
    chip.sent_length = 0;
    says("", "");
    says("get pu", "b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHELL_TEST(an_empty_line_does_nothing),
        SHELL_TEST(what_the_shell_does_not_know_is_the_kernels),
        SHELL_TEST(a_line_that_is_too_long_is_not_run),
        SHELL_TEST(blanks_around_words_do_not_count),
        SHELL_TEST(help_lists_the_shells_commands),
        SHELL_TEST(what_is_put_is_got_until_it_is_deleted),
        SHELL_TEST(keys_are_listed_in_order),
        SHELL_TEST(all_keys_are_listed),
        SHELL_TEST(a_long_value_is_shown_whole),
        SHELL_TEST(an_empty_value_is_a_value),
        SHELL_TEST(a_key_has_up_to_23_characters),
        SHELL_TEST(a_wrong_number_of_words_shows_how_it_is_used),
        SHELL_TEST(a_store_without_room_is_told),
        SHELL_TEST(what_servers_have_said_is_listed),
        SHELL_TEST(a_level_is_one_of_four),
        SHELL_TEST(a_store_that_has_ended_is_told),
        SHELL_TEST(a_log_that_has_ended_is_told),
        SHELL_TEST(the_shell_is_there_again_when_the_console_is),
        SHELL_TEST(the_heap_is_drawn_in_colours_or_plain),
        SHELL_TEST(tab_completes_the_one_command_that_begins_so),
        SHELL_TEST(tab_lists_commands_where_there_are_several),
        SHELL_TEST(tab_changes_nothing_where_there_is_no_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
