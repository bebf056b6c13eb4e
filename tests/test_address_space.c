/* mm/address_space.c: what a user half may hold, who pays for its tables, and what a failure leaves. */
#include "tests/space_walker.h"

#define GIB UINT64_C(0x40000000)

static struct address_space space;
static owner_t server;
static size_t used_before;

static int a_space(void **state)
{
    spaces(state);
    server = new_owner(20);
    used_before = kheap_totals().used;
    memset(&space, 0xA5, sizeof space);
    assert_int_equal(address_space_create(server, &space), 0);
    return 0;
}

static size_t charged(void)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(server, &totals), 0);
    assert_int_equal(totals.held, totals.charged);
    return totals.charged;
}

static int map(uintptr_t virtual, uint64_t physical, unsigned rights)
{
    const struct user_page page = {virtual, physical, rights};
    return address_space_map(&space, &page);
}

static void assert_pages(const struct user_page *pages, size_t count)
{
    read_back(&space);
    assert_int_equal(seen_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_same_page(&seen[i], &pages[i]);
    }
    assert_int_equal(charged(), space.tables);
    assert_int_equal(kheap_totals().used, used_before + space.tables);
}

static void a_new_space_has_the_kernels_half_and_nothing_else(void **state)
{
    (void)state;
    assert_pages(NULL, 0);
    assert_int_equal(space.tables, 1);
    assert_int_equal(charged(), 1);
    assert_int_equal(address_space_cr3(&space), (uintptr_t)space.top - (uintptr_t)ram + RAM_START);
}

static void each_kind_of_page_has_the_rights_it_was_given(void **state)
{
    (void)state;
    const struct user_page pages[] = {
        {0x1000, 0x200000, 0},
        {0x2000, 0x201000, USER_WRITE},
        {0x3000, 0x202000, USER_EXECUTE},
        {0x4000, 0xFEE00000, USER_DEVICE},
        {0x5000, 0xFEC00000, USER_DEVICE | USER_WRITE},
    };
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(address_space_map(&space, &pages[i]), 0);
    }
    assert_pages(pages, 5);
    assert_int_equal(space.tables, 4);
    assert_int_equal(flushed_count, 0);
}

static void nothing_is_writable_and_executable(void **state)
{
    (void)state;
    assert_int_equal(map(0x1000, 0x200000, USER_WRITE | USER_EXECUTE), -EINVARG);
    assert_int_equal(map(0x1000, 0x200000, USER_DEVICE | USER_EXECUTE), -EINVARG);
    assert_int_equal(map(0x1000, 0x200000, USER_DEVICE | USER_EXECUTE | USER_WRITE), -EINVARG);
    assert_int_equal(map(0x1000, 0x200000, 8), -EINVARG);
    assert_int_equal(map(0x1000, 0x200000, UINT32_MAX), -EINVARG);
    assert_pages(NULL, 0);
    assert_int_equal(map(0x1000, 0x200000, USER_EXECUTE), 0);
    assert_int_equal(address_space_protect(&space, 0x1000, USER_WRITE | USER_EXECUTE), -EINVARG);
    const struct user_page page = {0x1000, 0x200000, USER_EXECUTE};
    assert_pages(&page, 1);
}

/*   0    4K                                   0x7FFFFFFFF000   2^47          2^64
 *   |NULL|  the server's                      | SYSRET         | no address   | kernel's |   */
static void only_the_servers_part_of_the_lower_half_can_be_mapped(void **state)
{
    (void)state;
    const uintptr_t refused[] = {0,
                                 0x7FFFFFFFF000,
                                 0x800000000000,
                                 0xFFFF7FFFFFFFF000,
                                 0xFFFF800000000000,
                                 0xFFFFFFFF80000000,
                                 0xFFFFFFFFFFFFF000,
                                 0x1001,
                                 0x1800};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(map(refused[i], 0x200000, 0), -EINVARG);
        assert_int_equal(address_space_unmap(&space, refused[i]), -EINVARG);
        assert_int_equal(address_space_protect(&space, refused[i], 0), -EINVARG);
    }
    assert_int_equal(map(0x1000, 0x200001, 0), -EINVARG);
    assert_int_equal(map(0x1000, UINT64_C(1) << 52, 0), -EINVARG);
    assert_int_equal(map(0x1000, UINT64_C(1) << 63, 0), -EINVARG);
    assert_pages(NULL, 0);
    const struct user_page ends[] = {{0x1000, 0xFFFFFFFFFF000, 0}, {0x7FFFFFFFE000, 0, 0}};
    assert_int_equal(address_space_map(&space, &ends[0]), 0);
    assert_int_equal(address_space_map(&space, &ends[1]), 0);
    assert_pages(ends, 2);
}

static void many_pages_end_where_one_does(void **state)
{
    (void)state;
    const struct user_page high = {0x7FFFFFFFE000, 0x200000, 0}, far = {0x1000, 0xFFFFFFFFFF000, 0},
                           none = {0x1000, 0x200000, 0};
    assert_int_equal(address_space_map_pages(&space, &high, 2), -EINVARG);
    assert_int_equal(address_space_map_pages(&space, &far, 2), -EINVARG);
    assert_int_equal(address_space_map_pages(&space, &none, 0), -EINVARG);
    assert_int_equal(address_space_map_pages(&space, &none, SIZE_MAX), -EINVARG);
    assert_int_equal(address_space_unmap_pages(&space, &high, 2), -EINVARG);
    assert_pages(NULL, 0);
    assert_int_equal(space.tables, 1);
}

static void a_page_is_mapped_where_none_is(void **state)
{
    (void)state;
    const struct user_page page = {0x1000, 0x200000, USER_WRITE};
    assert_int_equal(address_space_map(&space, &page), 0);
    assert_int_equal(map(0x1000, 0x300000, 0), -EINVARG);
    assert_int_equal(map(0x1000, 0x200000, USER_WRITE), -EINVARG);
    assert_pages(&page, 1);
}

static void what_is_unmapped_is_to_be_flushed_and_its_table_stays(void **state)
{
    (void)state;
    assert_int_equal(map(0x1000, 0x200000, USER_WRITE), 0);
    assert_int_equal(address_space_unmap(&space, 0x1000), 1);
    assert_int_equal(address_space_unmap(&space, 0x1000), -EINVARG);
    assert_int_equal(address_space_unmap(&space, 0x2000), -EINVARG);
    assert_int_equal(address_space_unmap(&space, GIB), -EINVARG);
    assert_pages(NULL, 0);
    assert_int_equal(space.tables, 4);
    assert_int_equal(map(0x1000, 0x300000, USER_EXECUTE), 0);
    assert_int_equal(space.tables, 4);
}

static void rights_that_change_are_to_be_flushed(void **state)
{
    (void)state;
    assert_int_equal(map(0x1000, 0x200000, USER_WRITE), 0);
    assert_int_equal(address_space_protect(&space, 0x1000, USER_WRITE), 0);
    assert_int_equal(address_space_protect(&space, 0x1000, 0), 1);
    assert_int_equal(address_space_protect(&space, 0x1000, USER_EXECUTE), 1);
    assert_int_equal(address_space_protect(&space, 0x2000, 0), -EINVARG);
    assert_int_equal(address_space_protect(&space, GIB, 0), -EINVARG);
    const struct user_page page = {0x1000, 0x200000, USER_EXECUTE};
    assert_pages(&page, 1);
}

static void any_address_of_a_page_finds_it(void **state)
{
    (void)state;
    struct user_page found = {1, 2, 3};
    assert_int_equal(map(0x7000, 0x200000, USER_WRITE | USER_DEVICE), 0);
    assert_int_equal(address_space_lookup(&space, 0x6FFF, &found), -EINVARG);
    assert_int_equal(address_space_lookup(&space, 0x8000, &found), -EINVARG);
    assert_int_equal(address_space_lookup(&space, 0, &found), -EINVARG);
    assert_int_equal(address_space_lookup(&space, UINTPTR_MAX, &found), -EINVARG);
    assert_int_equal(address_space_lookup(&space, UINT64_C(0xFFFF800000007000), &found), -EINVARG);
    assert_int_equal(found.virtual, 1);
    assert_int_equal(address_space_lookup(&space, 0x7FFF, &found), 0);
    assert_int_equal(found.virtual, 0x7000);
    assert_int_equal(found.physical, 0x200000);
    assert_int_equal(found.rights, USER_WRITE | USER_DEVICE);
    assert_int_equal(map(0x8000, 0x201000, USER_EXECUTE), 0);
    assert_int_equal(address_space_lookup(&space, 0x8000, &found), 0);
    assert_int_equal(found.rights, USER_EXECUTE);
}

static void a_space_that_is_destroyed_gives_all_its_tables_back(void **state)
{
    (void)state;
    assert_int_equal(map(0x1000, 0x200000, 0), 0);
    assert_int_equal(map(GIB, 0x200000, 0), 0);
    assert_int_equal(map(700 * GIB, 0x200000, 0), 0);
    assert_int_equal(map(0x7FFFFFFFE000, 0x200000, 0), 0);
    assert_int_equal(space.tables, 1 + 3 + 2 + 3 + 3);
    assert_int_equal(address_space_destroy(&space), 12);
    assert_int_equal(charged(), 0);
    assert_int_equal(kheap_totals().used, used_before);
    assert_null(space.top);
}

/* The user's blocks go with their owner, not with the space. */
static void what_was_mapped_is_still_its_owners(void **state)
{
    (void)state;
    struct reclaim_report report;
    char *run = take_as(server, 2 * BLOCK);
    assert_int_equal(map(0x1000, paging_physical(run), USER_WRITE), 0);
    assert_int_equal(address_space_destroy(&space), 4);
    assert_int_equal(kheap_reclaim(server, &report), 0);
    assert_int_equal(report.blocks, 2);
    assert_int_equal(report.charged, 0);
}

static void a_space_outlives_who_paid_if_it_must(void **state)
{
    (void)state;
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(server, &report), 0);
    assert_int_equal(report.charged, 1);
    assert_int_equal(map(0x1000, 0x200000, 0), -EINVARG);
    assert_int_equal(address_space_destroy(&space), 1);
    assert_int_equal(address_space_create(server, &space), -EINVARG);
}

/* Three tables more are needed, and the quota has room for fewer. */
static void a_quota_that_is_full_leaves_nothing_half_mapped(void **state)
{
    (void)state;
    for (size_t more = 0; more < 3; more++) {
        char *rest = take_as(server, (20 - 1 - more) * BLOCK);
        used_before += 20 - 1 - more;
        quota_refusals = 0;
        assert_int_equal(map(0x1000, 0x200000, 0), -EQUOTA);
        assert_int_equal(quota_refusals, 1);
        assert_int_equal(last_quota.owner, server);
        read_back(&space);
        assert_int_equal(seen_count, 0);
        assert_int_equal(space.tables, 1);
        assert_int_equal(kheap_free_of(server, rest), 0);
        used_before -= 20 - 1 - more;
        assert_pages(NULL, 0);
    }
    assert_int_equal(map(0x1000, 0x200000, 0), 0);
    assert_int_equal(kheap_charge(server, 16), 0);
    struct address_space other;
    assert_int_equal(address_space_create(server, &other), -EQUOTA);
}

static void memory_that_is_full_leaves_nothing_half_mapped(void **state)
{
    (void)state;
    for (size_t blocks = 0; blocks < 3; blocks++) {
        leave_free(blocks);
        assert_int_equal(map(0x1000, 0x200000, 0), -ENOMEM);
        assert_int_equal(kheap_totals().longest_free, blocks);
        leave_all_free();
        assert_pages(NULL, 0);
    }
    leave_free(0);
    struct address_space other;
    assert_int_equal(address_space_create(server, &other), -ENOMEM);
    leave_all_free();
    assert_pages(NULL, 0);
    assert_int_equal(map(0x1000, 0x200000, 0), 0);
}

static void the_kernels_half_must_be_made_first(void **state)
{
    (void)state;
    kernel_top[KERNEL_HALF] = kernel_top[KERNEL_HALF + 2] = 0;
    expect_assert_failure(address_spaces_init(kernel_top));
    kernel_top[KERNEL_HALF + 2] = 0x6023;
    kernel_top[ENTRIES - 1] = 0;
    expect_assert_failure(address_spaces_init(kernel_top));
}

/* Whether the tables are those that were charged for is asked when they go. */
static void a_lost_table_is_our_mistake(void **state)
{
    (void)state;
    assert_int_equal(map(0x1000, 0x200000, 0), 0);
    space.tables++;
    expect_assert_failure((void)address_space_destroy(&space));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_space, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_space_has_the_kernels_half_and_nothing_else),
        TEST(each_kind_of_page_has_the_rights_it_was_given),
        TEST(nothing_is_writable_and_executable),
        TEST(only_the_servers_part_of_the_lower_half_can_be_mapped),
        TEST(many_pages_end_where_one_does),
        TEST(a_page_is_mapped_where_none_is),
        TEST(what_is_unmapped_is_to_be_flushed_and_its_table_stays),
        TEST(rights_that_change_are_to_be_flushed),
        TEST(any_address_of_a_page_finds_it),
        TEST(a_space_that_is_destroyed_gives_all_its_tables_back),
        TEST(what_was_mapped_is_still_its_owners),
        TEST(a_space_outlives_who_paid_if_it_must),
        TEST(a_quota_that_is_full_leaves_nothing_half_mapped),
        TEST(memory_that_is_full_leaves_nothing_half_mapped),
        TEST(the_kernels_half_must_be_made_first),
        TEST(a_lost_table_is_our_mistake),
    };
    return cmocka_run_group_tests_name("address spaces", tests, NULL, NULL);
}
