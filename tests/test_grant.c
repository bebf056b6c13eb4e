/* mm/grant.c: what a server in ring 3 is granted, gives back, and what a failure leaves. */
#include "tests/space_walker.h"

#include "mm/grant.h"
#include "mm/kheap_window.h"
#include "mm/window.h"
#include "tests/random.h"

enum {
    QUOTA = 1000,
    TABLES = 4,
    MOST = 600 + TABLES + 2
}; /* fewer than 600 blocks, their tables and their entries take */

static struct address_space space;
static owner_t server;
static unsigned locks;

uintptr_t grant_lock(void)
{
    return locks++;
}

void grant_unlock(uintptr_t state)
{
    assert_int_equal(state, locks - 1);
}

static int a_server(void **state)
{
    spaces(state);
    server = new_owner(QUOTA);
    assert_int_equal(address_space_create(server, &space), 0);
    return 0;
}

static size_t held(void)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(server, &totals), 0);
    return totals.held;
}

static char *grant(size_t blocks)
{
    uintptr_t address = 0;
    assert_int_equal(grant_blocks(&space, blocks, &address), 0);
    return window_pointer(address);
}

static int give_back(const char *run, size_t blocks)
{
    return grant_return(&space, window_address(run), blocks);
}

/* The server holds its tables and so many blocks, all of them in the window. */
static void assert_held(size_t blocks)
{
    read_window(&space);
    assert_int_equal(seen_count, blocks);
    assert_int_equal(held(), space.tables + entries_count + blocks);
    for (size_t i = 0; i < seen_count; i++) {
        assert_int_equal(seen[i].virtual, USER_WINDOW + seen[i].physical);
        assert_int_equal(seen[i].rights, USER_WRITE);
    }
    assert_null(kheap_check());
}

static void granted_blocks_are_the_servers_and_cleared(void **state)
{
    (void)state;
    char *run = grant(3);
    for (size_t i = 0; i < 3 * BLOCK; i++) {
        assert_int_equal(run[i], 0);
    }
    assert_held(3);
    assert_true(window_holds(&space, run, 3));
    assert_int_equal(kheap_free_of(OWNER_KERNEL, run), -EINVARG);
}

/*   |512 blocks|188 blocks|   two runs for the kernel's heap, one for the server */
static void a_long_grant_is_in_one_piece_for_the_server(void **state)
{
    (void)state;
    char *run = grant(700);
    assert_held(700);
    assert_int_equal(give_back(run, 700), 0);
    assert_int_equal(flushed_count, 700);
    assert_held(0);
}

/*   |a a a|b b b|   ->  |a|. . . .|b| */
static void any_part_is_given_back_whatever_grants_it_came_by(void **state)
{
    (void)state;
    assert_int_equal(give_back(grant(1), 1), 0); /* the tables are there now */
    forget_flushed();
    char *run = grant(3);
    char *next = grant(3);
    assert_ptr_equal(next, run + 3 * BLOCK);
    assert_int_equal(give_back(run + BLOCK, 4), 0);
    assert_held(2);
    assert_true(window_holds(&space, run, 1));
    assert_true(window_holds(&space, run + 5 * BLOCK, 1));
    assert_int_equal(flushed[0], window_address(run + BLOCK));
    assert_int_equal(flushed_count, 4);
    assert_int_equal(give_back(run, 1), 0);
    assert_int_equal(give_back(run + 5 * BLOCK, 1), 0);
    assert_held(0);
}

static void what_is_not_in_the_window_is_not_taken_back(void **state)
{
    (void)state;
    char *run = grant(600);
    char *hidden = take_as(server, BLOCK);
    size_t blocks = held();
    assert_int_equal(give_back(hidden, 1), -EINVARG);
    assert_int_equal(give_back(run, 0), -EINVARG);
    assert_int_equal(give_back(run, 601), -EINVARG);
    assert_int_equal(give_back(run, SIZE_MAX), -EINVARG);
    assert_int_equal(give_back(run + 8, 1), -EINVARG);
    assert_int_equal(grant_return(&space, 0x1000, 1), -EINVARG);
    assert_int_equal(grant_return(&space, UINTPTR_MAX, 1), -EINVARG);
    assert_int_equal(flushed_count, 0);
    assert_int_equal(held(), blocks);
    assert_int_equal(kheap_free_of(server, hidden), 0);
    assert_int_equal(give_back(run, 600), 0);
    assert_held(0);
}

static void a_grant_has_a_size_that_a_heap_can_have(void **state)
{
    (void)state;
    uintptr_t address = 1;
    assert_int_equal(grant_blocks(&space, 0, &address), -EINVARG);
    assert_int_equal(grant_blocks(&space, SIZE_MAX, &address), -EINVARG);
    assert_int_equal(grant_blocks(&space, HEAP_BLOCKS_MAX + 1, &address), -EINVARG);
    assert_int_equal(address, 1);
    assert_held(0);
}

static void nobody_who_has_ended_is_granted_anything(void **state)
{
    (void)state;
    struct reclaim_report report;
    uintptr_t address;
    assert_int_equal(kheap_reclaim(server, &report), 0);
    assert_int_equal(grant_blocks(&space, 1, &address), -EINVARG);
    assert_false(grant_table(&space, USER_WINDOW_TABLE));
    assert_int_equal(refusals, 0);
}

/* A new one: the pages with entries of the old one are the server's own to lose. */
static void another_space(void)
{
    read_window(&space);
    for (size_t i = 0; i < entries_count; i++) {
        assert_int_equal(kheap_free_of(server, entries_seen[i]), 0);
    }
    (void)address_space_destroy(&space);
    assert_int_equal(address_space_create(server, &space), 0);
}

/* 600 blocks, and as many tables, and pages of entries, as they need but for some. */
static void a_quota_that_is_full_leaves_nothing_granted(void **state)
{
    (void)state;
    uintptr_t address;
    for (size_t room = 598; room < MOST; room++) {
        assert_int_equal(kheap_charge(server, QUOTA - 1 - room), 0);
        quota_refusals = 0;
        assert_int_equal(grant_blocks(&space, 600, &address), -EQUOTA);
        assert_int_equal(quota_refusals, 1);
        assert_int_equal(kheap_discharge(server, QUOTA - 1 - room), 0);
        assert_held(0);
        another_space();
    }
    assert_held(0);
}

static void memory_that_is_full_leaves_nothing_granted(void **state)
{
    (void)state;
    uintptr_t address;
    for (size_t room = 598; room < MOST; room++) {
        leave_free(room);
        assert_int_equal(grant_blocks(&space, 600, &address), -ENOMEM);
        leave_all_free();
        assert_held(0);
        another_space();
    }
}

/* What a server keeps empty stands in the way of nothing. */
static void what_is_kept_empty_is_given_up_first(void **state)
{
    enum {
        ROOM = 9
    }; /* tables, one of which is the space's, for the window and the entries, a page of these, and a block */
    (void)state;
    assert_int_equal(kheap_charge(server, QUOTA - ROOM), 0);
    void *object = take_as(server, 64);
    assert_int_equal(kheap_free_of(server, object), 0);
    (void)grant(1);
    assert_int_equal(quota_refusals, 0);
    assert_int_equal(kheap_discharge(server, QUOTA - ROOM), 0);
}

static void a_page_of_the_table_is_made_blank(void **state)
{
    (void)state;
    struct user_page page;
    assert_true(grant_table(&space, USER_WINDOW_TABLE + 5 * BLOCK + 17));
    assert_int_equal(address_space_lookup(&space, USER_WINDOW_TABLE + 5 * BLOCK, &page), 0);
    assert_int_equal(page.rights, USER_WRITE);
    const HEAP_BLOCK_TABLE_ENTRY *entries = paging_block(page.physical);
    const HEAP_BLOCK_TABLE_ENTRY blank = WINDOW_BLANK;
    for (size_t i = 0; i < BLOCK / sizeof *entries; i++) {
        assert_memory_equal(&entries[i], &blank, sizeof blank);
    }
    assert_int_equal(held(), space.tables + 1);
    assert_false(grant_table(&space, USER_WINDOW_TABLE + 5 * BLOCK));
    assert_int_equal(held(), space.tables + 1);
    assert_int_equal(grant_return(&space, USER_WINDOW_TABLE + 5 * BLOCK, 1), -EINVARG);
}

static void no_other_missing_page_is_made(void **state)
{
    (void)state;
    assert_false(grant_table(&space, 0));
    assert_false(grant_table(&space, USER_WINDOW_TABLE - 1));
    assert_false(grant_table(&space, USER_WINDOW));
    assert_false(grant_table(&space, UINTPTR_MAX));
    assert_held(0);
    assert_true(grant_table(&space, USER_WINDOW - 1));
}

static void a_page_of_the_table_needs_a_block(void **state)
{
    (void)state;
    for (size_t room = 0; room < TABLES; room++) {
        assert_int_equal(kheap_charge(server, QUOTA - 1 - room), 0);
        assert_false(grant_table(&space, USER_WINDOW_TABLE));
        assert_int_equal(kheap_discharge(server, QUOTA - 1 - room), 0);
        assert_held(0);
        leave_free(room);
        assert_false(grant_table(&space, USER_WINDOW_TABLE));
        leave_all_free();
        assert_held(0);
    }
    assert_true(grant_table(&space, USER_WINDOW_TABLE));
}

static void the_window_reaches_to_the_end_of_memory(void **state)
{
    (void)state;
    assert_int_equal(grant_window_blocks(), plan.regions[0].blocks.end / BLOCK);
}

/* What the server's heap touches when it takes blocks in is there: a fault would end the server where its quota is full. */
static void granted_blocks_have_their_entries(void **state)
{
    (void)state;
    struct user_page page;
    for (size_t blocks = 1; blocks < 300; blocks += 99) {
        const char *run = grant(blocks);
        size_t first = paging_physical(run) / BLOCK;
        for (size_t block = first - 1; block <= first + blocks;
             block += block == first ? blocks - 1 + (blocks == 1) : 1) {
            uintptr_t entry = window_entry(USER_WINDOW_TABLE, block);
            assert_int_equal(address_space_lookup(&space, entry, &page), 0);
        }
    }
}

/* Cut, given, freed and granted again, by chance; the walker says what is mapped, the heap who has it. */
static void what_is_taken_back_is_granted_again(void **state)
{
    (void)state;
    struct random random = random_seeded("grant");
    static bool has[RAM_BYTES / BLOCK];
    size_t count = 0;
    memset(has, 0, sizeof has);
    for (unsigned step = 0; step < 3000; step++) {
        size_t at = random_below(&random, RAM_BYTES / BLOCK), blocks = 1 + random_below(&random, 40);
        flushed_count = 0;
        if (count + blocks < 900 && random_below(&random, 3) == 0) {
            uintptr_t address;
            if (grant_blocks(&space, blocks, &address) != 0) {
                continue; /* as many are free, but nowhere in a piece */
            }
            at = (size_t)((unsigned char *)window_pointer(address) - ram) / BLOCK;
            for (size_t i = at; i < at + blocks; i++) {
                assert_false(has[i]);
                has[i] = true;
            }
            count += blocks;
            continue;
        }
        blocks = 1 + random_below(&random, 6);
        bool good = at + blocks <= RAM_BYTES / BLOCK;
        for (size_t i = at; good && i < at + blocks; i++) {
            good = has[i];
        }
        assert_int_equal(give_back((char *)ram + at * BLOCK, blocks), good ? 0 : -EINVARG);
        for (size_t i = at; good && i < at + blocks; i++) {
            has[i] = false;
            count--;
        }
        if (step % 16 == 0) {
            assert_held(count);
        }
    }
    assert_held(count);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_server, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(granted_blocks_are_the_servers_and_cleared),
        TEST(a_long_grant_is_in_one_piece_for_the_server),
        TEST(any_part_is_given_back_whatever_grants_it_came_by),
        TEST(what_is_not_in_the_window_is_not_taken_back),
        TEST(a_grant_has_a_size_that_a_heap_can_have),
        TEST(nobody_who_has_ended_is_granted_anything),
        TEST(a_quota_that_is_full_leaves_nothing_granted),
        TEST(memory_that_is_full_leaves_nothing_granted),
        TEST(what_is_kept_empty_is_given_up_first),
        TEST(granted_blocks_have_their_entries),
        TEST(a_page_of_the_table_is_made_blank),
        TEST(no_other_missing_page_is_made),
        TEST(a_page_of_the_table_needs_a_block),
        TEST(the_window_reaches_to_the_end_of_memory),
        TEST(what_is_taken_back_is_granted_again),
    };
    return cmocka_run_group_tests_name("grants", tests, NULL, NULL);
}
