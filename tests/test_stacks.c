/* mm/stacks.c: every entry of the window's page tables is looked at, in what order things go, and what a failure leaves. */
#define KHEAP_RAM_BYTES (20 << 20) /* all slots at one time */
#include "tests/paging_fixture.h"

#include "mm/stacks.h"
#include "tests/random.h"

enum { TABLES = 64, TABLE_SLOTS = 64, SLOT_PAGES = 8 };

static uint64_t directory[ENTRIES];
static size_t blocks_of[STACKS_MAX]; /* the reference: 0 where no stack is */
static size_t used_before;

static int window(void **state)
{
    (void)state;
    begin_paging();
    memset(directory, 0, sizeof directory);
    memset(blocks_of, 0, sizeof blocks_of);
    stacks_init(directory);
    used_before = kheap_totals().used;
    return 0;
}

/* Pages of one slot: guard below, the blocks of one run above, writable and not executable. Returns how many. */
static size_t look_at_slot(const uint64_t *entries, size_t blocks)
{
    const uint64_t no_execute_present_write_accessed_dirty_global = UINT64_C(1) << 63 | 0x163;
    uint64_t physical = entries[blocks == 0 ? 0 : SLOT_PAGES - blocks] & UINT64_C(0xFFFFFFFFFF000);
    for (size_t page = 0; page < SLOT_PAGES; page++) {
        if (page < SLOT_PAGES - blocks) {
            assert_int_equal(entries[page], 0);
        } else {
            assert_int_equal(entries[page], physical | no_execute_present_write_accessed_dirty_global);
            physical += BLOCK;
        }
    }
    return blocks;
}

/* The window maps what the reference says and nothing else; the heap is used for that and for the tables. */
static void look_at_window(void)
{
    size_t used = used_before;
    for (size_t table = 0; table < ENTRIES; table++) {
        size_t taken = 0;
        for (size_t slot = table * TABLE_SLOTS; table < TABLES && slot < (table + 1) * TABLE_SLOTS; slot++) {
            taken += blocks_of[slot] != 0;
        }
        if (directory[table] == 0) {
            assert_int_equal(taken, 0);
            continue;
        }
        assert_true(taken > 0 || table == 0);
        assert_int_equal(directory[table] & ~UINT64_C(0xFFFFFFFFFF000), 0x23); /* present, write, accessed */
        const uint64_t *entries = table_of(directory[table]);
        used++;
        for (size_t slot = 0; slot < TABLE_SLOTS; slot++) {
            size_t blocks = blocks_of[table * TABLE_SLOTS + slot];
            used += look_at_slot(entries + slot * SLOT_PAGES, blocks);
        }
    }
    assert_int_equal(kheap_totals().used, used);
}

static void assert_where(const struct stack *stack, size_t blocks)
{
    assert_true(stack->slot < STACKS_MAX);
    assert_int_equal(stack->top, STACK_WINDOW_BASE + (stack->slot + 1) * 32768);
    assert_int_equal(stack->bottom, stack->top - blocks * BLOCK);
}

static struct stack take(size_t blocks)
{
    struct stack stack;
    memset(&stack, 0xA5, sizeof stack);
    assert_int_equal(stack_take(blocks, &stack), 0);
    assert_where(&stack, blocks);
    assert_int_equal(blocks_of[stack.slot], 0);
    blocks_of[stack.slot] = blocks;
    return stack;
}

/* At the flush nothing of the stack is mapped any more, but all of it still in use. */
static size_t used_at_flush;
static const struct stack *given;

static void look_at_flush(uintptr_t address)
{
    size_t table = (address - STACK_WINDOW_BASE) >> 21;
    assert_int_equal(kheap_totals().used, used_at_flush);
    assert_in_range(address, given->bottom, given->top - 1);
    if (directory[table] != 0) {
        assert_int_equal(table_of(directory[table])[(address >> 12) % ENTRIES], 0);
    }
}

static void give(const struct stack *stack)
{
    size_t blocks = blocks_of[stack->slot];
    forget_flushed();
    used_at_flush = kheap_totals().used;
    given = stack;
    on_flush = look_at_flush;
    stack_give(stack);
    on_flush = NULL;
    assert_int_equal(flushed_count, blocks);
    for (size_t i = 0; i < blocks; i++) {
        assert_int_equal(flushed[i], stack->bottom + i * BLOCK);
    }
    blocks_of[stack->slot] = 0;
}

/*   slot  |.......#|  |..######|  |.#######|   1, 6 and 7 blocks at the top, guard below */
static void a_stack_stands_at_the_top_of_its_slot(void **state)
{
    (void)state;
    struct stack one = take(1);
    struct stack six = take(6);
    struct stack seven = take(7);
    look_at_window();
    assert_int_equal(one.slot, 0);
    assert_int_equal(six.slot, 1);
    assert_int_equal(seven.slot, 2);
    assert_int_equal(seven.bottom, STACK_WINDOW_BASE + 2 * 32768 + BLOCK);
    assert_int_equal(flushed_count, 0); /* what was never mapped is in nobody's memory */
}

static void what_is_no_stack_is_refused(void **state)
{
    (void)state;
    struct stack stack;
    assert_int_equal(stack_take(0, &stack), -EINVARG);
    assert_int_equal(stack_take(8, &stack), -EINVARG);
    assert_int_equal(stack_take(SIZE_MAX, &stack), -EINVARG);
    look_at_window();
}

static void a_stack_that_is_given_is_unmapped_flushed_and_freed_in_this_order(void **state)
{
    (void)state;
    struct stack first = take(4);
    struct stack second = take(7);
    give(&first);
    look_at_window();
    give(&second);
    look_at_window();
    assert_int_equal(kheap_totals().used, used_before + 1); /* the first page table stays */
    assert_int_equal(take(2).slot, 0);
    look_at_window();
}

static void a_stack_is_the_kernels_whoever_acts(void **state)
{
    (void)state;
    struct owner_totals totals;
    owner_t server = new_owner(0);
    assert_int_equal(kheap_act_as(server), 0);
    struct stack stack = take(4);
    assert_int_equal(owner_totals(server, &totals), 0);
    assert_int_equal(totals.held, 0);
    assert_int_equal(kheap_owner(), server);
    give(&stack);
    assert_int_equal(kheap_owner(), server);
}

/*   64 slots   |############|        the 65th needs a second table, which goes with it;
 *              |#|                   the third table is made while the second one is not there */
static void tables_come_and_go_with_the_stacks_in_them(void **state)
{
    (void)state;
    struct stack stacks[TABLE_SLOTS + 1];
    for (size_t i = 0; i <= TABLE_SLOTS; i++) {
        assert_int_equal(directory[1], 0);
        stacks[i] = take(1);
        assert_int_equal(stacks[i].slot, i);
    }
    assert_true(directory[1] != 0);
    look_at_window();
    give(&stacks[TABLE_SLOTS]);
    assert_int_equal(directory[1], 0);
    look_at_window();
    stacks[TABLE_SLOTS] = take(3);
    give(&stacks[5]);
    assert_int_equal(take(3).slot, 5); /* where there is a table already */
    look_at_window();
}

/* A table is full, the one below it gone: what is made already is used first. */
static void a_table_that_is_made_is_filled_before_another_is_made(void **state)
{
    (void)state;
    static struct stack stacks[3 * TABLE_SLOTS];
    for (size_t i = 0; i < 3 * TABLE_SLOTS; i++) {
        stacks[i] = take(1);
    }
    for (size_t i = TABLE_SLOTS; i < 2 * TABLE_SLOTS; i++) {
        give(&stacks[i]);
    }
    give(&stacks[2 * TABLE_SLOTS + 7]);
    look_at_window();
    assert_int_equal(directory[1], 0);
    assert_int_equal(take(1).slot, 2 * TABLE_SLOTS + 7);
    assert_int_equal(take(1).slot, TABLE_SLOTS);
    look_at_window();
}

static void all_slots_can_be_taken_and_no_more(void **state)
{
    (void)state;
    static struct stack stacks[STACKS_MAX];
    struct stack more;
    for (size_t i = 0; i < STACKS_MAX; i++) {
        stacks[i] = take(1);
    }
    look_at_window();
    assert_int_equal(stacks[STACKS_MAX - 1].top, STACK_WINDOW_BASE + (128 << 20));
    assert_int_equal(stack_take(1, &more), -ENOMEM);
    look_at_window();
    give(&stacks[1000]);
    stacks[1000] = take(1);
    for (size_t i = 0; i < STACKS_MAX; i++) {
        give(&stacks[i]);
    }
    look_at_window();
    assert_int_equal(kheap_totals().used, used_before + 1);
}

/* With every number of free blocks: the stack needs 4 of them, and its page table one. */
static void a_stack_without_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    struct stack stack;
    for (size_t blocks = 0; blocks < 5; blocks++) {
        leave_free(blocks);
        size_t used = kheap_totals().used;
        assert_int_equal(stack_take(4, &stack), -ENOMEM);
        assert_int_equal(kheap_totals().used, used);
        assert_int_equal(kheap_totals().longest_free, blocks);
        leave_all_free();
        look_at_window();
    }
    leave_free(5);
    assert_int_equal(stack_take(4, &stack), 0);
    assert_int_equal(kheap_totals().longest_free, 0);
    leave_all_free();
    blocks_of[stack.slot] = 4;
    look_at_window();
}

static void a_fault_below_a_stack_is_told_from_any_other(void **state)
{
    (void)state;
    size_t slot = 77;
    struct stack first = take(4);
    struct stack second = take(7);
    assert_true(stack_guard_at(second.bottom - 1, &slot));
    assert_int_equal(slot, second.slot);
    assert_true(stack_guard_at(first.top - 32768, &slot));
    assert_int_equal(slot, first.slot);
    assert_true(stack_guard_at(first.bottom - 1, &slot));
    slot = 77;
    assert_false(stack_guard_at(first.bottom, &slot));
    assert_false(stack_guard_at(first.top - 1, &slot));
    assert_false(stack_guard_at(second.top, &slot));             /* a free slot                */
    assert_false(stack_guard_at(second.top + (2 << 20), &slot)); /* without a table            */
    assert_false(stack_guard_at(STACK_WINDOW_BASE - 1, &slot));
    assert_false(stack_guard_at(STACK_WINDOW_BASE + (128 << 20), &slot));
    assert_false(stack_guard_at(0, &slot));
    assert_false(stack_guard_at(UINTPTR_MAX, &slot));
    give(&second);
    assert_false(stack_guard_at(second.bottom - 1, &slot));
    assert_int_equal(slot, 77);
}

static void the_top_of_a_stack_is_found_by_its_slot(void **state)
{
    (void)state;
    struct stack stack = take(4);
    assert_int_equal(stack_top(stack.slot), stack.top);
    assert_int_equal(stack_top(stack.slot + 1), 0);
    assert_int_equal(stack_top(STACKS_MAX), 0);
    assert_int_equal(stack_top(SIZE_MAX), 0);
    give(&stack);
    assert_int_equal(stack_top(stack.slot), 0);
}

static void giving_what_is_not_taken_is_our_mistake(void **state)
{
    (void)state;
    struct stack stack = take(4);
    struct stack shifted = {stack.bottom, stack.top + 32768, stack.slot};
    struct stack nowhere = {stack.bottom, STACK_WINDOW_BASE + (128 << 20) + 32768, STACKS_MAX};
    expect_assert_failure(stack_give(&shifted));
    expect_assert_failure(stack_give(&nowhere));
    look_at_window();
    give(&stack);
    expect_assert_failure(stack_give(&stack));
}

/* A thousand at a time, ended in any order, and all that was taken for them is back. */
static void random_stacks_leave_the_heap_as_it_was(void **state)
{
    (void)state;
    static struct stack stacks[1000];
    struct random random = random_seeded("stacks");
    size_t count = 0;
    size_t limit = 200;
    for (unsigned i = 0; i < 20000; i++) {
        limit = i % 2000 == 0 ? 1 + random_below(&random, 300) : limit;
        if (count < limit && random_below(&random, 2) == 0) {
            stacks[count++] = take(1 + random_below(&random, 7));
        } else if (count > 0) {
            size_t ended = random_below(&random, count);
            give(&stacks[ended]);
            stacks[ended] = stacks[--count];
        }
        if (i % 100 == 0) {
            look_at_window();
        }
    }
    while (count > 0) {
        give(&stacks[--count]);
    }
    look_at_window();
    assert_int_equal(kheap_totals().used, used_before + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, window, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stack_stands_at_the_top_of_its_slot),
        TEST(what_is_no_stack_is_refused),
        TEST(a_stack_that_is_given_is_unmapped_flushed_and_freed_in_this_order),
        TEST(a_stack_is_the_kernels_whoever_acts),
        TEST(tables_come_and_go_with_the_stacks_in_them),
        TEST(a_table_that_is_made_is_filled_before_another_is_made),
        TEST(all_slots_can_be_taken_and_no_more),
        TEST(a_stack_without_memory_leaves_nothing_behind),
        TEST(a_fault_below_a_stack_is_told_from_any_other),
        TEST(the_top_of_a_stack_is_found_by_its_slot),
        TEST(giving_what_is_not_taken_is_our_mistake),
        TEST(random_stacks_leave_the_heap_as_it_was),
    };
    return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
