/* core/string.c, the kernel's own memory functions, under other names than the C library's: against byte loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define strlen  kernel_strlen
#define strcmp  kernel_strcmp
#include "core/string.c" // NOLINT(bugprone-suspicious-include)
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp

enum { ROOM = 80, LONGEST = 40 };

static unsigned char is[ROOM], should[ROOM];

static int numbered_bytes(void **state)
{
    (void)state;
    for (int i = 0; i < ROOM; i++) {
        is[i] = should[i] = (unsigned char)(0xA5 + i);
    }
    return 0;
}

static void move(size_t to, size_t from, size_t length)
{
    unsigned char between[LONGEST];
    for (size_t i = 0; i < length; i++) {
        between[i] = should[from + i];
    }
    for (size_t i = 0; i < length; i++) {
        should[to + i] = between[i];
    }
    assert_ptr_equal(kernel_memmove(is + to, is + from, length), is + to);
    assert_memory_equal(is, should, ROOM);
}

/* All lengths up to LONGEST, all distances, overlapping either way or not at all.
 *   |..from###########.....|
 *   |.......to###########..|  */
static void memmove_is_right_for_every_overlap(void **state)
{
    for (size_t length = 0; length <= LONGEST; length++) {
        for (size_t from = 0; from <= ROOM - LONGEST; from++) {
            for (size_t to = 0; to <= ROOM - LONGEST; to++) {
                numbered_bytes(state);
                move(to, from, length);
            }
        }
    }
}

static void memcpy_copies_every_length_and_nothing_beside(void **state)
{
    for (size_t length = 0; length <= LONGEST; length++) {
        for (size_t to = 0; to < 9; to++) {
            unsigned char from[LONGEST];
            numbered_bytes(state);
            for (size_t i = 0; i < length; i++) {
                from[i] = should[to + i] = (unsigned char)(i * 7 + 1);
            }
            assert_ptr_equal(kernel_memcpy(is + to, from, length), is + to);
            assert_memory_equal(is, should, ROOM);
        }
    }
}

static void memset_fills_every_length_and_nothing_beside(void **state)
{
    for (size_t length = 0; length <= LONGEST; length++) {
        for (size_t to = 0; to < 9; to++) {
            numbered_bytes(state);
            for (size_t i = 0; i < length; i++) {
                should[to + i] = 0xC3;
            }
            assert_ptr_equal(kernel_memset(is + to, 0x1C3, length), is + to);
            assert_memory_equal(is, should, ROOM);
        }
    }
}

static void memcmp_compares_as_unsigned_bytes_and_no_further(void **state)
{
    (void)state;
    assert_int_equal(kernel_memcmp("abcX", "abcY", 3), 0);
    assert_true(kernel_memcmp("abcX", "abcY", 4) < 0);
    assert_true(kernel_memcmp("\x80", "\x7f", 1) > 0);
    assert_int_equal(kernel_memcmp("a", "b", 0), 0);
}

static void strlen_and_strcmp_stop_at_the_nul(void **state)
{
    (void)state;
    assert_int_equal(kernel_strlen(""), 0);
    assert_int_equal(kernel_strlen("four\0teen"), 4);
    assert_int_equal(kernel_strcmp("map", "map"), 0);
    assert_int_equal(kernel_strcmp("map\0x", "map\0y"), 0);
    assert_true(kernel_strcmp("map", "maps") < 0);
    assert_true(kernel_strcmp("maps", "map") > 0);
    assert_true(kernel_strcmp("\xff", "a") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memmove_is_right_for_every_overlap),
        cmocka_unit_test(memcpy_copies_every_length_and_nothing_beside),
        cmocka_unit_test(memset_fills_every_length_and_nothing_beside),
        cmocka_unit_test(memcmp_compares_as_unsigned_bytes_and_no_further),
        cmocka_unit_test(strlen_and_strcmp_stop_at_the_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
