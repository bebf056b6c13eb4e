/* boot/unpack.c: what DEFLATE says (RFC 1951), block by block, and that nothing in it leads out of the two ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boot/unpack.h"
#include "tests/random.h"

/* "0 bottles of beer on the wall, 1 bottles of beer on the wall, " and so on to 39, as zlib 1.2.13 packs it at level 9: one
 * block with codes of its own. */
static const uint8_t bottles[] = {
    0x85, 0xd3, 0xcb, 0x09, 0xc3, 0x40, 0x10, 0x04, 0xd1, 0x54, 0x26, 0x00, 0x1d, 0x34, 0xdd, 0xfe, 0xc8, 0xe1, 0x58,
    0xb0, 0xc2, 0x87, 0xc5, 0x0b, 0xd6, 0x82, 0xd2, 0x77, 0x06, 0x53, 0xe7, 0xba, 0x3d, 0xba, 0xd7, 0xd8, 0xc7, 0x9c,
    0xbd, 0x9d, 0x31, 0x8e, 0xd8, 0x5b, 0xfb, 0xc5, 0xf8, 0xc6, 0xfc, 0xb4, 0xb8, 0xde, 0xbd, 0x2f, 0x91, 0x75, 0x56,
    0x9d, 0x5d, 0xe7, 0x5b, 0x9d, 0xef, 0x75, 0x7e, 0xd4, 0xf9, 0x59, 0xe7, 0xad, 0xce, 0x2f, 0x60, 0x59, 0xa1, 0x83,
    0x5b, 0x02, 0x5c, 0x82, 0x5c, 0x02, 0x5d, 0x82, 0x5d, 0x02, 0x5e, 0x82, 0x5e, 0x02, 0x5f, 0x82, 0x9f, 0xc0, 0x4f,
    0xb4, 0x3b, 0xf0, 0x13, 0xf8, 0x09, 0xfc, 0x04, 0x7e, 0x02, 0x3f, 0x81, 0x9f, 0xc0, 0x4f, 0xe0, 0x67, 0xf0, 0x33,
    0xf8, 0x99, 0x8e, 0x0b, 0x7e, 0x06, 0x3f, 0x83, 0x9f, 0xc1, 0xcf, 0xe0, 0x67, 0xf0, 0x33, 0xf8, 0xfd, 0x01,
};
enum { BOTTLES = 40, ROOM = 1 << 17 };

/* On the heap to the byte, so that the sanitizer sees a step too far. */
static const char *unpacks(const void *from, size_t from_bytes, uint8_t **to, size_t to_bytes)
{
    uint8_t *exact = malloc(from_bytes + 1); /* never none */
    memcpy(exact + 1, from, from_bytes);
    *to = malloc(to_bytes + 1);
    memset(*to, 0xA5, to_bytes + 1);
    const char *sentence = unpack(&(struct unpack){exact + 1, (uint32_t)from_bytes, *to, (uint32_t)to_bytes});
    free(exact);
    assert_int_equal((*to)[to_bytes], 0xA5);
    return sentence;
}

static void gives(const void *from, size_t from_bytes, const void *wanted, size_t wanted_bytes)
{
    uint8_t *to;
    assert_null(unpacks(from, from_bytes, &to, wanted_bytes));
    assert_memory_equal(to, wanted, wanted_bytes);
    free(to);
}

static void refused(const void *from, size_t from_bytes, size_t to_bytes, const char *word)
{
    uint8_t *to;
    const char *sentence = unpacks(from, from_bytes, &to, to_bytes);
    assert_non_null(sentence);
    assert_non_null(strstr(sentence, word));
    free(to);
}

static size_t sing(char *text)
{
    size_t length = 0;
    for (int i = 0; i < BOTTLES; i++) {
        length += (size_t)sprintf(text + length, "%d bottles of beer on the wall, ", i);
    }
    return length;
}

/* Bits, the low ones of a byte first; a code of Huffman's comes with its high bit first. */
struct writer {
    uint8_t bytes[2 * ROOM];
    size_t bits;
};
static struct writer writer;

static void put(unsigned value, unsigned count)
{
    for (unsigned i = 0; i < count; i++, writer.bits++) {
        uint8_t *byte = &writer.bytes[writer.bits / 8];
        *byte = (uint8_t)((writer.bits % 8 == 0 ? 0 : *byte) | (value >> i & 1) << writer.bits % 8);
    }
}

static void put_code(unsigned code, unsigned count)
{
    while (count-- > 0) {
        put(code >> count & 1, 1);
    }
}

static size_t written(void)
{
    return (writer.bits + 7) / 8;
}

static void begin(unsigned last, unsigned kind)
{
    put(last, 1);
    put(kind, 2);
}

/* A literal or a length's symbol in the fixed code (RFC 1951, 3.2.6). */
static void put_fixed(unsigned symbol)
{
    if (symbol < 144) {
        put_code(0x30 + symbol, 8);
    } else if (symbol < 256) {
        put_code(0x190 + symbol - 144, 9);
    } else if (symbol < 280) {
        put_code(symbol - 256, 7);
    } else {
        put_code(0xC0 + symbol - 280, 8);
    }
}

static int fresh(void **state)
{
    (void)state;
    memset(&writer, 0xA5, sizeof writer);
    writer.bits = 0;
    return 0;
}

static void a_block_with_codes_of_its_own(void **state)
{
    (void)state;
    char text[4096];
    size_t length = sing(text);
    gives(bottles, sizeof bottles, text, length);
}

static void a_block_with_the_fixed_codes(void **state)
{
    (void)state;
    static const uint8_t foobar[] = {0x4b, 0xcb, 0xcf, 0x4f, 0x4a, 0x2c, 0x02, 0x00};
    gives(foobar, sizeof foobar, "foobar", 6);
}

/*   | 0 00 fill | 03 00 fc ff a b c | 1 00 fill | 00 00 ff ff | */
static void stored_blocks_begin_at_whole_bytes(void **state)
{
    (void)state;
    static const uint8_t stored[] = {0xF8, 3, 0, 0xFC, 0xFF, 'a', 'b', 'c', 0x01, 0, 0, 0xFF, 0xFF};
    gives(stored, sizeof stored, "abc", 3);
    refused(stored, sizeof stored, 2, "size");
}

static void a_stored_block_says_its_length_twice(void **state)
{
    (void)state;
    static const uint8_t stored[] = {0x01, 1, 0, 0xFF, 0xFF, 'a'};
    refused(stored, sizeof stored, 1, "should be");
}

/* The tables of RFC 1951, 3.2.5, as they are printed there. */
static const uint16_t length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                         33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                         1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t distance_extra[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                         6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

/* A match in the fixed codes, of the symbols' longest or shortest length and distance. Appends what it stands for to `text`. */
static size_t put_match(uint8_t *text, size_t at, unsigned length_symbol, unsigned distance_symbol, bool longest)
{
    unsigned more = longest ? (1u << length_extra[length_symbol]) - 1 : 0;
    unsigned further = longest ? (1u << distance_extra[distance_symbol]) - 1 : 0;
    size_t length = length_base[length_symbol] + more, distance = distance_base[distance_symbol] + further;
    put_fixed(257 + length_symbol);
    put(more, length_extra[length_symbol]);
    put_code(distance_symbol, 5);
    put(further, distance_extra[distance_symbol]);
    for (size_t i = 0; i < length; i++) {
        text[at + i] = text[at + i - distance];
    }
    return at + length;
}

static void every_length_and_distance_is_what_the_standard_says(void **state)
{
    (void)state;
    static uint8_t text[ROOM];
    struct random random = {7};
    size_t at = 0;
    begin(1, 1);
    for (; at < 32768; at++) {
        text[at] = (uint8_t)random_next(&random);
        put_fixed(text[at]);
    }
    for (unsigned length = 0; length < 29; length++) {
        at = put_match(text, at, length, length % 30, false);
        at = put_match(text, at, length, 29 - length, true);
    }
    at = put_match(text, at, 28, 29, true);
    put_fixed(256);
    gives(writer.bytes, written(), text, at);
}

/*   start of `to` | a |
 *         distance 2: none */
static void a_distance_before_the_start_is_refused(void **state)
{
    (void)state;
    uint8_t text[8] = {'a', 'b'};
    begin(1, 1);
    put_fixed('a');
    (void)put_match(text, 2, 0, 1, false);
    put_fixed(256);
    refused(writer.bytes, written(), 4, "should be");
}

static void symbols_that_stand_for_nothing_are_refused(void **state)
{
    begin(1, 1);
    put_fixed('a');
    put_fixed(286);
    put(0, 16);
    refused(writer.bytes, written(), 9, "should be");
    (void)fresh(state);
    begin(1, 1);
    for (int i = 0; i < 40000; i++) { /* further than any distance leads */
        put_fixed('a');
    }
    put_fixed(257);
    put_code(30, 5);
    put(0, 16);
    refused(writer.bytes, written(), 40003, "should be");
}

static void a_block_of_the_fourth_kind_is_refused(void **state)
{
    (void)state;
    begin(1, 3);
    refused(writer.bytes, written(), 1, "should be");
}

/* Codes of steps, by RFC 1951's order 16 17 18 0 8 7 9 ...: lengths in 3 bits each. */
static void begin_steps(const uint8_t *lengths, unsigned count)
{
    begin(1, 2);
    put(0, 5);
    put(0, 5);
    put(count - 4, 4);
    for (unsigned i = 0; i < count; i++) {
        put(lengths[i], 3);
    }
}

static void too_many_codes_of_a_length_are_refused(void **state)
{
    (void)state;
    static const uint8_t three_of_one_bit[] = {1, 1, 1, 0};
    begin_steps(three_of_one_bit, 4);
    put(0, 32);
    refused(writer.bytes, written(), 1, "should be");
}

/* Only one step has a code, 0; the bits say 1. */
static void a_code_that_nobody_has_is_refused(void **state)
{
    (void)state;
    static const uint8_t one[] = {0, 0, 1, 0};
    begin_steps(one, 4);
    put(0xFFFF, 16);
    refused(writer.bytes, written(), 1, "should be");
}

/* 288 literals and 32 distances, as many as can be told: 320 lengths, of which 138, 138 and 45 are one too many. */
static void lengths_beyond_their_number_are_refused(void **state)
{
    (void)state;
    static const uint8_t zeros_only[] = {0, 0, 1, 0};
    begin(1, 2);
    put(31, 5);
    put(31, 5);
    put(0, 4);
    for (unsigned i = 0; i < sizeof zeros_only; i++) {
        put(zeros_only[i], 3);
    }
    put(127 << 1, 8);
    put(127 << 1, 8);
    put(34 << 1, 8);
    refused(writer.bytes, written(), 1, "should be");
}

static void the_first_length_repeats_nothing(void **state)
{
    (void)state;
    static const uint8_t repeat_only[] = {1, 0, 0, 0};
    begin_steps(repeat_only, 4);
    put(0, 32);
    refused(writer.bytes, written(), 1, "should be");
}

static void whatever_is_cut_off_is_refused(void **state)
{
    (void)state;
    char text[4096];
    size_t length = sing(text);
    for (size_t kept = 0; kept < sizeof bottles; kept++) {
        refused(bottles, kept, length, "early");
    }
}

static void another_size_than_was_told_is_refused(void **state)
{
    (void)state;
    char text[4096];
    size_t length = sing(text);
    uint8_t longer[sizeof bottles + 1] = {0};
    memcpy(longer, bottles, sizeof bottles);
    refused(bottles, sizeof bottles, length - 1, "size");
    refused(bottles, sizeof bottles, length + 1, "size");
    refused(bottles, sizeof bottles, 0, "size");
    refused(longer, sizeof longer, length, "size");
}

/* The sanitizer watches; what comes out is nobody's business. */
static void damage_leads_nowhere(void **state)
{
    (void)state;
    struct random random = random_seeded("test_unpack");
    uint8_t *to;
    for (int i = 0; i < 20000; i++) {
        uint8_t broken[sizeof bottles];
        memcpy(broken, bottles, sizeof broken);
        for (uint64_t flips = 1 + random_next(&random) % 4; flips > 0; flips--) {
            uint64_t bit = random_next(&random) % (sizeof broken * 8);
            broken[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        (void)unpacks(broken, sizeof broken, &to, 1 + random_next(&random) % 2000);
        free(to);
    }
    for (int i = 0; i < 20000; i++) {
        uint8_t noise[64];
        for (size_t at = 0; at < sizeof noise; at++) {
            noise[at] = (uint8_t)random_next(&random);
        }
        (void)unpacks(noise, 1 + random_next(&random) % sizeof noise, &to, 300);
        free(to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_block_with_codes_of_its_own, fresh),
        cmocka_unit_test_setup(a_block_with_the_fixed_codes, fresh),
        cmocka_unit_test_setup(stored_blocks_begin_at_whole_bytes, fresh),
        cmocka_unit_test_setup(a_stored_block_says_its_length_twice, fresh),
        cmocka_unit_test_setup(every_length_and_distance_is_what_the_standard_says, fresh),
        cmocka_unit_test_setup(a_distance_before_the_start_is_refused, fresh),
        cmocka_unit_test_setup(symbols_that_stand_for_nothing_are_refused, fresh),
        cmocka_unit_test_setup(a_block_of_the_fourth_kind_is_refused, fresh),
        cmocka_unit_test_setup(too_many_codes_of_a_length_are_refused, fresh),
        cmocka_unit_test_setup(a_code_that_nobody_has_is_refused, fresh),
        cmocka_unit_test_setup(lengths_beyond_their_number_are_refused, fresh),
        cmocka_unit_test_setup(the_first_length_repeats_nothing, fresh),
        cmocka_unit_test_setup(whatever_is_cut_off_is_refused, fresh),
        cmocka_unit_test_setup(another_size_than_was_told_is_refused, fresh),
        cmocka_unit_test_setup(damage_leads_nowhere, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
