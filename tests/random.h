/* Random numbers for tests that can be replayed: the seed is printed, and TESSERA_SEED sets it. */
#pragma once

#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct random {
    uint64_t state;
};

/* The number in an environment variable (decimal, 0x..., 0...), `otherwise` when it is not set. Anything else ends the
 * test: a run with another number than was asked for would prove nothing. */
static inline uint64_t random_setting(const char *name, uint64_t otherwise)
{
    const char *given = getenv(name);
    if (given == NULL) {
        return otherwise;
    }
    char *end;
    uint64_t number = strtoull(given, &end, 0); /* ULLONG_MAX: too large; errno.h would hide core/status.h's names */
    if (given[0] < '0' || given[0] > '9' || *end != '\0' || number == ULLONG_MAX) {
        fprintf(stderr, "%s='%s' is not a number of 64 bits\n", name, given);
        exit(EXIT_FAILURE);
    }
    return number;
}

/* Seeds from TESSERA_SEED if that is set, else from the clock, and says with what. */
static inline struct random random_seeded(const char *test)
{
    uint64_t seed = random_setting("TESSERA_SEED", (uint64_t)time(NULL) ^ ((uint64_t)clock() << 32));
    printf("%s: replay with TESSERA_SEED=0x%" PRIx64 "\n", test, seed);
    return (struct random){seed};
}

/* splitmix64: any seed, also 0, gives a good sequence (Steele, Lea, Flood 2014). */
static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to limit - 1; limit is at least 1. The bias of the remainder does not matter here. */
static inline uint64_t random_below(struct random *random, uint64_t limit)
{
    return random_next(random) % limit;
}
