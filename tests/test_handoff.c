/* core/handoff.c: one thing wrong with the handoff in each test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/handoff.h"

static struct handoff handoff;

static int good_handoff(void **state)
{
    (void)state;
    memset(&handoff, 0xA5, sizeof handoff);
    handoff.magic = HANDOFF_MAGIC;
    handoff.version = HANDOFF_VERSION;
    handoff.bytes = sizeof handoff;
    handoff.self = HANDOFF_ADDR;
    handoff.image_start = IMAGE_PREFERRED_ADDR;
    handoff.image_end = IMAGE_PREFERRED_ADDR + 64 * BLOCK_BYTES;
    handoff.module_count = 0;
    return 0;
}

static void assert_refused(const char *words)
{
    const char *refusal = handoff_refusal(&handoff, HANDOFF_ADDR);
    assert_non_null(refusal);
    assert_non_null(strstr(refusal, words));
}

static void a_good_handoff_is_accepted_without_and_with_modules(void **state)
{
    (void)state;
    assert_null(handoff_refusal(&handoff, HANDOFF_ADDR));
    handoff.module_count = BOOT_MODULES_MAX;
    for (int i = 0; i < BOOT_MODULES_MAX; i++) {
        handoff.modules[i] = (struct boot_module){0x200000, 0x200001, "fifteen letters"};
    }
    assert_null(handoff_refusal(&handoff, HANDOFF_ADDR));
}

static void another_magic_is_no_handoff(void **state)
{
    (void)state;
    handoff.magic++;
    assert_refused("no handoff");
}

static void another_version_or_size_is_refused(void **state)
{
    (void)state;
    handoff.version++;
    assert_refused("another version");
    handoff.version--;
    handoff.bytes -= 8;
    assert_refused("another version");
}

static void a_handoff_that_lies_elsewhere_than_it_says_is_refused(void **state)
{
    (void)state;
    handoff.self += 16;
    assert_refused("elsewhere");
}

/*   | ... handoff]            |    the last place below 1 MiB, and 8 bytes further up
 *                1 MiB                                                                    */
static void a_handoff_has_to_end_below_1_mib(void **state)
{
    (void)state;
    handoff.self = LOW_MEMORY_BYTES - sizeof handoff;
    assert_null(handoff_refusal(&handoff, handoff.self));
    handoff.self += 8;
    assert_non_null(strstr(handoff_refusal(&handoff, handoff.self), "not below 1 MiB"));
}

static void an_image_that_is_not_whole_pages_is_refused(void **state)
{
    (void)state;
    handoff.image_start += 512;
    assert_refused("not a range of pages");
    handoff.image_start -= 512;
    handoff.image_end += 1;
    assert_refused("not a range of pages");
    handoff.image_end = handoff.image_start;
    assert_refused("not a range of pages");
}

static void more_modules_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    handoff.module_count = BOOT_MODULES_MAX + 1;
    assert_refused("more boot modules");
}

static void a_module_whose_name_or_range_has_no_end_is_refused(void **state)
{
    (void)state;
    handoff.module_count = 1;
    handoff.modules[0] = (struct boot_module){0x200000, 0x200001, ""};
    memset(handoff.modules[0].name, 'x', BOOT_MODULE_NAME_BYTES);
    assert_refused("no end");
    handoff.modules[0] = (struct boot_module){0x200001, 0x200000, "backwards"};
    assert_refused("no end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_handoff_is_accepted_without_and_with_modules, good_handoff),
        cmocka_unit_test_setup(another_magic_is_no_handoff, good_handoff),
        cmocka_unit_test_setup(another_version_or_size_is_refused, good_handoff),
        cmocka_unit_test_setup(a_handoff_that_lies_elsewhere_than_it_says_is_refused, good_handoff),
        cmocka_unit_test_setup(a_handoff_has_to_end_below_1_mib, good_handoff),
        cmocka_unit_test_setup(an_image_that_is_not_whole_pages_is_refused, good_handoff),
        cmocka_unit_test_setup(more_modules_than_there_is_room_for_are_refused, good_handoff),
        cmocka_unit_test_setup(a_module_whose_name_or_range_has_no_end_is_refused, good_handoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
