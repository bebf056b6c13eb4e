/* Claims of devices: nothing is held twice, and nothing is reached beyond a claim. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "core/device.h"
#include "core/status.h"

static struct devices devices;

static int setup(void **state)
{
    *state = NULL;
    devices = (struct devices){.table[0].kind = DEVICE_FREE};
    return 0;
}

static int claim(enum device_kind kind, uint64_t start, uint64_t end, struct device **device)
{
    int status = 1;
    struct device *got =
        device_claim(&devices,
                     &(struct device){.kind = kind, .start = start, .end = end, .mapped = &status, .holder = "test"},
                     &status);
    assert_int_equal(got == NULL, status != 0);
    if (device != NULL) {
        *device = got;
    }
    return status;
}

static void what_is_free_can_be_claimed(void **state)
{
    struct device *serial = NULL;
    (void)state;
    assert_int_equal(claim(DEVICE_PORTS, 0x3F8, 0x400, &serial), 0);
    assert_null(serial->mapped);
    assert_int_equal(serial->start, 0x3F8);
}

/*   held     |   ####   |
 *   wanted   | ###      |  |     ### |  |    #     |  | ######## |   refused
 *            | ##       |  |       ##|                              given       */
static void what_overlaps_a_claim_is_refused(void **state)
{
    (void)state;
    assert_int_equal(claim(DEVICE_PORTS, 0x10, 0x20, NULL), 0);
    assert_int_equal(claim(DEVICE_PORTS, 0x08, 0x11, NULL), -EPERM);
    assert_int_equal(claim(DEVICE_PORTS, 0x1F, 0x30, NULL), -EPERM);
    assert_int_equal(claim(DEVICE_PORTS, 0x18, 0x19, NULL), -EPERM);
    assert_int_equal(claim(DEVICE_PORTS, 0x00, 0x40, NULL), -EPERM);
    assert_int_equal(claim(DEVICE_PORTS, 0x08, 0x10, NULL), 0);
    assert_int_equal(claim(DEVICE_PORTS, 0x20, 0x30, NULL), 0);
}

static void ports_memory_and_lines_have_nothing_to_do_with_each_other(void **state)
{
    (void)state;
    assert_int_equal(claim(DEVICE_PORTS, 4, 5, NULL), 0);
    assert_int_equal(claim(DEVICE_MEMORY, 4, 5, NULL), 0);
    assert_int_equal(claim(DEVICE_INTERRUPT, 4, 5, NULL), 0);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    assert_int_equal(claim(DEVICE_PORTS, 5, 5, NULL), -EINVARG);
    assert_int_equal(claim(DEVICE_PORTS, 6, 5, NULL), -EINVARG);
    assert_int_equal(claim(DEVICE_PORTS, 0xFFFF, 0x10001, NULL), -EINVARG);
    assert_int_equal(claim(DEVICE_INTERRUPT, 255, 257, NULL), -EINVARG);
    assert_int_equal(claim(DEVICE_FREE, 1, 2, NULL), -EINVARG);
    assert_int_equal(claim(DEVICE_PORTS, 0xFFFF, 0x10000, NULL), 0);
}

static void what_is_released_can_be_claimed_again(void **state)
{
    struct device *line = NULL;
    (void)state;
    assert_int_equal(claim(DEVICE_INTERRUPT, 4, 5, &line), 0);
    device_release(line);
    assert_false(device_covers(line, DEVICE_INTERRUPT, 0, 1));
    assert_int_equal(claim(DEVICE_INTERRUPT, 4, 5, &line), 0);
}

static int times_away, times_back;

static void lent(bool away)
{
    times_away += away;
    times_back += !away;
}

/*   lender     |   ####   |
 *   wanted     |   ####   |  lent     | ###  |  |  #  |  refused            */
static void what_is_lent_is_taken_by_one_whole_and_comes_back(void **state)
{
    struct device *held = NULL, *borrowed = NULL;
    (void)state;
    times_away = times_back = 0;
    assert_int_equal(claim(DEVICE_PORTS, 0x3F8, 0x400, &held), 0);
    held->lend = lent;
    assert_int_equal(claim(DEVICE_PORTS, 0x3F8, 0x3F9, NULL), -EPERM);
    assert_int_equal(claim(DEVICE_PORTS, 0x3F0, 0x400, NULL), -EPERM);
    int status;
    borrowed = device_claim(&devices,
                            &(struct device){.kind = DEVICE_PORTS, .start = 0x3F8, .end = 0x400, .holder = "other"},
                            &status);
    assert_int_equal(status, 0);
    assert_ptr_equal(borrowed, held);
    assert_string_equal(held->holder, "other");
    assert_string_equal(held->lender, "test");
    assert_int_equal(times_away, 1);
    assert_int_equal(claim(DEVICE_PORTS, 0x3F8, 0x400, NULL), -EPERM); /* it is lent already */
    assert_int_equal(times_away, 1);
    device_release(borrowed);
    assert_int_equal(times_back, 1);
    assert_string_equal(held->holder, "test");
    assert_null(held->lender);
    assert_true(device_covers(held, DEVICE_PORTS, 0, 8));
    assert_int_equal(claim(DEVICE_PORTS, 0x3F8, 0x400, NULL), 0); /* and again */
    assert_int_equal(times_away, 2);
}

static void a_full_table_says_so(void **state)
{
    struct device *last = NULL;
    (void)state;
    for (uint64_t i = 0; i < DEVICES_MAX; i++) {
        assert_int_equal(claim(DEVICE_PORTS, i, i + 1, &last), 0);
    }
    assert_int_equal(claim(DEVICE_PORTS, 0x100, 0x101, NULL), -ENOMEM);
    device_release(last);
    assert_int_equal(claim(DEVICE_PORTS, 0x100, 0x101, NULL), 0);
}

static void a_claim_covers_itself_and_nothing_else(void **state)
{
    struct device *memory = NULL;
    (void)state;
    assert_int_equal(claim(DEVICE_MEMORY, 0xFEE00000, 0xFEE01000, &memory), 0);
    assert_true(device_covers(memory, DEVICE_MEMORY, 0, 0x1000));
    assert_true(device_covers(memory, DEVICE_MEMORY, 0xFFF, 1));
    assert_false(device_covers(memory, DEVICE_MEMORY, 0x1000, 1));
    assert_false(device_covers(memory, DEVICE_MEMORY, 0xFFF, 2));
    assert_false(device_covers(memory, DEVICE_MEMORY, UINT64_MAX, 2));
    assert_false(device_covers(memory, DEVICE_PORTS, 0, 1));
    assert_false(device_covers(NULL, DEVICE_MEMORY, 0, 1));
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_free_can_be_claimed),
        TEST(what_overlaps_a_claim_is_refused),
        TEST(ports_memory_and_lines_have_nothing_to_do_with_each_other),
        TEST(nonsense_is_refused),
        TEST(what_is_released_can_be_claimed_again),
        TEST(what_is_lent_is_taken_by_one_whole_and_comes_back),
        TEST(a_full_table_says_so),
        TEST(a_claim_covers_itself_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
