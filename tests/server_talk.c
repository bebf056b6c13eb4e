/* Plays a conversation with the servers of the manifest in host mode, and compares what was said with what is written:
 *
 *     server_talk FILE            fails where they differ; or where, played again with each allocation of a server failing in turn,
 *                                 and with each server ended before each line, something breaks, stays, or waits for ever
 *     server_talk --record FILE   writes what was said instead
 *
 * The file is what was said (ipc/message_text.h). What the test itself says of it is what is played: its calls, its sends, and
 *
 *     test sleeps 1000000         nanoseconds
 *     test ends store             the server, in whatever it does
 *     test starts store           it again
 *     test types get color        on a made-up serial line, which is there where the file has such lines
 *
 * A gift of the test's is blocks of zeros; what is given to it, it frees. Lines with a '#' are for the reader. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/message_text.h"
#include "ipc/server.h"
#include "tests/console_fixture.h"

enum { LINES_MAX = 1000, LINE_BYTES = 1024, GIFT_BLOCKS_MAX = 512, BLOCK_BYTES_OF_GIFT = HEAP_BLOCK_SIZE };

static char lines[LINES_MAX][LINE_BYTES];
static size_t line_count;
static const char typed[] = "test types ";

/* Reads all lines; false: there is no such file, or it is too long. */
static bool read_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    while (line_count < LINES_MAX && fgets(lines[line_count], LINE_BYTES, file) != NULL) {
        lines[line_count][strcspn(lines[line_count], "\n")] = '\0';
        line_count++;
    }
    bool all = feof(file) != 0;
    (void)fclose(file);
    return all;
}

/* A handle is one to echo, that may be handed on. */
static void carry_what_is_written(const char *text, struct message *message)
{
    if (sscanf(text, "+ gift %" SCNu64, &message->gift_blocks) == 1) {
        assert_in_range(message->gift_blocks, 1, GIFT_BLOCKS_MAX);
        message->gift = kzalloc(message->gift_blocks * BLOCK_BYTES_OF_GIFT);
        assert_non_null(message->gift);
        message->carries = MESSAGE_GIFT;
    } else if (strcmp(text, "+ handle") == 0) {
        message->handle = to("echo");
        message->rights = HANDLE_CALL | HANDLE_PASS;
        message->carries = MESSAGE_HANDLE;
    } else {
        assert_string_equal(text, "");
    }
}

/* A refusal is not in the log, which has only what arrives: what was refused, unless it had arrived before, and why. */
static void note(const char *line, const char *since, const char *name, int status)
{
    char refusal[64];
    snprintf(refusal, sizeof refusal, "test !! %s %d", name, status);
    if (strstr(since, line) == NULL) {
        host_log_line(line);
    }
    host_log_line(refusal);
}

/* `line`: from its words on at `text`. */
static void say(const char *line, const char *text, const char *name, struct message *message)
{
    const char *since = host_log_text + strlen(host_log_text);
    bool call = strncmp(line, "test ->", 7) == 0;
    assert_int_equal(ipc_accept(MESSAGE_CARRIES, GIFT_BLOCKS_MAX, 0), 0);
    const char *rest = message_read(text, message);
    assert_non_null(rest);
    carry_what_is_written(rest, message);
    void *given = message->gift;
    int status = call ? ipc_call(to(name), message, IPC_FOREVER) : ipc_send(to(name), message, IPC_FOREVER);
    if (status != 0) {
        note(line, since, name, status);
    }
    if (status != 0 && status != -EDEAD) {
        kfree(given); /* it was not taken */
    } else if (call && status == 0 && (message->carries & MESSAGE_GIFT) != 0) {
        kfree(message->gift);
    }
    if (call && status == 0 && (message->carries & MESSAGE_HANDLE) != 0) {
        assert_int_equal(ipc_close(message->handle), 0);
    }
}

/* Types the line. Whoever is not there does not read it, and shows nothing. */
static void type_line(const char *text)
{
    do {
        (void)mock_receive(*text != '\0' ? (uint8_t)*text : '\r');
        run_line();
    } while (*text++ != '\0');
}

/* What is shown since the line was typed, without that line and the prompt behind the last one. */
static void log_what_is_read(void)
{
    static char read[LINE_BYTES];
    chip.sent[chip.sent_length] = '\0';
    chip.sent_length = 0;
    char *line = strstr(chip.sent, "\r\n");
    for (char *end; line != NULL && (end = strstr(line += 2, "\r\n")) != NULL; line = end) {
        snprintf(read, sizeof read, "test reads %.*s", (int)(end - line), line);
        host_log_line(read);
    }
}

/* What the test itself is to do, if the line says so. */
static void play(const char *line)
{
    struct message message = {0};
    char name[32], how[8];
    uint64_t nanoseconds;
    int at = 0;
    if (strncmp(line, typed, strlen(typed)) == 0) {
        host_log_line(line);
        type_line(line + strlen(typed));
        log_what_is_read();
    } else if (sscanf(line, "test sleeps %" SCNu64, &nanoseconds) == 1) {
        host_log_line(line);
        thread_sleep(nanoseconds);
    } else if (sscanf(line, "test ends %31s", name) == 1) {
        host_log_line(line);
        (void)ends(name);
    } else if (sscanf(line, "test starts %31s", name) == 1) {
        host_log_line(line);
        starts(name);
    } else if (sscanf(line, "test %7s %31s %" SCNu64 ":%n", how, name, &message.type, &at) == 3 && at != 0 &&
               (strcmp(how, "->") == 0 || strcmp(how, "=>") == 0)) {
        say(line, line + at, name, &message);
    }
}

/* The rest is what is answered, or said by others, or to the reader. */
static bool is_played(const char *line)
{
    return strncmp(line, "test ", 5) == 0 && strncmp(line, "test <-", 7) != 0 && strncmp(line, "test !!", 7) != 0 &&
           strncmp(line, "test reads ", 11) != 0;
}

static bool is_server(const char *name)
{
    bool is = false;
    for (uint16_t i = 0; i < server_count; i++) {
        is = is || strcmp(server_descriptions[i].name, name) == 0;
    }
    return is;
}

/* Whether what the test is to do can be done: a form of those above, and a server that there is; else says what is wrong. */
static bool can_be_played(const char *path, size_t number)
{
    const char *line = lines[number];
    struct message message;
    char name[32] = "";
    uint64_t value;
    int at = 0;
    if (sscanf(line, "test sleeps %" SCNu64, &value) == 1 || strncmp(line, typed, strlen(typed)) == 0) {
        return true;
    }
    bool says = sscanf(line, "test %*1[-=]> %31s %" SCNu64 ":%n", name, &value, &at) == 2 && at != 0;
    const char *rest = says ? message_read(line + at, &message) : NULL;
    bool form = says ? rest != NULL && (*rest == '\0' || *rest == '+')
                     : sscanf(line, "test ends %31s", name) == 1 || sscanf(line, "test starts %31s", name) == 1;
    if (!form || !is_server(name)) {
        fprintf(stderr, "%s:%zu: %s: %s\n", path, number + 1,
                form ? "there is no such server" : "nobody can play that", line);
    }
    return form && is_server(name);
}

static bool all_can_be_played(const char *path)
{
    bool good = true;
    for (size_t i = 0; i < line_count; i++) {
        good = (!is_played(lines[i]) || can_be_played(path, i)) && good;
    }
    return good;
}

static int begin(void **state)
{
    bool types = false;
    for (size_t i = 0; i < line_count; i++) {
        types = types || strncmp(lines[i], typed, strlen(typed)) == 0;
    }
    if (!types) {
        return servers_begin(state);
    }
    begin_without_console(state);
    make_up_line();
    starts("console");
    starts("shell");
    run_line();
    chip.sent_length = 0;
    return 0;
}

static void play_all(void)
{
    for (size_t i = 0; i < line_count; i++) {
        play(lines[i]);
    }
}

static bool for_the_reader(const char *line)
{
    return line[0] == '#' || line[0] == '\0';
}

static void the_conversation_is_as_written(void **state)
{
    (void)state;
    play_all();
    const char *said = host_log_text;
    for (size_t i = 0; i < line_count; i++) {
        if (for_the_reader(lines[i])) {
            continue;
        }
        size_t bytes = strcspn(said, "\n");
        if (bytes != strlen(lines[i]) || strncmp(said, lines[i], bytes) != 0) {
            fail_msg("line %zu is written\n    %s\nand said was\n    %.*s", i + 1, lines[i], (int)bytes, said);
        }
        said += bytes + (said[bytes] == '\n');
    }
    if (*said != '\0') {
        fail_msg("said was more:\n%s", said);
    }
}

/* One after the other, until there are no more; what was said then is whatever it is. */
static void every_allocation_can_fail(void **state)
{
    size_t n = 0;
    do {
        fail_allocation(++n);
        assert_int_equal(begin(state), 0);
        play_all();
        bool more = an_allocation_has_failed();
        fail_allocation(0);
        assert_int_equal(servers_end(state), 0);
        if (!more) {
            return;
        }
    } while (true);
}

/* The server ends before that line is played. */
static void play_and_end(const char *server, size_t line)
{
    for (size_t i = 0; i < line_count; i++) {
        if (i == line) {
            (void)ends(server);
        }
        play(lines[i]);
    }
}

/* Whoever ends whenever: the others go on, and hold no more than they did. */
static void every_server_can_end_at_any_time(void **state)
{
    size_t line = 0;
    for (uint16_t server = 0; line < line_count; line += ++server == server_count, server %= server_count) {
        if (is_played(lines[line])) {
            assert_int_equal(begin(state), 0);
            play_and_end(server_descriptions[server].name, line);
            assert_int_equal(servers_end(state), 0);
        }
    }
}

/* What the test does not say itself is made anew, what is for the reader stays. The file is written when all is known. */
static void record(void **state)
{
    char *whole = NULL;
    size_t bytes = 0;
    FILE *text = open_memstream(&whole, &bytes);
    assert_non_null(text);
    assert_int_equal(begin(state), 0);
    for (size_t i = 0; i < line_count; i++) {
        host_log_clear();
        play(lines[i]);
        if (for_the_reader(lines[i])) {
            fprintf(text, "%s\n", lines[i]);
        }
        (void)fputs(host_log_text, text);
    }
    assert_int_equal(servers_end(state), 0);
    assert_int_equal(fclose(text), 0);
    FILE *file = fopen(*state, "w");
    assert_non_null(file);
    (void)fputs(whole, file);
    assert_int_equal(fclose(file), 0);
    free(whole);
}

int main(int count, char **arguments)
{
    bool records = count == 3 && strcmp(arguments[1], "--record") == 0;
    if (count != 2 + records || !read_lines(arguments[count - 1])) {
        (void)fputs("usage: server_talk [--record] FILE, which can be read\n", stderr);
        return 2;
    }
    if (!all_can_be_played(arguments[count - 1])) {
        return 2;
    }
    const struct CMUnitTest plays[] = {cmocka_unit_test_setup_teardown(the_conversation_is_as_written, begin,
                                                                       servers_end),
                                       cmocka_unit_test(every_allocation_can_fail),
                                       cmocka_unit_test(every_server_can_end_at_any_time)};
    const struct CMUnitTest recordings[] = {cmocka_unit_test_prestate(record, arguments[count - 1])};
    return records ? cmocka_run_group_tests(recordings, NULL, NULL) : cmocka_run_group_tests(plays, NULL, NULL);
}
