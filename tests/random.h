/* Random numbers for tests that can be replayed: the seed is printed, and TESSERA_SEED sets it. */
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct random {
    uint64_t state;
};

/* Seeds from TESSERA_SEED if that is set, else from the clock, and says with what. */
static inline struct random random_seeded(const char *test)
{
    const char *given = getenv("TESSERA_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) ^ ((uint64_t)clock() << 32);
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
