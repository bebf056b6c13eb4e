/* kmalloc's family for one owner: small objects from their slabs, krealloc where it can stay and where it cannot. */
#include "tests/kheap_one_region.h"

#include <stdlib.h>

#include "mm/slab.h"

enum { OBJECTS = 700 };

/* ---- small objects ---- */

static int by_address(const void *a, const void *b)
{
    const char *const *first = a;
    const char *const *second = b;
    return (*first > *second) - (*first < *second);
}

/* No two of them share a byte. */
static void expect_apart(char **objects, size_t bytes)
{
    char *sorted[OBJECTS];
    memcpy(sorted, objects, sizeof sorted);
    qsort(sorted, OBJECTS, sizeof *sorted, by_address);
    for (size_t i = 1; i < OBJECTS; i++) {
        assert_true((size_t)(sorted[i] - sorted[i - 1]) >= bytes);
    }
}

/* More than one slab holds, and more than a word of one says; every third goes back, and serves again. */
static void each_object_of_a_slab_is_handed_out_once(void **state)
{
    (void)state;
    for (size_t bytes = 16; bytes <= 80; bytes += 16) {
        char *objects[OBJECTS];
        for (size_t i = 0; i < OBJECTS; i++) {
            objects[i] = kmalloc(bytes);
            assert_non_null(objects[i]);
        }
        expect_apart(objects, bytes);
        size_t used = kheap_totals().used;
        for (size_t i = 0; i < OBJECTS; i += 3) {
            kfree(objects[i]);
        }
        sound(NULL);
        for (size_t i = 0; i < OBJECTS; i += 3) {
            objects[i] = kmalloc(bytes);
        }
        expect_apart(objects, bytes);
        assert_int_equal(kheap_totals().used, used);
        sound(NULL);
    }
    assert_int_equal(refusals, 0);
}

/*   word 0  |1111...1|   all live, as in word 1; one of them is freed, and next
 *   word 1  |1111...1|                                                          */
static void room_in_an_earlier_word_is_found(void **state)
{
    (void)state;
    char *objects[128];
    for (size_t i = 0; i < 128; i++) {
        objects[i] = kmalloc(16);
    }
    assert_ptr_equal(objects[127], objects[0] + 127 * 16);
    kfree(objects[3]);
    assert_ptr_equal(kmalloc(16), objects[3]);
}

/*   word 0  |1111...1|   all live; then those of the first word go back
 *   word 1  |1111...1|                                               */
static void a_slab_is_empty_when_every_word_of_it_is(void **state)
{
    (void)state;
    char *objects[128];
    for (size_t i = 0; i < 128; i++) {
        objects[i] = kmalloc(16);
    }
    for (size_t i = 0; i < 64; i++) {
        kfree(objects[i]);
    }
    assert_int_equal(kheap_totals().kept, 0);
    for (size_t i = 64; i < 128; i++) {
        kfree(objects[i]);
    }
    assert_int_equal(kheap_totals().kept, 1);
}

/* The 63 descriptors of one block are all in use; the second block has none in use, and serves again.
 *   2048-byte objects, two to a slab: slabs 1 to 63 | slab 64 */
static void an_idle_descriptor_block_serves_again(void **state)
{
    (void)state;
    enum { SLABS = SLAB_DESCRIPTORS - 1 };
    void *objects[2 * SLABS];
    for (size_t i = 0; i < 2 * SLABS; i++) {
        objects[i] = kmalloc(2048);
    }
    void *last = kmalloc(2048);
    kfree(objects[0]);
    kfree(objects[1]); /* its slab is kept, empty */
    kfree(last);       /* this one is not         */
    size_t used = kheap_totals().used;
    assert_non_null(kmalloc(100));
    assert_int_equal(kheap_totals().used, used + 1); /* the slab alone */
}

/* A slab of each class is kept, and a descriptor block. A request for all of the memory gets it. */
static void a_failing_request_gives_back_all_that_is_kept(void **state)
{
    (void)state;
    enum { ALL = 1900 };
    memset(&plan, 0, sizeof plan);
    add_region(0, ALL);
    use_plan();
    for (size_t class = 0; class < SIZE_CLASSES; class ++) {
        kfree(kmalloc(size_classes[class].size));
    }
    assert_true(kheap_totals().kept >= SIZE_CLASSES);
    assert_non_null(kmalloc((size_t)ALL * BLOCK));
}

/* Nothing but a slab tells that the pointer is inside a run.
 *   |dsAAAA...AAAAs...|  the start of A is too far to see */
static void deep_inside_a_run_before_a_slab_is_inside(void **state)
{
    (void)state;
    assert_non_null(kmalloc(100));
    char *run = kmalloc(200 * BLOCK);
    assert_ptr_equal(kmalloc(64), run + 200 * BLOCK);
    assert_int_equal(kheap_try_free(run + 150 * BLOCK), -EINVARG);
    assert_int_equal(last_refusal.fault, FREE_INSIDE_RUN);
}

/* ---- krealloc ---- */

/*   word 0  |1111...1|   all live
 *   word 1  |0.......|   what gets shorter moves here */
static void what_gets_shorter_goes_on_to_the_next_word(void **state)
{
    (void)state;
    char *object = kmalloc(100);
    char *first = kmalloc(16);
    for (size_t i = 1; i < 64; i++) {
        (void)kmalloc(16);
    }
    assert_ptr_equal(krealloc(object, 16), first + 64 * 16);
}

/*   word 0 to 3  |1111...1|   all live: what gets shorter moves to another slab */
static void what_gets_shorter_gets_another_slab_where_no_word_has_room(void **state)
{
    (void)state;
    char *object = kmalloc(100);
    char *first = kmalloc(16);
    for (size_t i = 1; i < SLAB_OBJECTS_MAX; i++) {
        (void)kmalloc(16);
    }
    memset(object, 's', 100);
    char *moved = krealloc(object, 16);
    assert_non_null(moved);
    assert_true(moved < first || moved >= first + BLOCK);
    assert_int_equal(moved[15], 's');
}

static void null_is_resized_to_a_new_allocation(void **state)
{
    (void)state;
    assert_non_null(krealloc(NULL, 100));
    assert_null(krealloc(NULL, 0));
}

static void no_bytes_are_no_size_to_resize_to(void **state)
{
    (void)state;
    char *run = kmalloc(3 * BLOCK);
    uint64_t before = kheap_digest();
    assert_null(krealloc(run, 0));
    assert_int_equal(refusals, 0);
    assert_int_equal(kmalloc_usable_size(run), 3 * BLOCK);
    assert_true(kheap_digest() == before);
}

static void nothing_usable_is_where_nothing_is_live(void **state)
{
    (void)state;
    char *run = kmalloc(3 * BLOCK);
    assert_int_equal(kmalloc_usable_size(NULL), 0);
    assert_int_equal(kmalloc_usable_size(run + BLOCK), 0);
    assert_null(krealloc(run + BLOCK, BLOCK));
    assert_int_equal(last_refusal.fault, FREE_INSIDE_RUN);
}

/* A length that is too long for a tag is noted in an entry of its own.
 *   |AAAA...A........|  200 blocks, then 100, 150 and 3 */
static void long_runs_get_longer_and_shorter_where_they_stand(void **state)
{
    (void)state;
    const size_t lengths[] = {100, 150, 3, 66, 65, 64};
    char *run = kmalloc(200 * BLOCK);
    memset(run, 'r', 3 * BLOCK);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_ptr_equal(krealloc(run, lengths[i] * BLOCK), run);
        assert_int_equal(kmalloc_usable_size(run), lengths[i] * BLOCK);
        assert_int_equal(kheap_totals().used, lengths[i]);
        sound(NULL);
    }
    assert_int_equal(run[3 * BLOCK - 1], 'r');
    kfree(run);
    assert_int_equal(kheap_totals().free_runs, 1);
}

/* Neither the length nor the boundary can be had; the sum of both does not fit a count of blocks. */
static void impossible_boundaries_are_refused(void **state)
{
    (void)state;
    assert_null(kmalloc_aligned((HEAP_BLOCKS_MAX - 1) * BLOCK, KHEAP_ALIGNMENT_MAX));
    assert_null(kmalloc_aligned(BLOCK, 2 * KHEAP_ALIGNMENT_MAX));
    assert_null(kmalloc_aligned(BLOCK, 48));
    assert_null(kmalloc_aligned(BLOCK, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(each_object_of_a_slab_is_handed_out_once),
        FRESH(room_in_an_earlier_word_is_found),
        FRESH(a_slab_is_empty_when_every_word_of_it_is),
        FRESH(an_idle_descriptor_block_serves_again),
        FRESH(a_failing_request_gives_back_all_that_is_kept),
        FRESH(deep_inside_a_run_before_a_slab_is_inside),
        FRESH(what_gets_shorter_goes_on_to_the_next_word),
        FRESH(what_gets_shorter_gets_another_slab_where_no_word_has_room),
        FRESH(null_is_resized_to_a_new_allocation),
        FRESH(no_bytes_are_no_size_to_resize_to),
        FRESH(nothing_usable_is_where_nothing_is_live),
        FRESH(long_runs_get_longer_and_shorter_where_they_stand),
        FRESH(impossible_boundaries_are_refused),
    };
    return cmocka_run_group_tests_name("kmalloc's family", tests, NULL, NULL);
}
