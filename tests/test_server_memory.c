/* servers/memory against the heap that it tells of, which here is the test's own; and who has grown, by how much. */
#include <stdio.h>
#include <string.h>

#include "servers/memory/messages.h"
#include "servers/store/messages.h"
#include "tests/test_server.h"

enum { BLOCK = HEAP_BLOCK_SIZE, CELLS = 300 };

static struct figures_of_owner owner_named(const char *name)
{
    union memory_owner it = {.ask.name = ""};
    snprintf(it.ask.name, sizeof it.ask.name, "%s", name);
    assert_int_equal(memory_owner(to("memory"), &it), 0);
    assert_string_equal(it.answer.is.name, name);
    return it.answer.is;
}

static uint64_t objects_of_class(const char *name, uint64_t class)
{
    union memory_class it = {.ask.class = class};
    snprintf(it.ask.name, sizeof it.ask.name, "%s", name);
    assert_int_equal(memory_class(to("memory"), &it), 0);
    assert_int_equal(it.answer.is.bytes, size_classes[class].size);
    return it.answer.is.objects;
}

static void mark(void)
{
    union memory_mark it;
    assert_int_equal(memory_mark(to("memory"), &it), 0);
}

static void forget(void)
{
    union memory_forget it;
    assert_int_equal(memory_forget(to("memory"), &it), 0);
}

static void assert_grown(uint64_t number, const char *name, uint64_t runs, uint64_t objects)
{
    union memory_grown it = {.ask.number = number};
    assert_int_equal(memory_grown(to("memory"), &it), 0);
    assert_string_equal(it.answer.name, name);
    assert_int_equal(it.answer.runs, runs);
    assert_int_equal(it.answer.objects, objects);
}

static void assert_no_more_grown(uint64_t number)
{
    union memory_grown it = {.ask.number = number};
    assert_int_equal(memory_grown(to("memory"), &it), -EINVARG);
}

static void put(const char *key)
{
    union store_put it = {.ask = {.bytes = 3, .value = "red"}};
    snprintf(it.ask.key, sizeof it.ask.key, "%s", key);
    assert_int_equal(store_put(to("store"), &it), 0);
}

static void delete_key(const char *key)
{
    union store_delete it = {.ask.key = ""};
    snprintf(it.ask.key, sizeof it.ask.key, "%s", key);
    assert_int_equal(store_delete(to("store"), &it), 0);
}

static void totals_are_those_of_the_heap(void **state)
{
    (void)state;
    union memory_totals it;
    void *run = kmalloc(20 * BLOCK);
    assert_int_equal(memory_totals(to("memory"), &it), 0);
    struct kheap_totals totals = kheap_totals();
    const struct figures_of_totals *is = &it.answer.is;
    assert_int_equal(is->regions, totals.regions);
    assert_int_equal(is->blocks, totals.blocks);
    assert_int_equal(is->used, totals.used);
    assert_int_equal(is->kept, totals.kept);
    assert_int_equal(is->peak, totals.peak);
    assert_int_equal(is->live_runs, totals.live_runs);
    assert_int_equal(is->free_runs, totals.free_runs);
    assert_int_equal(is->longest_free, totals.longest_free);
    assert_int_equal(is->refused, totals.refused);
    kfree(run);
}

static void an_owner_is_told_as_it_is(void **state)
{
    (void)state;
    struct figures_of_owner before = owner_named("test");
    void *run = kmalloc(20 * BLOCK), *small = kmalloc(40), *other = kmalloc(2000);
    struct figures_of_owner is = owner_named("test");
    assert_int_equal(is.quota, UINT64_MAX);
    assert_int_equal(is.runs, before.runs + 1);
    assert_int_equal(is.objects, before.objects + 2);
    assert_true(is.held >= before.held + 20 && is.peak >= is.held && is.charged == 0);
    assert_true(is.slot == before.slot && is.number == before.number);
    assert_int_equal(objects_of_class("test", size_class_of(40)), 1);
    assert_int_equal(objects_of_class("test", size_class_of(2000)), 1);
    assert_int_equal(objects_of_class("test", 0), 0);
    kfree(run);
    kfree(small);
    kfree(other);
}

/* Cell for cell, in as many questions as it takes; nothing is behind the last. */
static void a_picture_shows_what_is_used(void **state)
{
    (void)state;
    void *run = kmalloc(100 * BLOCK);
    uint64_t cells = 0, shares = 0, more;
    union memory_picture it;
    do {
        it = (union memory_picture){.ask = {cells, CELLS}};
        assert_int_equal(memory_picture(to("memory"), &it), 0);
        more = it.answer.is.count;
        for (size_t i = 0; i < more; i++) {
            shares += it.answer.is.share[i];
        }
        cells += more;
    } while (more != 0);
    struct kheap_totals totals = kheap_totals();
    uint64_t used = totals.used + totals.kept;
    assert_int_equal(it.answer.is.blocks, (totals.blocks + CELLS - 1) / CELLS);
    assert_int_equal(cells, (totals.blocks + it.answer.is.blocks - 1) / it.answer.is.blocks);
    assert_in_range(shares * it.answer.is.blocks / 255, used > cells ? used - cells : 0, used + cells);
    kfree(run);
}

static void who_has_grown_is_named(void **state)
{
    (void)state;
    mark();
    assert_no_more_grown(0);
    void *run = kmalloc(20 * BLOCK);
    put("color");
    assert_grown(0, "test", 1, 0);
    assert_grown(1, "store", 0, 2);
    assert_no_more_grown(2);
    kfree(run);
    assert_grown(0, "store", 0, 2);
    assert_no_more_grown(1);
    mark();
    assert_no_more_grown(0);
    delete_key("color");
    assert_no_more_grown(0);
    forget();
    put("shape");
    assert_no_more_grown(0);
    delete_key("shape");
}

/* It is another owner, but its namesake is what it is compared with. */
static void a_server_is_compared_with_its_last_life(void **state)
{
    (void)state;
    put("color");
    mark();
    (void)ends("store");
    assert_no_more_grown(0);
    starts("store");
    put("color");
    assert_no_more_grown(0);
    put("shape");
    assert_grown(0, "store", 0, 2);
    assert_no_more_grown(1);
    delete_key("color");
    delete_key("shape");
    forget();
}

static void what_was_not_there_has_all_of_it_more(void **state)
{
    (void)state;
    owner_t owner;
    mark();
    assert_int_equal(owner_create("late", OWNER_NO_QUOTA, &owner), 0);
    owner_t me = kheap_owner();
    assert_no_more_grown(0);
    assert_int_equal(kheap_act_as(owner), 0);
    assert_non_null(kmalloc(64));
    assert_int_equal(kheap_act_as(me), 0);
    assert_grown(0, "late", 0, 1);
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(owner, &report), 0);
    assert_no_more_grown(0);
    forget();
}

static void without_room_the_last_mark_stays(void **state)
{
    (void)state;
    union memory_mark it;
    mark();
    put("color");
    fail_allocation(1);
    assert_int_equal(memory_mark(to("memory"), &it), -EQUOTA);
    fail_allocation(0);
    assert_grown(0, "store", 0, 2);
    delete_key("color");
    forget();
}

/* The made-up heap is one region, and nothing is reserved. */
static void the_plan_is_told_place_by_place(void **state)
{
    (void)state;
    union memory_plan table = {.ask.number = 0}, blocks = {.ask.number = 1}, more = {.ask.number = 2};
    assert_int_equal(memory_plan(to("memory"), &table), 0);
    assert_string_equal(table.answer.is.name, "heap-table");
    assert_int_equal(memory_plan(to("memory"), &blocks), 0);
    assert_string_equal(blocks.answer.is.name, "heap");
    assert_int_equal(table.answer.is.end, blocks.answer.is.start);
    assert_true(table.answer.is.start < table.answer.is.end && blocks.answer.is.start < blocks.answer.is.end);
    assert_int_equal(memory_plan(to("memory"), &more), -EINVARG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVER_TEST(the_plan_is_told_place_by_place),
        SERVER_TEST(totals_are_those_of_the_heap),
        SERVER_TEST(an_owner_is_told_as_it_is),
        SERVER_TEST(a_picture_shows_what_is_used),
        SERVER_TEST(who_has_grown_is_named),
        SERVER_TEST(a_server_is_compared_with_its_last_life),
        SERVER_TEST(what_was_not_there_has_all_of_it_more),
        SERVER_TEST(without_room_the_last_mark_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
