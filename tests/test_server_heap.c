/* servers/library/heap.c and mm/kheap_window.c: the kernel heap's sources as a server in ring 3 has them. */
#include "tests/window_machine.h"

/* Nothing is asked for before the first kmalloc; small objects come off one grant. */
static void a_heap_begins_with_the_first_kmalloc(void **state)
{
    (void)state;
    kfree(NULL);
    assert_int_equal(kmalloc_usable_size(block_at(300)), 0);
    assert_int_equal(machine.table_pages, 0);
    for (unsigned i = 0; i < 100; i++) {
        void *object = kmalloc(64);
        assert_non_null(object);
        assert_int_equal(machine.holder[block_of(object)], SERVER);
    }
    assert_int_equal(machine.asked, 1);
    assert_int_equal(machine.held, SERVER_HEAP_ASKED);
    assert_in_range(machine.table_pages, 1, 4);
    assert_int_equal(kheap_state()->cleared, MACHINE_BLOCKS); /* no entry takes the slower path */
}

/*   |away ... |16 granted|away ...     a request that fits takes no system call */
static void a_request_is_served_from_what_is_there(void **state)
{
    (void)state;
    void *one = kmalloc(BLOCK);
    void *seven = kmalloc(7 * BLOCK);
    assert_non_null(one);
    assert_non_null(seven);
    kfree(one);
    kfree(seven);
    assert_ptr_equal(kmalloc(10 * BLOCK), one);
    assert_non_null(kmalloc(3 * BLOCK));
    assert_int_equal(machine.asked, 1);
}

static void a_long_request_is_granted_in_one_piece(void **state)
{
    (void)state;
    unsigned char *run = kmalloc(1000 * BLOCK);
    assert_non_null(run);
    memset(run, 1, 1000 * BLOCK);
    assert_int_equal(machine.held, 1000);
    kfree(run);
    assert_int_equal(machine.held, 0);
    assert_int_equal(machine.returned, 1);
    assert_null(kmalloc((size_t)MACHINE_BLOCKS * BLOCK));
    assert_null(kmalloc(SIZE_MAX));
    assert_null(kmalloc(0));
}

static void an_aligned_request_is_granted_with_room_for_it(void **state)
{
    (void)state;
    for (size_t alignment = BLOCK; alignment <= KHEAP_ALIGNMENT_MAX; alignment *= 2) {
        unsigned char *run = kmalloc_aligned(3 * BLOCK, alignment);
        assert_non_null(run);
        assert_int_equal((uintptr_t)run % alignment, 0);
        kfree(run);
    }
    assert_null(kmalloc_aligned(BLOCK, 2 * KHEAP_ALIGNMENT_MAX));
}

/*   |grant|grant|   neighbours are one free run */
static void neighbouring_grants_become_one_run(void **state)
{
    (void)state;
    unsigned char *low = block_at(1000), *high = block_at(1016);
    hand(1000, 32, SERVER);
    machine.held += 32;
    assert_int_equal(server_heap_take_gift(low, 16), 0);
    assert_int_equal(server_heap_take_gift(high, 16), 0);
    kfree(low);
    kfree(high);
    assert_int_equal(kheap_totals().longest_free, 32);
    assert_ptr_equal(kmalloc(32 * BLOCK), low);
}

static void a_gift_can_be_freed_at_once(void **state)
{
    (void)state;
    hand(5000, 20, SERVER);
    machine.held = 20;
    assert_int_equal(server_heap_take_gift(block_at(5000), 20), 0); /* and the heap begins with it */
    assert_int_equal(kmalloc_usable_size(block_at(5000)), 20 * BLOCK);
    assert_sound();
    kfree(block_at(5000) + BLOCK);
    assert_int_equal(machine.refusal.fault, FREE_INSIDE_RUN);
    kfree(block_at(5000));
    assert_int_equal(machine.refusals, 1);
    assert_int_equal(kheap_totals().used, 0);
    assert_int_equal(kheap_totals().longest_free, 20);
}

/*   |a|gift|b|   ->   |a|away|b|   ->   |a|gift|b| */
static void what_was_let_go_is_not_the_servers_until_it_comes_back(void **state)
{
    (void)state;
    unsigned char *run = kmalloc(16 * BLOCK);
    assert_int_equal(server_heap_let_go(run), 16);
    hand(block_of(run), 16, OTHERS);
    machine.held -= 16;
    assert_sound();
    kfree(run);
    assert_int_equal(machine.refusal.fault, FREE_NOT_A_START);
    assert_int_equal(server_heap_let_go(run), 0);
    assert_int_equal(machine.refusals, 2);
    hand(block_of(run), 16, SERVER);
    machine.held += 16;
    assert_int_equal(server_heap_take_gift(run, 16), 0);
    kfree(run);
    assert_int_equal(machine.refusals, 2);
}

static void only_a_whole_run_is_let_go(void **state)
{
    (void)state;
    unsigned char *object = kmalloc(40), *run = kmalloc(3 * BLOCK);
    assert_int_equal(server_heap_let_go(object), 0);
    assert_int_equal(machine.refusal.fault, FREE_SMALL);
    assert_int_equal(server_heap_let_go(run + BLOCK), 0);
    assert_int_equal(machine.refusal.fault, FREE_INSIDE_RUN);
    assert_int_equal(server_heap_let_go(run + 1), 0);
    assert_int_equal(server_heap_let_go(NULL), 0);
    assert_int_equal(machine.refusals, 4);
    assert_int_equal(kheap_totals().refused, 4);
    kfree(object);
    kfree(run);
}

static void what_is_in_no_window_is_no_gift(void **state)
{
    (void)state;
    assert_int_equal(server_heap_take_gift(block_at(0) - BLOCK, 1), -EINVARG);
    assert_int_equal(server_heap_take_gift(block_at(500), 0), -EINVARG);
    assert_int_equal(server_heap_take_gift(block_at(500) + 8, 1), -EINVARG);
    assert_int_equal(server_heap_take_gift(block_at(MACHINE_BLOCKS - 1), 2), -EINVARG);
    assert_int_equal(server_heap_take_gift(NULL, 1), -EINVARG);
    assert_int_equal(server_heap.held, 0);
}

/* Each kind, and after each all is as it was. */
static void bad_frees_are_refused_and_named(void **state)
{
    (void)state;
    unsigned char *run = kmalloc(4 * BLOCK), *object = kmalloc(48), *gone = kmalloc(BLOCK);
    static unsigned char elsewhere[16];
    kfree(gone);
    const struct {
        void *ptr;
        enum free_fault fault;
    } bad[] = {
        {elsewhere, FREE_OUTSIDE},
        {block_at(0) - 1, FREE_OUTSIDE},
        {run + 16, FREE_UNALIGNED},
        {run + 2 * BLOCK, FREE_INSIDE_RUN},
        {gone, FREE_ALREADY_FREE},
        {object + 16, FREE_NOT_AN_OBJECT},
        {object + 48, FREE_ALREADY_FREE},
        {block_at(0), FREE_NOT_A_START},
        {block_at(FIRST_BLOCK - 1), FREE_NOT_A_START},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kfree(bad[i].ptr);
        assert_int_equal(machine.refusal.fault, bad[i].fault);
        assert_int_equal(machine.refusals, i + 1);
        assert_sound();
    }
    assert_int_equal(kheap_try_free(run), 0);
    assert_int_equal(kheap_try_free(object), 0);
    assert_int_equal(kheap_try_free(object), -EINVARG);
    assert_int_equal(kheap_try_free(run), -EINVARG);
    assert_int_equal(machine.refusal.fault, FREE_ALREADY_FREE);
}

/* The heap of a window says what is wrong with it, too (mm/heap_check.h). */
static void a_broken_window_is_noticed(void **state)
{
    (void)state;
    assert_non_null(kmalloc(BLOCK));
    heap_t *region = kheap_state()->heap;
    region->cleared -= HEAP_LINE_ENTRIES;
    assert_string_equal(kheap_check(), "H2: in a window no entry needs proof");
    region->cleared += HEAP_LINE_ENTRIES;
    size_t reached = region->reached;
    region->reached = region->table.total + 1;
    assert_string_equal(kheap_check(), "H2: in a window no entry needs proof");
    region->reached = reached;
    HEAP_BLOCK_TABLE_ENTRY *away = &region->table.entries[reached - 100];
    away->tag = TAG_LIVE;
    assert_non_null(kheap_check());
    away->tag = TAG_INSIDE;
    assert_null(kheap_check());
}

/* Away, but near enough to a live run or a free one that the search for a reason meets it. */
static void a_block_that_is_away_is_in_no_run(void **state)
{
    (void)state;
    hand(1000, 2, SERVER);
    hand(1100, 2, SERVER);
    machine.held = 4;
    assert_int_equal(server_heap_take_gift(block_at(1000), 2), 0);
    assert_int_equal(server_heap_take_gift(block_at(1100), 2), 0);
    kfree(block_at(1050));
    assert_int_equal(machine.refusal.fault, FREE_NOT_A_START);
    kfree(block_at(999));
    assert_int_equal(machine.refusal.fault, FREE_NOT_A_START);
    kfree(block_at(1000));
    kfree(block_at(1100));
    kfree(block_at(1050));
    assert_int_equal(machine.refusal.fault, FREE_NOT_A_START);
    kfree(block_at(999));
    assert_int_equal(machine.refusal.fault, FREE_NOT_A_START);
    assert_int_equal(machine.refusals, 4);
}

/* Where the 16 that are best are refused, what is needed does. */
static void a_quota_is_used_to_the_last_block(void **state)
{
    (void)state;
    for (size_t quota = 1; quota < 40; quota++) {
        a_server(state);
        machine.quota = quota;
        size_t taken = 0;
        while (kmalloc(BLOCK) != NULL) {
            taken++;
        }
        assert_int_equal(taken, quota);
        assert_sound();
    }
    assert_null(kmalloc(64));
    machine.quota += 2; /* a slab and its descriptor */
    assert_non_null(kmalloc(64));
}

/* As the kernel's heap has no regions that a server's has not, there are no such grants, but who knows. */
static void a_grant_that_no_heap_can_have_goes_back(void **state)
{
    (void)state;
    begin_machine(FIRST_BLOCK); /* and no memory is there */
    assert_null(kmalloc(BLOCK));
    assert_int_equal(machine.held, 0);
    assert_int_equal(machine.returned, 2);
}

static void who_frees_all_keeps_little(void **state)
{
    (void)state;
    void *runs[1000];
    for (size_t i = 0; i < 1000; i++) {
        runs[i] = kmalloc(3 * BLOCK);
        assert_non_null(runs[i]);
    }
    for (size_t i = 0; i < 1000; i++) {
        kfree(runs[i]);
    }
    assert_int_equal(kheap_totals().used, 0);
    assert_in_range(machine.held, 0, SERVER_HEAP_KEPT);
    server_heap_trim();
    assert_int_equal(machine.held, 0);
    assert_sound();
    assert_non_null(kmalloc(5));
}

/* 64 TiB: eight heaps, of which one page each is touched. */
static void a_window_may_be_as_large_as_memory(void **state)
{
    (void)state;
    begin_machine(DIRECT_MAP_BYTES / BLOCK);
    assert_non_null(kmalloc(BLOCK));
    assert_in_range(machine.table_pages, 8, 12);
    assert_int_equal(kheap_totals().regions, 8);
    unsigned char *second = block_at(HEAP_BLOCKS_MAX);
    assert_int_equal(server_heap_take_gift(second - BLOCK, 2), -EINVARG);
    assert_int_equal(server_heap_take_gift(second, 1), 0);
    assert_int_equal(server_heap_take_gift(block_at(DIRECT_MAP_BYTES / BLOCK - 40), 40), 0);
    kfree(second);
    kfree(block_at(DIRECT_MAP_BYTES / BLOCK - 40));
    assert_ptr_equal(kmalloc(40 * BLOCK - 8), block_at(DIRECT_MAP_BYTES / BLOCK - 40));
    assert_int_equal(kheap_window_held(), SERVER_HEAP_ASKED + 41);
}

/* The first blocks of each heap: a look at them takes no time. */
static void blocks_come_and_go_in_each_of_its_heaps(void **state)
{
    (void)state;
    begin_machine(DIRECT_MAP_BYTES / BLOCK);
    assert_non_null(kmalloc(BLOCK));
    for (size_t i = 1; i < 8; i++) {
        assert_int_equal(kheap_window_adopt(block_at(i * HEAP_BLOCKS_MAX), 10 * i, i % 2 == 0), 0);
        assert_null(kheap_check());
    }
    assert_ptr_equal(kmalloc(65 * BLOCK), block_at(7 * HEAP_BLOCKS_MAX));
    for (size_t i = 1; i < 8; i++) {
        if (i % 2 == 0) {
            assert_int_equal(kheap_window_part(block_at(i * HEAP_BLOCKS_MAX)), 10 * i);
        }
        assert_null(kheap_check());
    }
    void *ptr;
    size_t blocks = 0;
    for (size_t went; (went = kheap_window_part_free(&ptr)) != 0; blocks += went) {
        assert_null(kheap_check());
    }
    assert_int_equal(blocks, SERVER_HEAP_ASKED - 1 + 10 + 30 + 50 + 5);
    assert_int_equal(kheap_window_held(), 1 + 65);
}

int main(void)
{
    machine.random = random_seeded("server_heap");
    const struct CMUnitTest tests[] = {
        TEST(a_heap_begins_with_the_first_kmalloc),
        TEST(a_request_is_served_from_what_is_there),
        TEST(a_long_request_is_granted_in_one_piece),
        TEST(an_aligned_request_is_granted_with_room_for_it),
        TEST(neighbouring_grants_become_one_run),
        TEST(a_gift_can_be_freed_at_once),
        TEST(what_was_let_go_is_not_the_servers_until_it_comes_back),
        TEST(only_a_whole_run_is_let_go),
        TEST(what_is_in_no_window_is_no_gift),
        TEST(bad_frees_are_refused_and_named),
        TEST(a_broken_window_is_noticed),
        TEST(a_block_that_is_away_is_in_no_run),
        TEST(a_quota_is_used_to_the_last_block),
        TEST(a_grant_that_no_heap_can_have_goes_back),
        TEST(who_frees_all_keeps_little),
        cmocka_unit_test_setup(a_window_may_be_as_large_as_memory, a_server),
        cmocka_unit_test_setup(blocks_come_and_go_in_each_of_its_heaps, a_server),
    };
    return cmocka_run_group_tests_name("the heap of a server in ring 3", tests, NULL, NULL);
}
