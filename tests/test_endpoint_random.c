/* Long random histories of twelve parties at six endpoints, against the model. TESSERA_SEED replays one. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "tests/endpoint_choices.h"
#include "tests/random.h"

enum { HISTORIES = 40, STEPS = 5000 };

static struct random random_state;

static uint64_t history_choose(uint64_t limit)
{
    return random_below(&random_state, limit);
}

static void random_histories_agree_with_the_model(void **state)
{
    (void)state;
    random_state = random_seeded("endpoints");
    for (size_t i = 0; i < HISTORIES; i++) {
        begin_chosen();
        for (size_t step = 0; step < STEPS; step++) {
            step_chosen();
        }
    }
    print_message(
        "refused: no receiver %zu, may not wait %zu, circle %zu, argument %zu; most in one chain: %zu; usual: %zu\n",
        chosen.refused[EDEAD], chosen.refused[ETIMEDOUT], chosen.refused[ECYCLE], chosen.refused[EINVARG],
        chosen.longest, chosen.usual);
    assert_true(chosen.refused[EDEAD] > 1000 && chosen.refused[ETIMEDOUT] > 1000 && chosen.refused[ECYCLE] > 1000);
    assert_true(chosen.refused[EINVARG] > 1000 && chosen.longest > 4 && chosen.usual > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories_agree_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
