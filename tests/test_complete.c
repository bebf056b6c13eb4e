/* servers/shell/complete.c: what a tab adds to a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "servers/shell/complete.h"

static const char *const names[] = {
    "heap", "help", "halt", "kill", "a name that is longer than what there is room for", NULL};

static const char *name(void *context, size_t n)
{
    assert_ptr_equal(context, names);
    return names[n];
}

static struct completion of(const char *word)
{
    struct completion result;
    memset(&result, 0xA5, sizeof result);
    complete(word, strlen(word), name, (void *)names, &result);
    assert_true(memchr(result.more, '\0', sizeof result.more) != NULL);
    return result;
}

static void one_match_is_completed_with_a_blank(void **state)
{
    (void)state;
    assert_int_equal(of("k").matches, 1);
    assert_string_equal(of("k").more, "ill ");
    assert_string_equal(of("kill").more, " ");
}

static void several_are_completed_as_far_as_they_agree(void **state)
{
    (void)state;
    assert_int_equal(of("he").matches, 2);
    assert_string_equal(of("he").more, "");
    assert_int_equal(of("h").matches, 3);
    assert_string_equal(of("h").more, "");
    assert_int_equal(of("").matches, 5);
}

static void none_adds_nothing(void **state)
{
    (void)state;
    assert_int_equal(of("x").matches, 0);
    assert_string_equal(of("x").more, "");
    assert_int_equal(of("heapx").matches, 0);
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    assert_int_equal(of("a").matches, 1);
    assert_int_equal(strlen(of("a").more), sizeof of("a").more - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_match_is_completed_with_a_blank),
        cmocka_unit_test(several_are_completed_as_far_as_they_agree),
        cmocka_unit_test(none_adds_nothing),
        cmocka_unit_test(a_long_name_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
