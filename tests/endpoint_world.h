/* A world of parties and endpoints for tests of single rules, in which everybody but party 0 receives at the endpoint of its
 * number, and has the priority of its number. What happens reads as a sentence: calls(1, 2), receives(2), replies(2, 1). */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "core/status.h"
#include "ipc/endpoint.h"

enum { PARTIES = 2 * ENDPOINT_CHAIN_MAX, FEW_PARTIES = ENDPOINT_CHAIN_MAX + 1 };

static struct party parties[PARTIES];
static struct endpoint at[PARTIES];
/* What is checked. Of few parties no chain is too long, so I4 has no exception. */
static struct endpoint_world world = {parties, FEW_PARTIES, at, PARTIES};

static int setup(void **state)
{
    (void)state;
    world.party_count = FEW_PARTIES;
    memset(parties, 0xA5, sizeof parties);
    memset(at, 0, sizeof at);
    for (size_t i = 0; i < PARTIES; i++) {
        party_init(&parties[i], (int8_t)i);
        if (i != 0) {
            assert_true(endpoint_bind(&at[i], &parties[i]));
        }
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    const char *broken = endpoint_check(&world);
    if (broken != NULL) {
        print_error("%s\n", broken);
    }
    return broken != NULL;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

/* Before it has done anything. */
static inline void has_priority(size_t who, int8_t priority)
{
    parties[who].base = parties[who].priority = priority;
    party_may_be_usual(&parties[who], true);
}

static inline struct verdict calls(size_t who, size_t whom)
{
    return endpoint_send(&at[whom], &parties[who], true, true);
}

static inline struct verdict sends(size_t who, size_t whom)
{
    return endpoint_send(&at[whom], &parties[who], false, true);
}

static inline struct verdict receives(size_t who)
{
    return endpoint_receive(&parties[who], true);
}

static inline struct verdict replies(size_t who, size_t whom)
{
    return endpoint_reply(&parties[who], &parties[whom], parties[whom].calls);
}

static inline void expires(size_t who)
{
    endpoint_expire(&parties[who]);
}

/* How many had waited for it in vain. */
static inline size_t ends(size_t who)
{
    size_t count = 0;
    for (struct party *victim; (victim = endpoint_end(&parties[who])) != NULL; count++) {
        assert_int_equal(victim->state, PARTY_ACTIVE);
    }
    return count;
}

/* Another party in the place of one that has ended. */
static inline void is_born_again(size_t who)
{
    uint64_t before = parties[who].calls;
    party_init(&parties[who], (int8_t)who);
    parties[who].calls = before;
}

static inline void is_verdict(struct verdict got, enum verdict_kind kind, const struct party *other)
{
    assert_int_equal(got.kind, kind);
    assert_int_equal(got.status, 0);
    assert_ptr_equal(got.other, other);
}

static inline void waits(struct verdict got)
{
    assert_int_equal(got.kind, VERDICT_WAITS);
    assert_int_equal(got.status, 0);
}

static inline void is_delivered(struct verdict got, size_t other)
{
    is_verdict(got, VERDICT_DELIVERED, &parties[other]);
}

static inline void is_taken(struct verdict got, size_t other)
{
    is_verdict(got, VERDICT_TAKEN, &parties[other]);
}

static inline void is_state(size_t who, enum party_state state)
{
    assert_int_equal(parties[who].state, state);
}

static struct party party_before[PARTIES];
static struct endpoint at_before[PARTIES];

static inline void remember(void)
{
    memcpy(party_before, parties, sizeof parties);
    memcpy(at_before, at, sizeof at);
}

static inline void nothing_has_changed(void)
{
    assert_memory_equal(party_before, parties, sizeof parties);
    assert_memory_equal(at_before, at, sizeof at);
}

static inline void is_refused(struct verdict got, int status)
{
    is_verdict((struct verdict){got.kind, 0, got.other}, VERDICT_REFUSED, NULL);
    assert_int_equal(got.status, status);
    nothing_has_changed();
}

/* `act` is refused, and changes nothing. */
#define IS_REFUSED(act, status)                                                                                      \
    do {                                                                                                             \
        remember();                                                                                                  \
        is_refused(act, status);                                                                                     \
    } while (0)
