/* mm/commands.c on a small machine whose memory is an array of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "core/status.h"
#include "mm/charge.h"
#include "mm/commands.h"
#include "mm/kheap.h"
#include "mm/kheap_state.h"
#include "mm/owner.h"
#include "mm/selfcheck.h"
#include "tests/capture.h"

#define MIB UINT64_C(0x100000)

static const MemoryMapEntry entries[] = {
    {0x0, 0x9FC00, 1, 1},
    {0x9FC00, 0x400, 2, 1},
    {MIB, 3 * MIB, 1, 1},
};
static const struct reservation image = {"image", {MIB, MIB + 0x40000}};

static struct memmap map;
static struct plan plan;
static struct memory_view view = {"e820", entries, sizeof entries / sizeof *entries, &map, &plan};
static char *ram; /* the machine's bytes from 1 MiB up */

/* The refusal that a command provokes; those of the self-check are its own affair. */
void heap_refused(const struct heap_refusal *refusal)
{
    if (!selfcheck_expects(refusal)) {
        function_called();
    }
}

static int boot(void **state)
{
    (void)state;
    memset(&map, 0xA5, sizeof map);
    memset(&plan, 0xA5, sizeof plan);
    memmap_build(&map, entries, view.count, 40);
    plan_make(&plan, &(struct plan_input){.map = &map,
                                          .reserved = &image,
                                          .reserved_count = 1,
                                          .image = image.range,
                                          .policy = plan_policy_default(),
                                          .page_bits = 21});
    ram = aligned_alloc(HEAP_BLOCK_SIZE, 3 * MIB);
    assert_non_null(ram);
    memset(ram, 0xA5, 3 * MIB);
    kheap_use(&plan, (uintptr_t)ram - MIB);
    kheap_init();
    capture_clear();
    return 0;
}

static int sound_and_off(void **state)
{
    (void)state;
    const char *broken = kheap_check();
    free(ram);
    if (broken != NULL) {
        print_error("%s\n", broken);
    }
    return broken == NULL ? 0 : -1;
}

static void map_shows_the_list_and_what_it_means(void **state)
{
    (void)state;
    assert_int_equal(command_map(&view, "", capture), 0);
    assert_captured("tessera-map: 0x0000000000100000 0x0000000000300000 1\n");
    assert_captured("usable");
}

static void plan_shows_reservations_and_the_certificate(void **state)
{
    (void)state;
    assert_int_equal(command_plan(&view, "", capture), 0);
    assert_captured("image");
    assert_captured("\ntessera: plan {\"source\":\"e820\",\"phys_bits\":40,\"page_bits\":21,");
    assert_string_equal(captured + captured_length - 2, "}\n");
}

static void heap_counts_what_is_in_use(void **state)
{
    (void)state;
    void *held = kmalloc(5 * HEAP_BLOCK_SIZE);
    assert_int_equal(command_heap(NULL, "", capture), 0);
    assert_captured("heap: 1 allocations live, free blocks in 1 runs, 0 frees refused\n");
    assert_captured("in use                    5      20 KiB\n");
    kfree(held);
    capture_clear();
    assert_int_equal(command_heap(NULL, "", capture), 0);
    assert_captured("in use                    0         0 B\n");
    assert_captured("peak                      5      20 KiB\n");
}

/* The address that alloc printed last. */
static const char *allocated(void)
{
    char *at = strstr(captured, " at 0x");
    assert_non_null(at);
    at[strcspn(at, ",")] = '\0';
    return at + 4;
}

static void what_alloc_took_free_gives_back(void **state)
{
    (void)state;
    assert_int_equal(command_alloc(NULL, "64K", capture), 0);
    assert_captured("65536 bytes at 0x");
    assert_captured(", which takes 65536\n");
    assert_int_equal(kheap_totals().used, 16);
    const char *address = allocated();
    capture_clear();
    assert_int_equal(command_free(NULL, address, capture), 0);
    assert_string_equal(captured, "freed\n");
    assert_int_equal(kheap_totals().used, 0);
}

static void alloc_of_nothing_too_much_or_no_number_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(command_alloc(NULL, "0", capture), -EINVARG);
    assert_captured("error: nothing is no allocation\n");
    capture_clear();
    assert_int_equal(command_alloc(NULL, "16M", capture), -ENOMEM);
    assert_captured("error: no free memory is long enough\n");
    capture_clear();
    assert_int_equal(command_alloc(NULL, "0xFFFFFFFFFFFFFFFF", capture), -ENOMEM);
    capture_clear();
    assert_int_equal(command_alloc(NULL, "many", capture), -EINVARG);
    assert_captured("error: \"many\": a number starts with a digit");
    assert_int_equal(kheap_totals().used, 0);
}

static void free_of_what_is_not_allocated_is_an_error(void **state)
{
    (void)state;
    expect_function_call(heap_refused);
    assert_int_equal(command_free(NULL, "0x1234", capture), -EINVARG);
    assert_captured("error: the heap refused it\n");
    capture_clear();
    assert_int_equal(command_free(NULL, "0", capture), -EINVARG);
    assert_captured("error: there is nothing at address 0\n");
    capture_clear();
    assert_int_equal(command_free(NULL, "0x", capture), -EINVARG);
    assert_captured("error: \"0x\": ");
}

static void check_leaves_the_heap_as_it_was(void **state)
{
    (void)state;
    void *held = kmalloc(HEAP_BLOCK_SIZE);
    assert_int_equal(command_check(NULL, "", capture), 0);
    assert_null(strstr(captured, "error"));
    assert_int_equal(kheap_totals().used, 1);
    kfree(held);
}

/* A broken heap is found by the check, which then does not count as a success. */
static void check_of_a_broken_heap_is_an_error(void **state)
{
    (void)state;
    void *held = kmalloc(HEAP_BLOCK_SIZE);
    kheap_state()->below++;
    assert_int_not_equal(command_check(NULL, "", capture), 0);
    assert_captured("error: the self-check failed\n");
    kheap_state()->below--;
    kfree(held);
}

/* Who holds what */

static owner_t new_owner(const char *name, size_t quota)
{
    owner_t owner;
    assert_int_equal(owner_create(name, quota, &owner), 0);
    return owner;
}

static void *take_as(owner_t owner, size_t bytes)
{
    assert_int_equal(kheap_act_as(owner), 0);
    void *ptr = kmalloc(bytes);
    assert_int_equal(kheap_act_as(OWNER_KERNEL), 0);
    assert_non_null(ptr);
    return ptr;
}

static void end_owner(owner_t owner)
{
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(owner, &report), 0);
}

/* A run of 5 blocks, one more that was freed, two blocks that the kernel holds for it, and 3 objects in one slab of a block. */
static void owners_shows_what_each_holds(void **state)
{
    (void)state;
    owner_t owner = new_owner("reader", 50);
    take_as(owner, 5 * HEAP_BLOCK_SIZE);
    void *more = take_as(owner, 3 * HEAP_BLOCK_SIZE);
    for (int i = 0; i < 3; i++) {
        take_as(owner, 64);
    }
    assert_int_equal(kheap_free_of(owner, more), 0);
    assert_int_equal(kheap_charge(owner, 2), 0);
    assert_int_equal(command_owners(NULL, "", capture), 0);
    assert_captured("  owner             blocks     peak    quota  charged   runs  slabs  objects\n");
    assert_captured("\n  kernel                 0        0     none        0      0      0        0\n");
    assert_captured("\n  reader                 8        9       50        2      1      1        3\n");
    end_owner(owner);
}

static void owners_shows_nobody_who_has_ended(void **state)
{
    (void)state;
    end_owner(new_owner("reader", 50));
    assert_int_equal(command_owners(NULL, "", capture), 0);
    assert_null(strstr(captured, "reader"));
    assert_captured("  kernel ");
}

static void classes_shows_who_has_objects_of_a_size(void **state)
{
    (void)state;
    owner_t reader = new_owner("reader", 50), writer = new_owner("writer", 50);
    take_as(reader, 64);
    take_as(reader, 60);
    take_as(writer, 64);
    take_as(writer, 1000);
    take_as(writer, 5 * HEAP_BLOCK_SIZE);
    assert_int_equal(command_classes(NULL, "", capture), 0);
    assert_captured("     64 bytes: 2 of reader, 1 of writer\n");
    assert_captured("   1024 bytes: 1 of writer\n");
    end_owner(reader);
    capture_clear();
    assert_int_equal(command_classes(NULL, "", capture), 0);
    assert_captured("     64 bytes: 1 of writer\n");
    end_owner(writer);
}

static void classes_shows_nothing_of_a_size_that_nobody_has(void **state)
{
    (void)state;
    kfree(kmalloc(64)); /* its slab is kept, empty */
    capture_clear();
    assert_int_equal(command_classes(NULL, "", capture), 0);
    assert_null(strstr(captured, "   64 bytes"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, boot, sound_and_off)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(map_shows_the_list_and_what_it_means),
        TEST(plan_shows_reservations_and_the_certificate),
        TEST(heap_counts_what_is_in_use),
        TEST(what_alloc_took_free_gives_back),
        TEST(alloc_of_nothing_too_much_or_no_number_is_an_error),
        TEST(free_of_what_is_not_allocated_is_an_error),
        TEST(check_leaves_the_heap_as_it_was),
        TEST(check_of_a_broken_heap_is_an_error),
        TEST(owners_shows_what_each_holds),
        TEST(owners_shows_nobody_who_has_ended),
        TEST(classes_shows_who_has_objects_of_a_size),
        TEST(classes_shows_nothing_of_a_size_that_nobody_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
