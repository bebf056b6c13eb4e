/* servers/store against what is easily said of it: an array of keys with values, and a quota. */
#include <stdio.h>
#include <string.h>

#include "servers/store/messages.h"
#include "tests/random.h"
#include "tests/test_server.h"

enum { KEYS = 40, STEPS = 3000, BLOCK = HEAP_BLOCK_SIZE };

static struct {
    uint64_t bytes;
    uint8_t first;
    bool there;
} model[KEYS];

static void name_key(char key[STORE_KEY_BYTES], size_t number)
{
    memset(key, 0, STORE_KEY_BYTES);
    snprintf(key, STORE_KEY_BYTES, "key %02zu", number);
}

static int put_short(size_t number, uint64_t bytes, uint8_t first)
{
    union store_put it = {.ask = {.bytes = bytes}};
    name_key(it.ask.key, number);
    memset(it.ask.value, first, bytes);
    return store_put(to("store"), &it);
}

static int put_long(size_t number, uint64_t bytes, uint8_t first)
{
    struct message message = {0};
    union store_put_long *it = MESSAGE_AS(store_put_long, &message);
    name_key(it->ask.key, number);
    it->ask.bytes = bytes;
    message.gift_blocks = (bytes + BLOCK - 1) / BLOCK;
    message.gift = kmalloc_aligned(message.gift_blocks * BLOCK, BLOCK);
    message.carries = MESSAGE_GIFT;
    assert_non_null(message.gift);
    memset(message.gift, first, bytes);
    return store_put_long_in(to("store"), &message);
}

/* The value is there as the model says, or isn't. */
static void get(size_t number)
{
    struct message message = {.words = 0};
    assert_int_equal(ipc_accept(MESSAGE_GIFT, STORE_VALUE_BLOCKS_MAX, 0), 0);
    union store_get *it = MESSAGE_AS(store_get, &message);
    name_key(it->ask.key, number);
    int status = store_get_in(to("store"), &message);
    if (status == -EQUOTA && model[number].bytes > STORE_SHORT_BYTES) { /* no room for the copy */
        return;
    }
    assert_int_equal(status, model[number].there ? 0 : -EINVARG);
    if (status != 0) {
        return;
    }
    assert_int_equal(it->answer.bytes, model[number].bytes);
    bool gift = message.carries == MESSAGE_GIFT;
    assert_int_equal(gift, model[number].bytes > STORE_SHORT_BYTES);
    const uint8_t *value = gift ? message.gift : it->answer.value;
    for (uint64_t i = 0; i < model[number].bytes; i++) {
        assert_int_equal(value[i], model[number].first);
    }
    if (gift) {
        kfree(message.gift);
    }
}

static void put(size_t number, uint64_t bytes, uint8_t first)
{
    int status = bytes <= STORE_SHORT_BYTES ? put_short(number, bytes, first) : put_long(number, bytes, first);
    if (status == 0) {
        model[number].there = true;
        model[number].bytes = bytes;
        model[number].first = first;
    } else {
        assert_int_equal(status, -EQUOTA);
    }
}

static void erase(size_t number)
{
    union store_delete it = {0};
    name_key(it.ask.key, number);
    assert_int_equal(store_delete(to("store"), &it), model[number].there ? 0 : -EINVARG);
    model[number].there = false;
    model[number].bytes = 0;
}

/* All keys that are there, page by page, in order. */
static void keys_are_listed(void)
{
    union store_list it = {0};
    for (size_t number = 0, at = 0; number < KEYS; number++) {
        if (!model[number].there) {
            continue;
        }
        if (at == 0) {
            assert_int_equal(store_list(to("store"), &it), 0);
        }
        char key[STORE_KEY_BYTES];
        name_key(key, number);
        assert_true(at < it.answer.count);
        assert_string_equal(it.answer.keys[at], key);
        if (++at == STORE_KEYS_AT_ONCE) {
            memmove(it.ask.after, key, sizeof key);
            at = 0;
        }
    }
}

static void what_is_put_is_there_until_it_is_deleted(void **state)
{
    (void)state;
    struct random random = random_seeded("store");
    memset(model, 0, sizeof model);
    for (size_t step = 0; step < STEPS; step++) {
        size_t number = random_below(&random, KEYS);
        uint64_t most = random_below(&random, 4) == 0 ? STORE_VALUE_BYTES_MAX / 4 : STORE_SHORT_BYTES;
        switch (random_below(&random, 4)) {
        case 0: put(number, random_below(&random, most + 1), (uint8_t)step); break;
        case 1: erase(number); break;
        default: get(number);
        }
        if (step % 100 == 0) {
            keys_are_listed();
            host_log_clear();
        }
    }
    for (size_t number = 0; number < KEYS; number++) {
        erase(number);
    }
}

/* The copy does not stay with the store. */
static void who_does_not_accept_a_gift_is_told_so(void **state)
{
    (void)state;
    memset(model, 0, sizeof model);
    put(0, 5000, 'a');
    size_t before = holds("store");
    union store_get it = {0};
    name_key(it.ask.key, 0);
    assert_int_equal(store_get(to("store"), &it), -EREFUSED);
    assert_int_equal(holds("store"), before);
    erase(0);
}

/* Until it is full, which is said and changes nothing. */
static void a_full_store_says_so(void **state)
{
    (void)state;
    size_t count = 0;
    memset(model, 0, sizeof model);
    while (count < KEYS && put_long(count, STORE_VALUE_BYTES_MAX, 1) == 0) {
        model[count].there = true;
        count++;
    }
    assert_in_range(count, 2, KEYS - 1);
    for (size_t i = 0; i < count; i++) {
        erase(i);
    }
}

/* What was there stays, whichever allocation of a put fails. */
static void a_put_that_fails_leaves_what_was_there(void **state)
{
    (void)state;
    memset(model, 0, sizeof model);
    put(0, 3, 'a');
    for (size_t n = 1; n <= 2; n++) {
        fail_allocation(n);
        put(1, 5, 'b');
        put(0, 7, 'c');
        fail_allocation(0);
        get(0);
        get(1);
    }
    erase(0);
    erase(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(what_is_put_is_there_until_it_is_deleted),
        SERVER_TEST(who_does_not_accept_a_gift_is_told_so),
        SERVER_TEST(a_full_store_says_so),
        SERVER_TEST(a_put_that_fails_leaves_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
