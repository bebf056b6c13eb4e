#include "boot/unpack.h"

#include <stdbool.h>

/* RFC 1951, 3.2.5 to 3.2.7 */
enum {
    CODE_BITS_MAX = 15,
    LITERALS = 288, /* and lengths; the last two never occur */
    LENGTHS_FIRST = 257,
    LENGTHS = 29,
    DISTANCES = 30,
    DISTANCES_ROOM = 32,
    STEPS = 19, /* symbols of the code that the lengths of the others are in */
    BLOCK_END = 256,
    STEP_REPEAT = 16, /* the length before, 3 times and more */
    STEP_ZEROS,       /* 0, 3 times and more  */
    STEP_MANY_ZEROS,  /* 0, 11 times and more */
};

/* Canonical: the symbols in the order of their codes, and how many have each length. */
struct code {
    uint16_t counts[CODE_BITS_MAX + 1];
    uint16_t symbols[LITERALS];
};

struct state {
    const uint8_t *from, *from_end;
    uint8_t *start, *to, *to_end;
    uint32_t bits; /* taken from `from`, the next one lowest */
    unsigned held; /* how many */
    const char *wrong;
    struct code literals, distances;
};

static const char ends_early[] = "the packed kernel image ends too early";
static const char no_deflate[] = "the packed kernel image is not what it should be";
static const char other_size[] = "the packed kernel image has another size than its header says";

/* The first thing that is wrong counts. What is taken afterwards is 0. */
static void fail(struct state *state, const char *sentence)
{
    if (state->wrong == NULL) {
        state->wrong = sentence;
    }
}

/* The next `count` bits, at most 16. */
static unsigned take(struct state *state, unsigned count)
{
    while (state->held < count) {
        if (state->from == state->from_end) {
            fail(state, ends_early);
            return 0;
        }
        state->bits |= (uint32_t)*state->from++ << state->held;
        state->held += 8;
    }
    unsigned value = state->bits & ((1u << count) - 1);
    state->bits >>= count;
    state->held -= count;
    return value;
}

static void put(struct state *state, unsigned byte)
{
    if (state->to == state->to_end) {
        fail(state, other_size);
        return;
    }
    *state->to++ = (uint8_t)byte;
}

/* False when there are more codes of some length than bits can tell apart. Fewer are good: the others stand for nothing. */
static bool code_make(struct code *code, const uint8_t *lengths, unsigned count)
{
    uint16_t next[CODE_BITS_MAX + 1];
    int free = 1; /* codes of this length that are left */
    for (unsigned length = 0; length <= CODE_BITS_MAX; length++) {
        code->counts[length] = 0;
    }
    for (unsigned symbol = 0; symbol < count; symbol++) {
        code->counts[lengths[symbol]]++;
    }
    next[0] = 0;
    code->counts[0] = 0;
    for (unsigned length = 1; length <= CODE_BITS_MAX; length++) {
        free = 2 * free - code->counts[length];
        if (free < 0) {
            return false;
        }
        next[length] = (uint16_t)(next[length - 1] + code->counts[length - 1]);
    }
    for (unsigned symbol = 0; symbol < count; symbol++) {
        if (lengths[symbol] != 0) {
            code->symbols[next[lengths[symbol]]++] = (uint16_t)symbol;
        }
    }
    return true;
}

/* The codes of one length are consecutive numbers, which start at twice what follows the last shorter one. */
static unsigned take_symbol(struct state *state, const struct code *code)
{
    unsigned value = 0, first = 0, shorter = 0;
    for (unsigned length = 1; length <= CODE_BITS_MAX; length++) {
        unsigned count = code->counts[length];
        value |= take(state, 1);
        if (value < first + count) {
            return code->symbols[shorter + (value - first)];
        }
        shorter += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    fail(state, no_deflate);
    return 0;
}

/* Lengths and distances grow in groups of `2^group_bits` symbols, of which each has one bit more behind it than those of the
 * group before. */
static unsigned take_number(struct state *state, unsigned symbol, unsigned group_bits)
{
    unsigned group = 1u << group_bits;
    if (symbol < 2 * group) {
        return symbol;
    }
    unsigned extra = (symbol >> group_bits) - 1;
    return ((group + symbol % group) << extra) + take(state, extra);
}

static void copy_back(struct state *state, unsigned length, unsigned distance)
{
    if (distance > (uint32_t)(state->to - state->start)) {
        fail(state, no_deflate);
        return;
    }
    for (; length > 0 && state->wrong == NULL; length--) {
        put(state, *(state->to - distance));
    }
}

static void unpack_match(struct state *state, unsigned symbol)
{
    if (symbol >= LENGTHS_FIRST + LENGTHS) {
        fail(state, no_deflate);
        return;
    }
    bool longest =
        symbol == LENGTHS_FIRST + LENGTHS - 1; /* stands alone, and for one less than its group would say */
    unsigned length = longest ? 258 : 3 + take_number(state, symbol - LENGTHS_FIRST, 2);
    symbol = take_symbol(state, &state->distances);
    if (symbol >= DISTANCES) {
        fail(state, no_deflate);
        return;
    }
    copy_back(state, length, 1 + take_number(state, symbol, 1));
}

static void unpack_symbols(struct state *state)
{
    while (state->wrong == NULL) {
        unsigned symbol = take_symbol(state, &state->literals);
        if (symbol == BLOCK_END || state->wrong != NULL) {
            return;
        }
        if (symbol < BLOCK_END) {
            put(state, symbol);
        } else {
            unpack_match(state, symbol);
        }
    }
}

static void unpack_stored(struct state *state)
{
    (void)take(state, state->held % 8);
    unsigned length = take(state, 16);
    if ((length ^ take(state, 16)) != 0xFFFF) {
        fail(state, no_deflate);
    }
    for (; length > 0 && state->wrong == NULL; length--) {
        put(state, take(state, 8));
    }
}

static void use_codes(struct state *state, const uint8_t *lengths, unsigned literals, unsigned distances)
{
    if (!code_make(&state->literals, lengths, literals) ||
        !code_make(&state->distances, lengths + literals, distances)) {
        fail(state, no_deflate);
    }
    unpack_symbols(state);
}

static void unpack_fixed(struct state *state)
{
    uint8_t lengths[LITERALS + DISTANCES_ROOM];
    for (unsigned i = 0; i < LITERALS + DISTANCES_ROOM; i++) {
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : i < LITERALS ? 8 : 5;
    }
    use_codes(state, lengths, LITERALS, DISTANCES_ROOM);
}

/* The lengths of both codes in one go, which are packed themselves, with the code of steps that is in `literals` so far. */
static void take_lengths(struct state *state, uint8_t *lengths, unsigned count)
{
    for (unsigned at = 0; at < count && state->wrong == NULL;) {
        unsigned step = take_symbol(state, &state->literals), times = 1, length = step;
        if (step >= STEP_REPEAT) {
            length = step == STEP_REPEAT && at > 0 ? lengths[at - 1] : 0;
            times = step == STEP_MANY_ZEROS ? 11 + take(state, 7) : 3 + take(state, step == STEP_ZEROS ? 3 : 2);
        }
        if (times > count - at || (step == STEP_REPEAT && at == 0)) {
            fail(state, no_deflate);
            return;
        }
        while (times-- > 0) {
            lengths[at++] = (uint8_t)length;
        }
    }
}

static void unpack_dynamic(struct state *state)
{
    static const uint8_t order[STEPS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LITERALS + DISTANCES_ROOM] = {0};
    unsigned literals = 257 + take(state, 5), distances = 1 + take(state, 5), steps = 4 + take(state, 4);
    for (unsigned i = 0; i < steps; i++) {
        lengths[order[i]] = (uint8_t)take(state, 3);
    }
    if (!code_make(&state->literals, lengths, STEPS)) {
        fail(state, no_deflate);
        return;
    }
    take_lengths(state, lengths, literals + distances);
    use_codes(state, lengths, literals, distances);
}

const char *unpack(const struct unpack *job)
{
    struct state state = {.from = job->from,
                          .from_end = job->from + job->from_bytes,
                          .start = job->to,
                          .to = job->to,
                          .to_end = job->to + job->to_bytes};
    for (bool last = false; !last && state.wrong == NULL;) {
        last = take(&state, 1) != 0;
        switch (take(&state, 2)) {
        case 0: unpack_stored(&state); break;
        case 1: unpack_fixed(&state); break;
        case 2: unpack_dynamic(&state); break;
        default: fail(&state, no_deflate);
        }
    }
    if (state.to != state.to_end || state.from != state.from_end) {
        fail(&state, other_size);
    }
    return state.wrong;
}
