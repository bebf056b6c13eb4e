/* mm/picture.h: which cells are how full, over one region and several, and against a walk block by block. */
#include "tests/kheap_refusals.h"

#include "mm/picture.h"
#include "tests/random.h"

static struct picture picture;

static int two_regions(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 6);
    add_region(2, 10);
    use_plan();
    return 0;
}

static int sound(void **state)
{
    (void)state;
    const char *broken = kheap_check();
    assert_string_equal(broken != NULL ? broken : "sound", "sound");
    return 0;
}

static void assert_drawn(size_t blocks, size_t count, const uint8_t *shares)
{
    assert_int_equal(picture.blocks, blocks);
    assert_int_equal(picture.count, count);
    assert_memory_equal(picture.share, shares, count);
    for (size_t i = count; i < PICTURE_CELLS_MAX; i++) {
        assert_int_equal(picture.share[i], 0);
    }
}

/* One cell a block, and no more of them than blocks.
 *   |......||..........| */
static void an_empty_heap_is_blank(void **state)
{
    static const uint8_t blank[16];
    (void)state;
    picture_draw(0, 16, &picture);
    assert_drawn(1, 16, blank);
    picture_draw(0, SIZE_MAX, &picture);
    assert_drawn(1, 16, blank);
}

/* A cell may have blocks of two regions.
 *   |######||####......|   cells of 4 blocks
 *   |......||####......| */
static void cells_go_on_over_the_end_of_a_region(void **state)
{
    (void)state;
    void *high = kmalloc(10 * BLOCK), *low = kmalloc(6 * BLOCK);
    high = krealloc(high, 4 * BLOCK);
    assert_int_equal((uintptr_t)low, kheap_region(0)->start);
    assert_int_equal((uintptr_t)high, kheap_region(1)->start);
    picture_draw(0, 4, &picture);
    assert_drawn(4, 4, (const uint8_t[]){PICTURE_FULL, PICTURE_FULL, PICTURE_FULL / 2, 0});
    kfree(low);
    picture_draw(0, 4, &picture);
    assert_drawn(4, 4, (const uint8_t[]){0, PICTURE_FULL / 2, PICTURE_FULL / 2, 0});
    kfree(high);
}

/* The last cell has only what is left over, and may be full with that.
 *   |......||##########|   of 16 blocks cells of 3: the sixth has 1 */
static void the_last_cell_is_full_with_fewer_blocks(void **state)
{
    (void)state;
    void *run = kmalloc(10 * BLOCK);
    assert_ptr_equal(kheap_region_of(run), kheap_region(1));
    picture_draw(0, 7, &picture);
    assert_drawn(3, 6, (const uint8_t[]){0, 0, PICTURE_FULL, PICTURE_FULL, PICTURE_FULL, PICTURE_FULL});
    kfree(run);
}

static void a_part_is_drawn_as_in_the_whole(void **state)
{
    (void)state;
    void *run = kmalloc(3 * BLOCK);
    picture_draw(0, 8, &picture);
    struct picture whole = picture;
    assert_int_equal(whole.count, 8);
    for (size_t first = 0; first <= 8; first++) {
        picture_draw(first, 8, &picture);
        assert_drawn(2, 8 - first, whole.share + first);
    }
    kfree(run);
}

static void there_is_nothing_outside(void **state)
{
    (void)state;
    picture_draw(0, 0, &picture);
    assert_drawn(0, 0, NULL);
    picture_draw(16, 16, &picture);
    assert_drawn(1, 0, NULL);
    picture_draw(SIZE_MAX, 16, &picture);
    assert_drawn(1, 0, NULL);
    begin_plan();
    use_plan();
    picture_draw(0, 16, &picture);
    assert_drawn(0, 0, NULL);
}

/* Whatever is used, something is seen of it; and full is what is all used. */
static void little_is_not_nothing_and_nearly_all_is_not_all(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 1000);
    use_plan();
    char *run = kmalloc(999 * BLOCK), *rest = kmalloc(BLOCK);
    picture_draw(0, 1, &picture);
    assert_int_equal(picture.share[0], PICTURE_FULL);
    kfree(rest);
    picture_draw(0, 1, &picture);
    assert_int_equal(picture.share[0], PICTURE_FULL - 1);
    kfree(run);
    rest = kmalloc(BLOCK);
    picture_draw(0, 1, &picture);
    assert_int_equal(picture.share[0], 1);
    kfree(rest);
}

/* Against blocks, one by one */

enum { RUNS = 60, STEPS = 400, CELLS = 500 };

static bool taken[RAM_BYTES / BLOCK]; /* each block of all regions, by its number */
static size_t total;

static size_t look(void)
{
    const heap_t *region;
    size_t base = 0;
    for (size_t i = 0; (region = kheap_region(i)) != NULL; base += region->table.total, i++) {
        for (size_t first = 0; first < region->table.total;) {
            struct heap_run run = heap_run_at(region, first);
            for (size_t end = first + run.blocks; first < end; first++) {
                taken[base + first] = run.live;
            }
        }
    }
    return base;
}

static size_t share_of(size_t first, size_t blocks)
{
    size_t used = 0, all = 0;
    for (; all < blocks && first + all < total; all++) {
        used += taken[first + all];
    }
    assert_true(all != 0);
    size_t share = all != 0 ? used * PICTURE_FULL / all : 0;
    return used != 0 && share == 0 ? 1 : share;
}

static void compare(size_t first, size_t cells)
{
    picture_draw(first, cells, &picture);
    size_t all = (total + picture.blocks - 1) / picture.blocks;
    assert_true(all <= cells && picture.blocks == (total + cells - 1) / cells);
    size_t count = first < all ? all - first : 0;
    assert_int_equal(picture.count, count < PICTURE_CELLS_MAX ? count : PICTURE_CELLS_MAX);
    for (size_t i = 0; i < picture.count; i++) {
        assert_int_equal(picture.share[i], share_of((first + i) * picture.blocks, picture.blocks));
    }
}

static void random_heaps_are_drawn_as_they_are(void **state)
{
    void *runs[RUNS] = {NULL};
    struct random dice = random_seeded("random pictures");
    (void)state;
    begin_plan();
    add_region(0, 100);
    add_region(3, 700);
    add_region(1, 1);
    use_plan();
    for (size_t step = 0; step < STEPS; step++) {
        void **run = &runs[random_below(&dice, RUNS)];
        kfree(*run);
        *run = kmalloc(1 + random_below(&dice, 30 * BLOCK));
        total = look();
        compare(random_below(&dice, CELLS), 1 + random_below(&dice, CELLS));
    }
    for (size_t i = 0; i < RUNS; i++) {
        kfree(runs[i]);
    }
}

#define PICTURE(test) cmocka_unit_test_setup_teardown(test, two_regions, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PICTURE(an_empty_heap_is_blank),
        PICTURE(cells_go_on_over_the_end_of_a_region),
        PICTURE(the_last_cell_is_full_with_fewer_blocks),
        PICTURE(a_part_is_drawn_as_in_the_whole),
        PICTURE(there_is_nothing_outside),
        PICTURE(little_is_not_nothing_and_nearly_all_is_not_all),
        PICTURE(random_heaps_are_drawn_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
