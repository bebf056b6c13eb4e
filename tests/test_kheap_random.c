/* Long random histories of the kernel heap: all of its functions, several
 * owners, against a map of memory. TESSERA_SEED replays one; TESSERA_OPERATIONS
 * sets how long they are. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "tests/kheap_history.h"
#include "tests/random.h"

enum { STEPS_A_HEAP = 50000, STEPS_A_WAVE = 4000, CHECK_EVERY = 1009, SHORT_HISTORIES = 1000, SHORT_STEPS = 120 };

static struct random random_state;

static uint64_t history_choose(uint64_t limit)
{
    return random_below(&random_state, limit);
}

/* Regions of any length, with memory that holds what it held. */
static void begin(void)
{
    size_t blocks[12];
    size_t regions = 0;
    size_t left = HISTORY_RAM / HISTORY_BLOCK;
    while (regions < sizeof blocks / sizeof *blocks && left > 8) {
        size_t most = left - left / 128 - 4; /* the others are for table and gap */
        blocks[regions] = 1 + (size_t)random_below(&random_state, most);
        left -= blocks[regions] + blocks[regions] / 128 + 3;
        regions++;
    }
    history_begin(blocks, regions);
}

/* Fills up and empties in waves, so that both a full and an empty heap are met.
 */
static void random_histories_agree_with_a_map_of_memory(void **state)
{
    (void)state;
    random_state = random_seeded("random_histories_agree_with_a_map_of_memory");
    const char *given = getenv("TESSERA_OPERATIONS");
    uint64_t operations = given != NULL ? strtoull(given, NULL, 0) : 300000;
    memset(history.memory, 0xA5, sizeof history.memory);
    begin();
    for (uint64_t i = 1; i <= operations; i++) {
        history_step(i / STEPS_A_WAVE % 2 == 0);
        if (i % CHECK_EVERY == 0) {
            history_expect_sound();
        }
        if (i % STEPS_A_HEAP == 0) {
            history_end();
            begin();
        }
    }
    history_end();
}

/* As after a power-up, a warm reset, or anything; or as the history before has left it. */
static void leave_in_memory(uint64_t what)
{
    uint32_t *words = (uint32_t *)(void *)history.memory;
    if (what == 0) {
        memset(history.memory, (int)random_below(&random_state, 256), sizeof history.memory);
    } else if (what == 1) { /* plausible links and lengths */
        for (size_t i = 0; i < sizeof history.memory / sizeof *words; i++) {
            words[i] = (uint32_t)random_below(&random_state, 16);
        }
    }
}

/* One to three regions, of which most of the table was never written. */
static void begin_short(void)
{
    size_t blocks[3];
    size_t regions = 1 + (size_t)random_below(&random_state, 3);
    for (size_t i = 0; i < regions; i++) {
        blocks[i] = 1 + (size_t)random_below(&random_state, random_below(&random_state, 2) == 0 ? 20 : 900 / regions);
    }
    history_begin(blocks, regions);
}

/* Histories that end before all of the table is written, looked at after each step. */
static void short_histories_over_any_memory_are_sound(void **state)
{
    (void)state;
    random_state = random_seeded("short_histories_over_any_memory_are_sound");
    const char *given = getenv("TESSERA_OPERATIONS");
    uint64_t histories = given != NULL ? strtoull(given, NULL, 0) / 1000 : SHORT_HISTORIES;
    for (uint64_t i = 0; i < histories; i++) {
        leave_in_memory(random_below(&random_state, 8));
        begin_short();
        for (uint64_t steps = 5 + random_below(&random_state, SHORT_STEPS); steps > 0; steps--) {
            history_step(true);
            history_expect_sound();
        }
        history_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories_agree_with_a_map_of_memory),
                                       cmocka_unit_test(short_histories_over_any_memory_are_sound)};
    return cmocka_run_group_tests_name("kernel heap, at random", tests, NULL, NULL);
}
