/* Tables of handles (ipc/handle.h): what a number names, and that what was taken back is never named again. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "ipc/handle.h"

enum { SLOTS = 4 };

/* What it leads to is nobody's business here. */
static char somewhere;
#define ENDPOINT ((struct ipc_endpoint *)(void *)&somewhere)

static struct handle_table *table;
static struct handle *ring;

static int setup(void **state)
{
    table = malloc(handle_table_bytes(SLOTS));
    memset(table, 0xA5, handle_table_bytes(SLOTS));
    handle_table_init(table, SLOTS);
    ring = NULL;
    *state = table;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

/* Who wants to call finds the same in a quicker way. */
static struct handle *find(handle_t number, uint32_t rights)
{
    struct handle *found = handle_find(table, number, rights);
    if (rights == HANDLE_CALL) {
        assert_ptr_equal(handle_to_call(table, number), found);
    }
    return found;
}

static handle_t give(uint64_t badge, uint16_t rights)
{
    return handle_give(table, ENDPOINT, &ring, &(struct handle){.badge = badge, .rights = rights});
}

static size_t ring_length(void)
{
    size_t length = 0;
    const struct handle *handle = ring;
    if (handle != NULL) {
        do {
            assert_ptr_equal(handle->next->prev, handle);
            handle = handle->next;
            length++;
        } while (handle != ring);
    }
    return length;
}

static void an_empty_table_names_nothing(void **state)
{
    (void)state;
    for (handle_t number = 0; number < 3 << HANDLE_SLOT_BITS; number += 0x3FF7) {
        assert_null(find(number, HANDLE_CALL));
        assert_int_equal(handle_refusal(table, number), -EINVARG);
    }
    assert_null(find(UINT64_MAX, HANDLE_CALL));
    assert_null(find(1 << HANDLE_SLOT_BITS, HANDLE_CALL)); /* the first slot's next use */
}

static void a_handle_is_found_with_the_rights_that_it_has(void **state)
{
    (void)state;
    handle_t number = give(7, HANDLE_CALL | HANDLE_NOTIFY);
    const struct handle *handle = find(number, HANDLE_CALL);
    assert_non_null(handle);
    assert_int_equal(handle->badge, 7);
    assert_ptr_equal(handle->endpoint, ENDPOINT);
    assert_ptr_equal(find(number, HANDLE_CALL | HANDLE_NOTIFY), handle);
    assert_null(find(number, HANDLE_SEND));
    assert_null(find(number, HANDLE_CALL | HANDLE_SEND));
    assert_int_equal(handle_refusal(table, number), -EPERM);
    assert_null(find(number + 1, HANDLE_CALL)); /* another slot */
    assert_null(find(number + (1 << HANDLE_SLOT_BITS), HANDLE_CALL));
}

static void zero_is_no_handle(void **state)
{
    (void)state;
    for (size_t i = 0; i < SLOTS; i++) {
        assert_int_not_equal(give(i, HANDLE_CALL), 0);
    }
    assert_null(find(0, HANDLE_CALL));
}

static void a_full_table_says_so(void **state)
{
    (void)state;
    handle_t numbers[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        numbers[i] = give(i, HANDLE_CALL);
    }
    assert_int_equal(give(99, HANDLE_CALL), 0);
    assert_int_equal(ring_length(), SLOTS);
    handle_take(find(numbers[2], HANDLE_CALL), &ring);
    assert_int_not_equal(give(99, HANDLE_CALL), 0);
}

static void what_was_taken_back_is_never_named_again(void **state)
{
    (void)state;
    handle_t before = give(1, HANDLE_CALL);
    handle_take(find(before, HANDLE_CALL), &ring);
    assert_null(find(before, HANDLE_CALL));
    assert_int_equal(handle_refusal(table, before), -EINVARG);
    for (size_t i = 0; i < 1000; i++) {
        handle_t number = give(2, HANDLE_RIGHTS);
        assert_int_not_equal(number, before);
        handle_take(find(number, HANDLE_CALL), &ring);
    }
    assert_int_equal(ring_length(), 0);
}

/*   ring  a b c    b, a, c are taken in turn */
static void the_ring_closes_over_what_is_taken(void **state)
{
    (void)state;
    handle_t a = give(1, HANDLE_CALL), b = give(2, HANDLE_CALL), c = give(3, HANDLE_CALL);
    handle_take(find(b, HANDLE_CALL), &ring);
    assert_int_equal(ring_length(), 2);
    handle_take(find(a, HANDLE_CALL), &ring); /* the one that leads into it */
    assert_int_equal(ring_length(), 1);
    assert_int_equal(ring->badge, 3);
    handle_take(find(c, HANDLE_CALL), &ring);
    assert_null(ring);
}

/*   a 0  b 1  c 2  d 1  e 0      b, c and d come from a, c from b */
static void what_was_derived_goes_with_what_it_was_derived_from(void **state)
{
    (void)state;
    handle_t a = give(1, HANDLE_RIGHTS), e = give(5, HANDLE_RIGHTS);
    struct handle *first = handle_find(table, a, HANDLE_PASS);
    handle_t d = handle_derive(table, first, HANDLE_CALL);
    handle_t b = handle_derive(table, first, HANDLE_CALL | HANDLE_PASS);
    assert_int_equal(ring_length(), 4);
    struct handle *second = handle_find(table, b, HANDLE_CALL);
    assert_int_equal(second->badge, 1);
    assert_null(handle_find(table, d, HANDLE_PASS));
    handle_take(handle_find(table, d, HANDLE_CALL), &ring);
    handle_t c = handle_derive(table, second, HANDLE_CALL);
    assert_int_equal(handle_derive(table, second, HANDLE_CALL), 0); /* the table is full */
    assert_true(handle_revoke_one(first, &ring));
    assert_true(handle_revoke_one(first, &ring));
    assert_false(handle_revoke_one(first, &ring));
    assert_null(handle_find(table, b, HANDLE_CALL));
    assert_null(handle_find(table, c, HANDLE_CALL));
    assert_non_null(handle_find(table, a, HANDLE_CALL));
    assert_non_null(handle_find(table, e, HANDLE_CALL));
    assert_int_equal(ring_length(), 2);
    assert_false(handle_revoke_one(handle_find(table, e, HANDLE_CALL), &ring)); /* the last one before the first */
}

/* Each in a table of its own: taken back, it goes there. */
static void a_handle_goes_back_to_the_table_that_it_is_in(void **state)
{
    (void)state;
    struct handle_table *other = malloc(handle_table_bytes(1));
    handle_table_init(other, 1);
    handle_t a = give(1, HANDLE_RIGHTS);
    struct handle *first = handle_find(table, a, HANDLE_PASS);
    handle_t there = handle_derive(other, first, HANDLE_SEND);
    assert_false(handle_table_has_room(other));
    assert_true(handle_revoke_one(first, &ring));
    assert_true(handle_table_has_room(other));
    assert_null(handle_find(other, there, HANDLE_SEND));
    assert_int_not_equal(handle_derive(other, first, HANDLE_SEND), there);
    handle_revoke_one(first, &ring);
    free(other);
}

static void what_is_very_deep_cannot_be_handed_on(void **state)
{
    (void)state;
    handle_t number = give(1, HANDLE_RIGHTS);
    handle_find(table, number, HANDLE_PASS)->depth = HANDLE_DEPTH_MAX - 1;
    number = handle_derive(table, handle_find(table, number, HANDLE_PASS), HANDLE_RIGHTS);
    assert_int_not_equal(number, 0);
    assert_int_equal(handle_derive(table, handle_find(table, number, HANDLE_PASS), HANDLE_RIGHTS), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_table_names_nothing),
        TEST(a_handle_is_found_with_the_rights_that_it_has),
        TEST(zero_is_no_handle),
        TEST(a_full_table_says_so),
        TEST(what_was_taken_back_is_never_named_again),
        TEST(the_ring_closes_over_what_is_taken),
        TEST(what_was_derived_goes_with_what_it_was_derived_from),
        TEST(a_handle_goes_back_to_the_table_that_it_is_in),
        TEST(what_is_very_deep_cannot_be_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
