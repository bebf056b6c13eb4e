/* A console over the devices of console_fixture.h, and clients that read from it. Included by one test program at a time. */
#pragma once

#include <stdio.h>

#include "servers/console/messages.h"
#include "servers/library/print.h"
#include "tests/console_fixture.h"

enum { ANSWERS_MAX = 8, BOTTOM = ROWS - 1 };

/* What the reader, a client, has been answered. */
static struct {
    int status;
    uint64_t end;
    char text[CONSOLE_LINE_BYTES];
} answers[ANSWERS_MAX];
static size_t answered;
static const char *begins_with; /* the text of what it reads next */

static inline void forget_answers(void)
{
    answered = 0;
    begins_with = "";
}

static inline int begin(void **state)
{
    begin_without_console(state);
    make_up_line();
    make_up_keyboard();
    make_up_screen();
    starts("console");
    forget_answers();
    return 0;
}

#define CONSOLE_TEST(function) cmocka_unit_test_setup_teardown(function, begin, servers_end)

/* The reader */

static inline void read_once(void)
{
    union console_read it = {.ask.prompt = "> "};
    snprintf(it.ask.text, sizeof it.ask.text, "%s", begins_with);
    int status = console_read(to("console"), &it);
    answers[answered].status = status;
    if (status == 0) {
        answers[answered].end = it.answer.end;
        memcpy(answers[answered].text, it.answer.text, sizeof it.answer.text);
    }
    answered++;
}

/* Until something else than a line comes. */
static inline void read_lines(void)
{
    do {
        read_once();
    } while (answers[answered - 1].status == 0 && answers[answered - 1].end == CONSOLE_LINE &&
             answered < ANSWERS_MAX);
}

static inline void reader(void (*run)(void))
{
    client(run);
    run_line();
}

static inline void assert_answer(size_t number, enum console_end end, const char *text)
{
    assert_true(number < answered);
    assert_int_equal(answers[number].status, 0);
    assert_int_equal(answers[number].end, end);
    assert_string_equal(answers[number].text, text);
}

static inline void shows(const char *text)
{
    assert_int_equal(console_print(to("console"), text), 0);
    run_line();
}
