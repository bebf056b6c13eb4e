/* A server that computes and ends: for ipc/drill_program.c. What it finds wrong changes what it returns. */
#include <stdint.h>

enum { WORDS = 3000, DEPTH = 45, GOOD = 0x600D };

uint64_t server_main(void);

static const uint8_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19};
static uint64_t initialised[] = {1, 1, 2, 3, 5, 8, 13, 21};
static uint64_t zeros[WORDS];

/* Through volatile, so that nothing is known beforehand. */
static const volatile uint8_t *const constants = primes;
static volatile uint64_t *const data = initialised;
static volatile uint64_t *const words = zeros;

static uint64_t sum_of_zeros(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < WORDS; i++) {
        sum += words[i];
        words[i] = i;
    }
    return sum;
}

static uint64_t sum_of_numbers(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < sizeof primes; i++) {
        sum += constants[i] * data[i];
        data[i] = 0;
    }
    return sum;
}

/* Each call has its piece of the stack, some of which lie in its lowest page. */
static uint64_t dive(unsigned depth) /* NOLINT(misc-no-recursion): that is the point */
{
    volatile uint64_t piece[10];
    for (unsigned i = 0; i < 10; i++) {
        piece[i] = depth;
    }
    uint64_t below = depth == 0 ? 0 : dive(depth - 1);
    return below + piece[9];
}

uint64_t server_main(void)
{
    uint64_t wrong = sum_of_zeros() + sum_of_numbers() - (2 + 3 + 10 + 21 + 55 + 104 + 221 + 399);
    wrong |= dive(DEPTH) - DEPTH * (DEPTH + 1) / 2;
    wrong |= words[WORDS - 1] - (WORDS - 1);
    return wrong == 0 ? GOOD : 0;
}
