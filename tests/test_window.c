/* mm/window.c: where a server sees its blocks, and what a failure leaves. */
#include "tests/space_walker.h"

#include "mm/window.h"

/* The top-level table, and those on the way to the window. */
enum { QUOTA = 40, TABLES = 4, FRAME_BLOCKS = 512 };

static struct address_space space;
static owner_t server;

static int a_window(void **state)
{
    spaces(state);
    server = new_owner(QUOTA);
    assert_int_equal(address_space_create(server, &space), 0);
    return 0;
}

/* The first block of the test's memory that begins another page table. */
static char *frame(void)
{
    return ram_at((RAM_START / (FRAME_BLOCKS * BLOCK) + 1) * FRAME_BLOCKS * BLOCK);
}

static void assert_mapped(const char *run, size_t blocks)
{
    read_back(&space);
    assert_int_equal(seen_count, blocks);
    for (size_t i = 0; i < blocks; i++) {
        uint64_t physical = paging_physical(run) + i * BLOCK;
        assert_same_page(&seen[i], &(struct user_page){USER_WINDOW + physical, physical, USER_WRITE});
    }
}

/*   window  |base + P      |      P: where the direct map says that the block is */
static void a_block_is_at_its_physical_address_in_the_window(void **state)
{
    (void)state;
    char *run = take_as(server, 3 * BLOCK);
    assert_int_equal(window_address(run), USER_WINDOW + paging_physical(run));
    assert_ptr_equal(window_pointer(window_address(run) + 5), run + 5);
    assert_int_equal(window_map(&space, run, 3), 0);
    assert_mapped(run, 3);
    assert_true(window_holds(&space, run, 3));
    assert_int_equal(space.tables, TABLES);
    assert_int_equal(flushed_count, 0);
}

static void no_other_address_is_in_the_window(void **state)
{
    (void)state;
    assert_null(window_pointer(0));
    assert_null(window_pointer(USER_WINDOW - 1));
    assert_null(window_pointer(USER_WINDOW_END));
    assert_null(window_pointer(UINTPTR_MAX));
    assert_non_null(window_pointer(USER_WINDOW_END - 1));
}

/*   |1 2 3 4 5|   unmap 2 and 3   |1 . . 4 5| */
static void any_part_is_unmapped_and_is_to_be_flushed(void **state)
{
    (void)state;
    char *run = take_as(server, 5 * BLOCK);
    assert_int_equal(window_map(&space, run, 5), 0);
    assert_int_equal(window_unmap(&space, run + BLOCK, 2), 2);
    window_flush(run + BLOCK, 2);
    assert_int_equal(flushed_count, 2);
    assert_int_equal(flushed[0], window_address(run + BLOCK));
    assert_int_equal(flushed[1], window_address(run + 2 * BLOCK));
    assert_true(window_holds(&space, run, 1));
    assert_true(window_holds(&space, run + 3 * BLOCK, 2));
    assert_false(window_holds(&space, run, 2));
    assert_false(window_holds(&space, run + 2 * BLOCK, 2));
    assert_int_equal(window_unmap(&space, run, 5), -EINVARG);
    assert_int_equal(window_unmap(&space, run + BLOCK, 1), -EINVARG);
    assert_int_equal(window_map(&space, run, 5), -EINVARG);
    assert_int_equal(window_map(&space, run + BLOCK, 2), 0);
    assert_mapped(run, 5);
}

/*   ....1 2 3|4 5....   one page table ends, and the next one begins */
static void a_run_may_lie_in_two_tables(void **state)
{
    (void)state;
    char *run = frame() - 3 * BLOCK;
    assert_int_equal(window_map(&space, run, 5), 0);
    assert_mapped(run, 5);
    assert_int_equal(space.tables, TABLES + 1);
    assert_int_equal(window_unmap(&space, run + 2 * BLOCK, 2), 2);
    assert_false(window_holds(&space, run + BLOCK, 2));
    assert_false(window_holds(&space, run + 3 * BLOCK, 2));
    assert_int_equal(window_map(&space, run, 3), -EINVARG);
    assert_int_equal(window_unmap(&space, run + BLOCK, 4), -EINVARG);
    assert_int_equal(window_map(&space, run + 2 * BLOCK, 2), 0);
    assert_mapped(run, 5);
}

static void what_is_no_run_of_blocks_is_refused(void **state)
{
    (void)state;
    char *run = frame();
    const struct {
        const char *ptr;
        size_t blocks;
    } refused[] = {
        {run, 0},
        {run, WINDOW_BLOCKS_MAX + 1},
        {run, SIZE_MAX},
        {run + 16, 1},
        {NULL, 1},
        {paging_block(DIRECT_MAP_BYTES), 1},
        {paging_block(DIRECT_MAP_BYTES - BLOCK), 2},
        {paging_block(UINT64_C(0) - BLOCK), 1},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(window_map(&space, refused[i].ptr, refused[i].blocks), -EINVARG);
        assert_int_equal(window_unmap(&space, refused[i].ptr, refused[i].blocks), -EINVARG);
        assert_false(window_holds(&space, refused[i].ptr, refused[i].blocks));
    }
    assert_mapped(NULL, 0);
    assert_int_equal(space.tables, 1);
    assert_int_equal(window_map(&space, run, WINDOW_BLOCKS_MAX), 0);
    assert_int_equal(window_map(&space, paging_block(DIRECT_MAP_BYTES - BLOCK), 1), 0);
    assert_true(window_holds(&space, paging_block(DIRECT_MAP_BYTES - BLOCK), 1));
}

/* Another page at the window's address is no block of it. */
static void a_page_of_something_else_is_not_unmapped(void **state)
{
    (void)state;
    char *run = take_as(server, BLOCK);
    const struct user_page other = {window_address(run), paging_physical(run) + BLOCK, USER_WRITE};
    assert_int_equal(address_space_map(&space, &other), 0);
    assert_false(window_holds(&space, run, 1));
    assert_int_equal(window_unmap(&space, run, 1), -EINVARG);
    read_back(&space);
    assert_int_equal(seen_count, 1);
}

/* A run over two page tables, for which there is room for fewer tables than it needs. */
static void a_quota_that_is_full_leaves_nothing_mapped(void **state)
{
    (void)state;
    for (size_t room = 0; room < TABLES; room++) {
        assert_int_equal(kheap_charge(server, QUOTA - 1 - room), 0);
        quota_refusals = 0;
        assert_int_equal(window_map(&space, frame() - BLOCK, 2), -EQUOTA);
        assert_int_equal(quota_refusals, 1);
        assert_mapped(NULL, 0);
        (void)address_space_destroy(&space);
        assert_int_equal(kheap_discharge(server, QUOTA - 1 - room), 0);
        assert_int_equal(address_space_create(server, &space), 0);
    }
}

static void memory_that_is_full_leaves_nothing_mapped(void **state)
{
    (void)state;
    for (size_t room = 0; room < TABLES; room++) {
        leave_free(room);
        assert_int_equal(window_map(&space, frame() - BLOCK, 2), -ENOMEM);
        leave_all_free();
        assert_mapped(NULL, 0);
        (void)address_space_destroy(&space);
        assert_int_equal(address_space_create(server, &space), 0);
    }
    assert_int_equal(window_map(&space, frame() - BLOCK, 2), 0);
    assert_mapped(frame() - BLOCK, 2);
}

/* Another server's window, to be given blocks. */
static struct address_space theirs;
static owner_t taker;

static int two_windows(void **state)
{
    a_window(state);
    taker = new_owner(QUOTA);
    assert_int_equal(address_space_create(taker, &theirs), 0);
    return 0;
}

static int try_move(const char *run, size_t blocks)
{
    struct window_move move = {.from = &space, .to = &theirs, .ptr = run, .blocks = blocks};
    return window_find_move(&move);
}

static void move_run(const char *run, size_t blocks)
{
    struct window_move move = {.from = &space, .to = &theirs, .ptr = run, .blocks = blocks};
    assert_int_equal(window_find_move(&move), 0);
    assert_true(window_holds(&space, run, blocks));
    assert_false(window_holds(&theirs, run, blocks));
    window_move(&move);
    assert_false(window_holds(&space, run, 1));
    assert_true(window_holds(&theirs, run, blocks));
}

/*   mine |1|2 3 4|   theirs |. . . .|   first 1, then 2 to 4, then a run over two page tables */
static void blocks_go_from_one_window_to_another(void **state)
{
    (void)state;
    char *run = take_as(server, 4 * BLOCK);
    assert_int_equal(window_map(&space, run, 4), 0);
    assert_int_equal(window_map(&space, frame() - BLOCK, 2), 0);
    move_run(run, 1);
    move_run(run + BLOCK, 3);
    move_run(frame() - BLOCK, 2);
    assert_mapped(NULL, 0);
    read_back(&theirs);
    assert_int_equal(seen_count, 6);
    assert_true(window_holds(&theirs, run, 4));
}

static void blocks_that_are_not_all_in_the_one_or_are_in_the_other_stay(void **state)
{
    (void)state;
    char *run = take_as(server, 4 * BLOCK);
    assert_int_equal(window_map(&space, run, 3), 0);
    assert_int_equal(window_map(&theirs, run + BLOCK, 1), 0);
    assert_int_equal(try_move(run, 0), -EINVARG);
    assert_int_equal(try_move(run, 2), -EINVARG);
    assert_int_equal(try_move(run + BLOCK, 1), -EINVARG);
    assert_int_equal(try_move(run + 2 * BLOCK, 2), -EINVARG);
    assert_int_equal(try_move(run + 16, 1), -EINVARG);
    assert_int_equal(try_move(frame() + 8 * FRAME_BLOCKS * BLOCK, 1), -EINVARG);
    assert_int_equal(try_move(run, WINDOW_BLOCKS_MAX + 1), -EINVARG);
    assert_int_equal(try_move(paging_block(DIRECT_MAP_BYTES), 1), -EINVARG);
    struct page_move move;
    const uintptr_t nowhere[] = {0, USER_START - BLOCK, USER_END, UINTPTR_MAX - BLOCK + 1};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        assert_int_equal(address_space_find_move(&space, &theirs, nowhere[i], &move), -EINVARG);
    }
    assert_mapped(run, 3);
    read_back(&theirs);
    assert_int_equal(seen_count, 1);
}

/* The taker's tables: none of them, all but the last one. */
static void a_taker_without_room_for_tables_gets_nothing(void **state)
{
    (void)state;
    char *run = take_as(server, BLOCK);
    assert_int_equal(window_map(&space, run, 1), 0);
    for (size_t room = 0; room < TABLES - 1; room++) {
        assert_int_equal(kheap_charge(taker, QUOTA - 1 - room), 0);
        quota_refusals = 0;
        assert_int_equal(try_move(run, 1), -EQUOTA);
        assert_int_equal(quota_refusals, 1);
        assert_int_equal(kheap_discharge(taker, QUOTA - 1 - room), 0);
        (void)address_space_destroy(&theirs);
        assert_int_equal(address_space_create(taker, &theirs), 0);
    }
    assert_mapped(run, 1);
    move_run(run, 1);
}

#define TEST(name)     cmocka_unit_test_setup_teardown(name, a_window, sound)
#define TEST_TWO(name) cmocka_unit_test_setup_teardown(name, two_windows, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_block_is_at_its_physical_address_in_the_window),
        TEST(no_other_address_is_in_the_window),
        TEST(any_part_is_unmapped_and_is_to_be_flushed),
        TEST(a_run_may_lie_in_two_tables),
        TEST(what_is_no_run_of_blocks_is_refused),
        TEST(a_page_of_something_else_is_not_unmapped),
        TEST(a_quota_that_is_full_leaves_nothing_mapped),
        TEST(memory_that_is_full_leaves_nothing_mapped),
        TEST_TWO(blocks_go_from_one_window_to_another),
        TEST_TWO(blocks_that_are_not_all_in_the_one_or_are_in_the_other_stay),
        TEST_TWO(a_taker_without_room_for_tables_gets_nothing),
    };
    return cmocka_run_group_tests_name("the window", tests, NULL, NULL);
}
