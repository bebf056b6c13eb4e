/* What the two halves of the checker's tests share: one good plan, to be spoilt in one place at a time. Included by one
 * test program at a time. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/dry_boot.h"
#include "tests/plan_check.h"

enum { PAGE = 4096, KIB = 1024, MIB = 1024 * KIB };

static struct dry_boot boot;
static struct plan *const plan = &boot.plan;
static struct plan_input *const input = &boot.input;

/*   1M       32M 33M      64M        128M 128M+64K     256M      320M
 *   |image|..1..|r|...2....|          |.3..|            |...4.....|     regions 1 to 4 */
static inline void good_plan(void)
{
    static const struct firmware_map map = {
        .entries = {{0, 640 * KIB, 1, 20, 1},
                    {1 * MIB, 63 * MIB, 1, 20, 1},
                    {32 * MIB, 1 * MIB, 2, 20, 1},
                    {128 * MIB, 64 * KIB, 1, 20, 1},
                    {256 * MIB, 64 * MIB, 1, 20, 1}},
        .count = 5,
    };
    struct machine machine = machine_usual();
    dry_boot(&boot, &map, &machine);
}

static inline const char *judge_plan(void)
{
    return plan_check(plan, input);
}

static inline const char *judge_yield(void)
{
    return plan_check_yield(plan);
}

struct broken {
    const char *rule;
    void (*spoil)(void);
    const char *name;
    const char *(*judge)(void);
};

#define BROKEN(rule, spoil) #rule, spoil, #rule " is broken by " #spoil, judge_plan
#define LITTLE(rule, spoil) #rule, spoil, #rule " is broken by " #spoil, judge_yield

/* The rule that was broken is the first that is named, and nothing was wrong before. */
static inline void broken_rule_is_named(void **state)
{
    const struct broken *broken = *state;
    size_t length = strlen(broken->rule);
    good_plan();
    assert_int_equal(plan->verdict, PLAN_OK);
    assert_int_equal(plan->region_count, 4);
    assert_null(broken->judge());
    broken->spoil();
    const char *fault = broken->judge();
    assert_non_null(fault);
    if (strncmp(fault, broken->rule, length) != 0 || fault[length] != ':') {
        fail_msg("expected %s, was told: %s", broken->rule, fault);
    }
}

/* One test for each, named after what broke it. */
static inline int run_broken(const struct broken *all_broken, size_t count)
{
    enum { BROKEN_MAX = 64 };
    static struct CMUnitTest tests[BROKEN_MAX];
    for (size_t i = 0; i < count && i < BROKEN_MAX; i++) {
        tests[i] = (struct CMUnitTest){.name = all_broken[i].name,
                                       .test_func = broken_rule_is_named,
                                       .initial_state = (void *)(uintptr_t)&all_broken[i]};
    }
    return _cmocka_run_group_tests("broken plans", tests, count, NULL, NULL);
}
