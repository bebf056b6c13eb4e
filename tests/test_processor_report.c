/* core/processor_report.c: what the processor lacks is named in one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/processor.h"
#include "tests/capture.h"

enum { ALL = (1 << PROCESSOR_FEATURES) - 1 };

static void assert_reported(unsigned features, const char *line)
{
    capture_clear();
    processor_report(features, capture);
    assert_string_equal(captured, line);
}

static void a_processor_that_has_all_is_not_worth_a_word(void **state)
{
    (void)state;
    assert_reported(ALL, "");
}

static void one_thing_that_is_missing_is_named(void **state)
{
    (void)state;
    assert_reported(ALL & ~PROCESSOR_PGE, "processor: without pge\n");
    assert_reported(ALL & ~PROCESSOR_SMEP, "processor: without smep\n");
    assert_reported(ALL & ~PROCESSOR_SMAP, "processor: without smap\n");
    assert_reported(ALL & ~PROCESSOR_UMIP, "processor: without umip\n");
    assert_reported(ALL & ~PROCESSOR_FXSAVE, "processor: without fxsave\n");
    assert_reported(ALL & ~PROCESSOR_XSAVE, "processor: without xsave\n");
}

static void all_that_is_missing_is_named_in_one_line(void **state)
{
    (void)state;
    assert_reported(PROCESSOR_PGE | PROCESSOR_FXSAVE | PROCESSOR_XSAVE, "processor: without smep, smap, umip\n");
    assert_reported(0, "processor: without pge, smep, smap, umip, fxsave, xsave\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_processor_that_has_all_is_not_worth_a_word),
        cmocka_unit_test(one_thing_that_is_missing_is_named),
        cmocka_unit_test(all_that_is_missing_is_named_in_one_line),
    };
    return cmocka_run_group_tests_name("processor report", tests, NULL, NULL);
}
