/* mm/heap_word.c: what the kernel heap says of any address. In the drawings t is a region's record and table, a letter a
 * live run or slab, '.' a free block. */
#include "tests/kheap_one_region.h"

#include "mm/heap_table.h"
#include "mm/heap_word.h"
#include "mm/kheap_state.h"
#include "tests/capture.h"
#include "tests/random.h"

static owner_t store;

/*   |t.... ||t........| t..|  regions of 4, 8 and 2 blocks, the second one right behind the first */
static int three_regions(void **state)
{
    (void)state;
    begin_plan();
    add_region(0, 4);
    add_region(0, 8);
    add_region(1, 2);
    use_plan();
    return 0;
}

static int one_region_and_store(void **state)
{
    (void)one_region(state);
    assert_int_equal(owner_create("store", OWNER_NO_QUOTA, &store), 0);
    return 0;
}

static unsigned char *block_of(size_t region, size_t block)
{
    return ram_at(plan.regions[region].blocks.start + block * BLOCK);
}

/* `%p` in what is wanted stands for the address of `of`. */
static void assert_word(const void *address, const char *format, const void *of)
{
    char wanted[256];
    size_t at = 0;
    for (; *format != '\0'; format++) {
        if (*format == '%') {
            at += (size_t)snprintf(wanted + at, sizeof wanted - at, "0x%llx", (unsigned long long)(uintptr_t)of);
        } else {
            wanted[at++] = *format;
        }
        assert_in_range(at, 0, sizeof wanted - 1);
    }
    wanted[at] = '\0';
    uint64_t before = kheap_digest();
    capture_clear();
    assert_true(heap_word((uintptr_t)address, capture));
    assert_string_equal(captured, wanted);
    assert_true(kheap_digest() == before);
}

static void assert_no_word(const void *address)
{
    capture_clear();
    assert_false(heap_word((uintptr_t)address, capture));
    assert_string_equal(captured, "");
}

/* Must run first: no other test has made a heap yet. */
static void before_kheap_init_nothing_is_known(void **state)
{
    (void)state;
    assert_no_word(NULL);
    assert_no_word(ram);
    assert_no_word((void *)UINTPTR_MAX);
}

/*   |AAA...|   */
static void a_live_run_is_named_from_any_of_its_bytes(void **state)
{
    (void)state;
    unsigned char *run = take_as(store, 3 * BLOCK);
    assert_word(run, "the start of a 3-block run of `store` (%)", run);
    assert_word(run + 16, "0x10 inside a 3-block run of `store` (%)", run);
    assert_word(run + BLOCK, "0x1000 inside a 3-block run of `store` (%)", run);
    assert_word(run + 3 * BLOCK - 1, "0x2fff inside a 3-block run of `store` (%)", run);
}

/*   |AA..BB...|  past A's end is only the first of the two blocks */
static void the_block_behind_a_live_run_is_past_its_end(void **state)
{
    char wanted[128];
    (void)state;
    unsigned char *a = take_as(store, 2 * BLOCK);
    unsigned char *hole = take_as(store, 2 * BLOCK);
    (void)take_as(store, 2 * BLOCK);
    assert_ptr_equal(hole, a + 2 * BLOCK);
    assert_int_equal(kheap_free_of(store, hole), 0);
    snprintf(wanted, sizeof wanted,
             "0x10 past the end of a 2-block run of `store` (0x%llx), in a free block (2 from %%)",
             (unsigned long long)(uintptr_t)a);
    assert_word(hole + 16, wanted, hole);
    assert_word(hole + BLOCK + 16, "in a free block (2 from %)", hole);
}

/*   |..AA|  before A is nothing that could have been written too far */
static void a_free_block_with_nothing_below_is_just_free(void **state)
{
    (void)state;
    assert_word(block_of(0, 0) + 8, "in a free block (4 from %)", block_of(0, 0));
    assert_word(block_of(1, 7), "in a free block (8 from %)", block_of(1, 0));
}

static void the_kernel_and_the_heap_have_names_too(void **state)
{
    (void)state;
    unsigned char *run = kmalloc(BLOCK);
    assert_word(run, "the start of a 1-block run of `kernel` (%)", run);
    (void)kmalloc(64);
    const struct slab *slab = kheap_state()->kernel.bins[size_class_of(64)].active;
    const unsigned char *block = (const unsigned char *)slab - (uintptr_t)slab % BLOCK;
    assert_word(block + 8, "0x8 inside a 1-block run of `heap` (%)", block);
}

/* A number is all that is left of an owner that has ended. */
static void an_owner_without_a_record_is_a_number(void **state)
{
    char wanted[128];
    (void)state;
    unsigned char *run = take_as(store, BLOCK);
    struct owner **slot = &kheap_state()->owners[owner_slot(store)];
    struct owner *record = *slot;
    snprintf(wanted, sizeof wanted, "the start of a 1-block run of owner 0x%x (0x%llx)", (unsigned)store,
             (unsigned long long)(uintptr_t)run);
    *slot = NULL;
    capture_clear();
    assert_true(heap_word((uintptr_t)run, capture));
    *slot = record;
    assert_string_equal(captured, wanted);
}

/* Objects lie one after the other; 48 does not divide a block, so there is a rest behind the last one.
 *   |oooo...o-|   */
static void a_small_object_is_named_live_or_free(void **state)
{
    (void)state;
    unsigned char *object = take_as(store, 48);
    unsigned char *next = take_as(store, 48);
    const struct slab *slab = heap_entry(kheap_region(0), (size_t)(object - block_of(0, 0)) / BLOCK)->slab;
    unsigned char *end = (unsigned char *)slab->start + ((size_t)slab->last_object + 1) * 48;
    assert_ptr_equal(next, object + 48);
    assert_word(object, "the start of a 48-byte object of `store` (%)", object);
    assert_word(object + 47, "0x2f inside a 48-byte object of `store` (%)", object);
    assert_word(next + 8, "0x8 inside a 48-byte object of `store` (%)", next);
    assert_word(next + 48, "the start of a free 48-byte object in a slab of `store` (%)", next + 48);
    assert_int_equal(kheap_free_of(store, object), 0);
    assert_word(object + 8, "0x8 inside a free 48-byte object in a slab of `store` (%)", object);
    assert_word(end + 3, "0x3 past the end of the last 48-byte object in a slab of `store` (%)", object);
}

static void behind_a_slab_is_past_its_end(void **state)
{
    char wanted[160];
    (void)state;
    unsigned char *object = take_as(store, 64);
    const struct slab *slab = heap_entry(kheap_region(0), (size_t)(object - block_of(0, 0)) / BLOCK)->slab;
    unsigned char *end = (unsigned char *)slab->start + slab_blocks(slab) * BLOCK;
    struct heap_run run = heap_run_over(kheap_region(0), (size_t)(end - block_of(0, 0)) / BLOCK);
    snprintf(wanted, sizeof wanted,
             "0x20 past the end of a slab of 64-byte objects of `store` (0x%llx), in a free block (%zu from %%)",
             (unsigned long long)slab->start, run.blocks);
    assert_word(end + 32, wanted, end);
}

/*   |tABCD||tEFGHIJKL|   |tMN|  behind the first region stands the second one's table, behind the third one nothing */
static void behind_a_region_is_past_its_last_run(void **state)
{
    (void)state;
    while (kmalloc(BLOCK) != NULL) {
    }
    unsigned char *last = block_of(2, 1);
    assert_word(last + BLOCK + 5, "0x5 past the end of a 1-block run of `kernel` (%)", last);
    assert_word(last + 2 * BLOCK - 1, "0xfff past the end of a 1-block run of `kernel` (%)", last);
    assert_no_word(last + 2 * BLOCK);
    assert_word(block_of(0, 4), "metadata of the heap: the record of the region at %", block_of(1, 0));
    kfree(last);
    assert_no_word(last + BLOCK + 5);
}

static void a_region_s_table_is_metadata(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        unsigned char *table = ram_at(plan.regions[i].table.start);
        unsigned char *start = block_of(i, 0);
        assert_word(table, "metadata of the heap: the record of the region at %", start);
        assert_word(table + KHEAP_RECORD_BYTES - 1, "metadata of the heap: the record of the region at %", start);
        assert_word(table + KHEAP_RECORD_BYTES, "metadata of the heap: the entry of block 0 of the region at %",
                    start);
        assert_word(table + KHEAP_RECORD_BYTES + 31, "metadata of the heap: the entry of block 1 of the region at %",
                    start);
        assert_word(table + KHEAP_RECORD_BYTES + kheap_region(i)->table.total * sizeof(HEAP_BLOCK_TABLE_ENTRY),
                    "metadata of the heap: nothing, behind the entries of the region at %", start);
        assert_word(start - 1, "metadata of the heap: nothing, behind the entries of the region at %", start);
    }
}

static void outside_all_regions_there_is_no_word(void **state)
{
    (void)state;
    assert_no_word(NULL);
    assert_no_word((void *)((uintptr_t)ram - 1));
    assert_no_word((unsigned char *)ram_at(plan.regions[2].table.start) - 1); /* the gap before the third one */
    assert_no_word(block_of(2, 2));
    assert_no_word((void *)UINTPTR_MAX);
    assert_no_word((void *)(uintptr_t)0xDEAD0000);
}

/* Bounded: the ends of a long run are not looked for.
 *   |AAAAAAA ... AAAAAAA|   */
static void the_middle_of_a_long_run_is_said_to_be_that(void **state)
{
    (void)state;
    unsigned char *middle = block_of(0, 500);
    assert_word(middle, "in a long run with no end within 128 blocks", NULL);
    unsigned char *run = take_as(store, 900 * BLOCK);
    assert_word(run + 127 * BLOCK + 1, "0x7f001 inside a 900-block run of `store` (%)", run);
    assert_word(run + 450 * BLOCK, "in a long run with no end within 128 blocks", NULL);
    assert_word(run + 890 * BLOCK, "in a live run with no end within 128 blocks", NULL);
}

/* Memory that was never written may hold anything, here what looks like slabs. */
static void entries_that_were_never_written_say_nothing(void **state)
{
    (void)state;
    begin_plan();
    memset(ram, 0, sizeof ram);
    add_region(0, 1000);
    use_plan();
    assert_word(block_of(0, 100), "in a free block (1000 from %)", block_of(0, 0));
    assert_word(block_of(0, 500), "in a long run with no end within 128 blocks", NULL);
}

/*   |AAAAAAA ... AAAAAAA..|   */
static void behind_a_long_run_is_past_its_end(void **state)
{
    (void)state;
    unsigned char *run = take_as(store, 900 * BLOCK);
    unsigned char *end = run + 900 * BLOCK;
    size_t free = 1000 - (size_t)(end - block_of(0, 0)) / BLOCK;
    char wanted[128];
    snprintf(wanted, sizeof wanted, "0x10 past the end of a long live run, in a free block (%zu from %%)", free);
    assert_word(end + 16, wanted, end);
}

/* Whatever happened, every byte has a word, and who asks changes nothing. */
static void every_address_has_one_word(void **state)
{
    struct random random = random_seeded("test_heap_word");
    unsigned char *live[64] = {NULL};
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        size_t which = random_below(&random, 64);
        kfree(live[which]);
        live[which] = kmalloc(1 + random_below(&random, random_below(&random, 2) == 0 ? 300 : 4 * BLOCK));
        unsigned char *any = live[random_below(&random, 64)];
        if (any != NULL) {
            capture_clear();
            assert_true(heap_word((uintptr_t)any, capture));
            assert_captured("the start of a ");
            assert_captured(" of `kernel` (");
        }
        capture_clear();
        uintptr_t address = (uintptr_t)ram + random_below(&random, (size_t)(block_of(0, 1000) - ram));
        assert_true(heap_word(address, capture));
        assert_in_range(captured_length, 1, 200);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, one_region_and_store, sound)
#define THREE(test)      cmocka_unit_test_setup_teardown(test, three_regions, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_kheap_init_nothing_is_known), /* first */
        WITH_STORE(a_live_run_is_named_from_any_of_its_bytes),
        WITH_STORE(the_block_behind_a_live_run_is_past_its_end),
        THREE(a_free_block_with_nothing_below_is_just_free),
        WITH_STORE(the_kernel_and_the_heap_have_names_too),
        WITH_STORE(an_owner_without_a_record_is_a_number),
        WITH_STORE(a_small_object_is_named_live_or_free),
        WITH_STORE(behind_a_slab_is_past_its_end),
        THREE(behind_a_region_is_past_its_last_run),
        THREE(a_region_s_table_is_metadata),
        THREE(outside_all_regions_there_is_no_word),
        WITH_STORE(the_middle_of_a_long_run_is_said_to_be_that),
        FRESH(entries_that_were_never_written_say_nothing),
        WITH_STORE(behind_a_long_run_is_past_its_end),
        FRESH(every_address_has_one_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
