/* core/e820_report.c: each oddity of the firmware's list has its line, and an ordinary list none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/e820_report.h"
#include "tests/capture.h"

static struct e820_list list;

static int ordinary_list(void **state)
{
    (void)state;
    memset(&list, 0xA5, sizeof list);
    list.count = list.asked = 7;
    list.source = MEMORY_SOURCE_E820;
    list.ended = E820_ENDED_BY_EBX;
    list.short_answers = list.replaced = list.lost = 0;
    list.discarded = list.partial = list.attributes_distrusted = false;
    capture_clear();
    return 0;
}

static void assert_reported(const char *line)
{
    e820_report(&list, capture);
    assert_string_equal(captured, line);
    assert_in_range(captured_length, 0, 80);
}

static void an_ordinary_list_is_not_worth_a_word(void **state)
{
    (void)state;
    assert_reported("");
    list.ended = E820_ENDED_BY_CARRY;
    assert_reported("");
}

static void a_discarded_list_is_named(void **state)
{
    (void)state;
    list.discarded = true;
    assert_reported("E820: the list lost its signature and was discarded\n");
}

static void the_beginning_of_a_list_is_said_to_be_one(void **state)
{
    (void)state;
    list.partial = true;
    assert_reported("E820: the list lost its signature; lacking another, its beginning is used\n");
}

static void distrusted_marks_are_named(void **state)
{
    (void)state;
    list.attributes_distrusted = true;
    assert_reported("E820: no usable entry is marked valid, so the marks are not obeyed\n");
}

static void an_endless_list_is_counted(void **state)
{
    (void)state;
    list.ended = E820_ENDED_BY_LIMIT;
    list.asked = 4096;
    assert_reported("E820: the list did not end after 4096 answers\n");
}

static void short_answers_are_counted(void **state)
{
    (void)state;
    list.short_answers = 3;
    assert_reported("E820: 3 answers of fewer than 20 bytes are no records\n");
}

static void answers_without_room_are_counted(void **state)
{
    (void)state;
    list.replaced = 2;
    assert_reported("E820: 512 answers are kept; 2 usable ones gave way, 0 more were dropped\n");
    ordinary_list(state);
    list.lost = 9;
    assert_reported("E820: 512 answers are kept; 0 usable ones gave way, 9 more were dropped\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_ordinary_list_is_not_worth_a_word, ordinary_list),
        cmocka_unit_test_setup(a_discarded_list_is_named, ordinary_list),
        cmocka_unit_test_setup(the_beginning_of_a_list_is_said_to_be_one, ordinary_list),
        cmocka_unit_test_setup(distrusted_marks_are_named, ordinary_list),
        cmocka_unit_test_setup(an_endless_list_is_counted, ordinary_list),
        cmocka_unit_test_setup(short_answers_are_counted, ordinary_list),
        cmocka_unit_test_setup(answers_without_room_are_counted, ordinary_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
