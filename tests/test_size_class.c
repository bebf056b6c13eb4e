/* The size classes, and the arithmetic that slabs do with them. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "core/config.h"
#include "mm/size_class.h"
#include "mm/slab.h"

/* The smallest class that holds a size is its class; what is lost stays within the bounds that are promised. */
static void every_size_gets_the_smallest_class_that_holds_it(void **state)
{
    (void)state;
    for (size_t bytes = 1; bytes <= SIZE_CLASS_LONGEST; bytes++) {
        size_t class = size_class_of(bytes);
        assert_true(size_is_small(bytes) == (class < SIZE_CLASSES));
        if (class == SIZE_CLASSES) {
            continue;
        }
        size_t size = size_classes[class].size;
        assert_true(size >= bytes && (class == 0 || size_classes[class - 1].size < bytes));
        size_t lost = size - bytes;
        assert_true(size <= 128 ? lost < SIZE_CLASS_GRAIN
                                : lost * 8 <= size || (size > HEAP_BLOCK_SIZE && lost * 5 < size));
    }
}

/* A slab's blocks hold all its objects; those past the last one do not fit, or are more than the bitmap has bits. */
static void objects_fill_their_slab(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        const struct size_class *class = &size_classes[i];
        size_t bytes = (size_t) class->blocks * HEAP_BLOCK_SIZE;
        size_t objects = bytes / class->size;
        assert_int_equal(class->size % SIZE_CLASS_GRAIN, 0);
        assert_true(class->blocks >= 1 && class->blocks <= SLAB_BLOCKS_MAX);
        assert_true(objects >= 2 && objects <= (class->size < SLAB_ONE_WORD ? SLAB_OBJECTS_MAX : 64));
        assert_true(objects * class->size <= bytes && (objects + 1) * class->size > bytes - bytes / 25);
        assert_true(class->size >= SLAB_ONE_WORD || objects == SLAB_OBJECTS_MAX);
    }
}

static void powers_of_two_are_classes(void **state)
{
    (void)state;
    for (size_t bytes = 16; bytes < HEAP_BLOCK_SIZE; bytes *= 2) {
        assert_int_equal(size_classes[size_class_of(bytes)].size, bytes);
    }
}

/* The division by multiplication that kfree does, at every offset in a slab of every class. */
static void reciprocal_divides_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        const struct size_class *class = &size_classes[i];
        for (size_t offset = 0; offset < (size_t) class->blocks * HEAP_BLOCK_SIZE; offset++) {
            uint64_t product = offset * class->reciprocal;
            assert_int_equal(product >> 32, offset / class->size);
            assert_true(((uint32_t)product < class->reciprocal) == (offset % class->size == 0));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_gets_the_smallest_class_that_holds_it),
        cmocka_unit_test(objects_fill_their_slab),
        cmocka_unit_test(powers_of_two_are_classes),
        cmocka_unit_test(reciprocal_divides_exactly),
    };
    return cmocka_run_group_tests_name("size classes", tests, NULL, NULL);
}
