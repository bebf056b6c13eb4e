/* The heap of a server in ring 3 by chance: each piece is full of its own pattern, on blocks that the machine says are the
 * server's. */
#include "tests/window_machine.h"

enum { PIECES = 400, STEPS = 40000 };

static struct piece {
    unsigned char *start;
    size_t bytes;
    unsigned char stamp;
} pieces[PIECES];
static size_t count;
static unsigned char stamps;

static void add(unsigned char *start, size_t bytes)
{
    assert_true(all_are(block_of(start), block_of(start + bytes - 1) - block_of(start) + 1, SERVER));
    pieces[count++] = (struct piece){start, bytes, ++stamps};
    memset(start, stamps, bytes);
}

static void remove_piece(size_t which)
{
    const struct piece *piece = &pieces[which];
    for (size_t i = 0; i < piece->bytes; i++) {
        assert_int_equal(piece->start[i], piece->stamp);
    }
    pieces[which] = pieces[--count];
}

static size_t any_size(void)
{
    switch (random_below(&machine.random, 8)) {
    case 0: return BLOCK * (1 + random_below(&machine.random, 90));
    case 1: return BLOCK * (1 + random_below(&machine.random, 4));
    case 2: return 1 + random_below(&machine.random, 20000);
    default: return 1 + random_below(&machine.random, 600);
    }
}

static void take(void)
{
    size_t bytes = any_size();
    bool aligned = random_below(&machine.random, 8) == 0;
    unsigned char *start =
        aligned ? kmalloc_aligned(bytes, (size_t)16 << random_below(&machine.random, 12)) : kmalloc(bytes);
    if (start != NULL) {
        add(start, bytes);
    }
}

static void change(size_t which)
{
    struct piece old = pieces[which];
    size_t bytes = any_size();
    remove_piece(which);
    unsigned char *start = krealloc(old.start, bytes);
    if (start == NULL) {
        add(old.start, old.bytes);
        return;
    }
    for (size_t i = 0; i < bytes && i < old.bytes; i++) {
        assert_int_equal(start[i], old.stamp);
    }
    add(start, bytes);
}

/* What is no run is refused, and stays. */
static void let_go(size_t which)
{
    struct piece old = pieces[which];
    unsigned refusals = machine.refusals;
    size_t blocks = server_heap_let_go(old.start);
    if (blocks == 0) {
        assert_int_equal(machine.refusal.fault, FREE_SMALL);
        assert_int_equal(machine.refusals, refusals + 1);
        return;
    }
    remove_piece(which);
    hand(block_of(old.start), blocks, OTHERS);
    machine.held -= blocks;
}

static void receive(void)
{
    size_t blocks = 1 + random_below(&machine.random, 30), block = find_place(blocks);
    if (block < MACHINE_BLOCKS) {
        hand(block, blocks, SERVER);
        machine.held += blocks;
        assert_int_equal(server_heap_take_gift(block_at(block), blocks), 0);
        add(block_at(block), blocks * BLOCK);
    }
}

static void free_badly(void)
{
    size_t block = random_below(&machine.random, MACHINE_BLOCKS);
    unsigned char *ptr =
        block_at(block) + (random_below(&machine.random, 2) ? 0 : 16 * random_below(&machine.random, 256));
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].start == ptr) {
            return;
        }
    }
    unsigned refusals = machine.refusals;
    kfree(ptr);
    assert_int_equal(machine.refusals, refusals + 1);
}

static void step(void)
{
    size_t which = count != 0 ? random_below(&machine.random, count) : 0;
    switch (random_below(&machine.random, 12)) {
    case 0: free_badly(); break;
    case 1:
        if (count < PIECES) {
            receive();
        }
        break;
    case 2:
        if (count != 0) {
            let_go(which);
        }
        break;
    case 3:
        if (count != 0) {
            change(which);
        }
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        if (count < PIECES) {
            take();
        }
        break;
    default:
        if (count != 0) {
            unsigned char *start = pieces[which].start;
            remove_piece(which);
            kfree(start);
        }
    }
}

static void end_all(void)
{
    while (count != 0) {
        unsigned char *start = pieces[0].start;
        remove_piece(0);
        kfree(start);
    }
    assert_sound();
    server_heap_trim();
    assert_int_equal(machine.held, 0);
    assert_int_equal(kheap_totals().used, 0);
}

static void nothing_goes_wrong_by_chance(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        a_server(state);
        machine.quota = round % 2 == 0 ? SIZE_MAX : 300;
        for (unsigned i = 0; i < STEPS; i++) {
            step();
            if (i % 64 == 0) {
                assert_sound();
            }
        }
        end_all();
    }
}

/* The same steps again and again; each time another grant is refused, at last all of them from one on. */
static void a_grant_that_is_refused_changes_nothing_else(void **state)
{
    const struct random random = machine.random;
    for (size_t fail = 0; fail < 60; fail++) {
        a_server(state);
        machine.random = random;
        machine.fail_at = fail;
        machine.fail_from = fail % 4 == 0 ? fail : SIZE_MAX;
        for (unsigned i = 0; i < 400; i++) {
            step();
        }
        assert_sound();
        end_all();
    }
}

int main(void)
{
    machine.random = random_seeded("server_heap");
    const struct CMUnitTest tests[] = {
        TEST(nothing_goes_wrong_by_chance),
        TEST(a_grant_that_is_refused_changes_nothing_else),
    };
    return cmocka_run_group_tests_name("the heap of a server in ring 3, by chance", tests, NULL, NULL);
}
