/* core/ring.h: bytes come out as they went in, and none is lost or made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "core/ring.h"
#include "tests/random.h"

enum { BYTES = 8 };

static uint8_t bytes[BYTES];
static struct ring ring;

static int fresh_ring(void **state)
{
    (void)state;
    memset(bytes, 0xA5, sizeof bytes);
    memset(&ring, 0xA5, sizeof ring);
    ring = RING_OVER(bytes);
    return 0;
}

static void a_new_ring_is_empty(void **state)
{
    (void)state;
    assert_int_equal(ring_count(&ring), 0);
    assert_int_equal(ring_take(&ring), -1);
    assert_false(ring_full(&ring));
}

/* 0xFF is a byte, not the end. */
static void bytes_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    assert_true(ring_put(&ring, 0xFF));
    assert_true(ring_put(&ring, 0x00));
    assert_int_equal(ring_count(&ring), 2);
    assert_int_equal(ring_take(&ring), 0xFF);
    assert_int_equal(ring_take(&ring), 0x00);
    assert_int_equal(ring_take(&ring), -1);
}

/*   |01234567|   8 is refused; after one is taken there is room for one */
static void every_byte_of_the_array_is_used_and_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < BYTES; i++) {
        assert_false(ring_full(&ring));
        assert_true(ring_put(&ring, (uint8_t)i));
    }
    assert_true(ring_full(&ring));
    assert_false(ring_put(&ring, BYTES));
    assert_int_equal(ring_take(&ring), 0);
    assert_true(ring_put(&ring, 9));
    assert_false(ring_put(&ring, 10));
    for (int i = 1; i < BYTES; i++) {
        assert_int_equal(ring_take(&ring), i);
    }
    assert_int_equal(ring_take(&ring), 9);
    assert_int_equal(ring_take(&ring), -1);
}

/* At 2^32, which every power of two divides. */
static void counters_may_wrap(void **state)
{
    (void)state;
    ring.put = ring.taken = UINT32_MAX - 2;
    for (int i = 0; i < BYTES; i++) {
        assert_true(ring_put(&ring, (uint8_t)i));
        assert_int_equal(ring_count(&ring), i + 1);
    }
    assert_true(ring_full(&ring));
    for (int i = 0; i < BYTES; i++) {
        assert_int_equal(ring_take(&ring), i);
    }
    assert_int_equal(ring_take(&ring), -1);
}

static void a_ring_of_one_byte_holds_one(void **state)
{
    (void)state;
    uint8_t single[1];
    struct ring small = RING_OVER(single);
    assert_true(ring_put(&small, 1));
    assert_false(ring_put(&small, 2));
    assert_int_equal(ring_take(&small), 1);
    assert_int_equal(ring_take(&small), -1);
}

static void a_random_history_is_that_of_a_queue(void **state)
{
    (void)state;
    struct random random = random_seeded("ring");
    uint64_t put = 0, taken = 0;
    for (int i = 0; i < 100000; i++) {
        if (random_below(&random, 2)) {
            bool room = put - taken < BYTES;
            assert_int_equal(ring_put(&ring, (uint8_t)(put * 7)), room);
            put += room;
        } else {
            assert_int_equal(ring_take(&ring), taken < put ? (uint8_t)(taken * 7) : -1);
            taken += taken < put;
        }
        assert_int_equal(ring_count(&ring), put - taken);
    }
}

enum { SENT = 200000 };

static void *produce(void *unused)
{
    (void)unused;
    for (uint32_t i = 0; i < SENT; i++) {
        while (!ring_put(&ring, (uint8_t)(i ^ i >> 8))) {
            sched_yield();
        }
    }
    return NULL;
}

static void two_threads_lose_and_repeat_nothing(void **state)
{
    (void)state;
    pthread_t producer;
    assert_int_equal(pthread_create(&producer, NULL, produce, NULL), 0);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < SENT; i++) {
        int byte;
        while ((byte = ring_take(&ring)) < 0) {
            sched_yield();
        }
        wrong += byte != (uint8_t)(i ^ i >> 8);
    }
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_int_equal(wrong, 0);
    assert_int_equal(ring_take(&ring), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_ring_is_empty, fresh_ring),
        cmocka_unit_test_setup(bytes_come_out_in_the_order_they_went_in, fresh_ring),
        cmocka_unit_test_setup(every_byte_of_the_array_is_used_and_no_more, fresh_ring),
        cmocka_unit_test_setup(counters_may_wrap, fresh_ring),
        cmocka_unit_test_setup(a_ring_of_one_byte_holds_one, fresh_ring),
        cmocka_unit_test_setup(a_random_history_is_that_of_a_queue, fresh_ring),
        cmocka_unit_test_setup(two_threads_lose_and_repeat_nothing, fresh_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
