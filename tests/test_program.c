/* ipc/program.c: what stands in which page with which rights, who pays for it, and what a failure leaves. */
#include "tests/elf_fixture.h"
#include "tests/space_walker.h"

#include "ipc/program.h"

/* The sample's five pages, and what they take: the top-level table and the three below it. */
enum { IMAGE_PAGES = 5, STACK_PAGES = 2, PAGES = IMAGE_PAGES + STACK_PAGES, TABLES = 4, QUOTA = 64 };

static struct elf_image image;
static struct program program;
static owner_t server;
static size_t used_before;

static int a_sample(void **state)
{
    spaces(state);
    make_sample();
    const struct elf_refusal refusal = elf_read(&(struct elf_file){sample, sample_size}, &image);
    assert_null(refusal.sentence);
    server = new_owner(QUOTA);
    used_before = kheap_totals().used;
    memset(&program, 0xA5, sizeof program);
    return 0;
}

static int load(size_t stack_pages)
{
    return program_load(&(struct program_plan){.image = &image, .owner = server, .stack_pages = stack_pages},
                        &program);
}

static size_t held(void)
{
    struct owner_totals totals;
    assert_int_equal(owner_totals(server, &totals), 0);
    return totals.held;
}

static void assert_nothing_left(void)
{
    assert_int_equal(held(), 0);
    assert_int_equal(kheap_totals().used, used_before);
    assert_null(kheap_check());
}

/* The page at an address, as the processor would find it. */
static const uint8_t *page_at(uintptr_t virtual)
{
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].virtual == virtual) {
            return ram_at(seen[i].physical);
        }
    }
    fail_msg("nothing is mapped at 0x%zx", (size_t) virtual);
    return NULL;
}

static void assert_zero(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bytes[i], 0);
    }
}

/* A page in which some bytes are the file's, and the rest 0. */
static void assert_page(uintptr_t virtual, size_t from, size_t count, const uint8_t *bytes)
{
    const uint8_t *page = page_at(virtual);
    assert_zero(page, from);
    assert_memory_equal(page + from, bytes, count);
    assert_zero(page + from + count, BLOCK - from - count);
}

/*   0x400000 |text|const|data  bss  bss|  16 pages never mapped  |stack stack| 0x417000 */
static void each_page_has_its_rights_and_no_other_is_there(void **state)
{
    (void)state;
    static const struct {
        uintptr_t virtual;
        unsigned rights;
    } expected[PAGES] = {{0x400000, USER_EXECUTE}, {0x401000, 0},          {0x402000, USER_WRITE},
                         {0x403000, USER_WRITE},   {0x404000, USER_WRITE}, {0x415000, USER_WRITE},
                         {0x416000, USER_WRITE}};
    assert_int_equal(load(STACK_PAGES), 0);
    read_back(&program.space);
    assert_int_equal(seen_count, PAGES);
    for (size_t i = 0; i < PAGES; i++) {
        assert_int_equal(seen[i].virtual, expected[i].virtual);
        assert_int_equal(seen[i].rights, expected[i].rights);
    }
    assert_int_equal(program.entry, SAMPLE_ENTRY);
    assert_int_equal(program.stack_top, 0x417000);
    program_unload(&program);
    assert_nothing_left();
}

static void pages_hold_the_files_bytes_and_else_nothing(void **state)
{
    (void)state;
    assert_int_equal(load(STACK_PAGES), 0);
    read_back(&program.space);
    assert_page(0x400000, 0, 0x1A0, sample);
    assert_page(0x401000, 0x1A0, 0x20, sample + 0x1A0);
    assert_page(0x402000, 0x1C0, 0x40, sample + 0x1C0);
    assert_page(0x403000, 0, 0, sample);
    assert_page(0x404000, 0, 0, sample);
    assert_page(0x415000, 0, 0, sample);
    assert_page(0x416000, 0, 0, sample);
    program_unload(&program);
}

/* No physical page is there twice, and all are blocks of the server's run. */
static void every_page_is_the_servers_own(void **state)
{
    (void)state;
    struct owner_totals totals;
    bool taken[PAGES] = {false};
    assert_int_equal(load(STACK_PAGES), 0);
    read_back(&program.space);
    for (size_t i = 0; i < PAGES; i++) {
        size_t block = ((uintptr_t)ram_at(seen[i].physical) - (uintptr_t)program.memory) / BLOCK;
        assert_in_range(block, 0, PAGES - 1);
        assert_false(taken[block]);
        taken[block] = true;
    }
    assert_int_equal(owner_totals(server, &totals), 0);
    assert_int_equal(totals.held, PAGES + TABLES);
    assert_int_equal(totals.charged, TABLES);
    assert_int_equal(totals.runs, 1);
    assert_int_equal(kheap_try_free(program.memory), -EINVARG); /* not the kernel's */
    program_unload(&program);
    assert_nothing_left();
}

/* What a server held goes with it; only its space must have gone before. */
static void a_program_goes_with_its_owner(void **state)
{
    (void)state;
    struct reclaim_report report;
    assert_int_equal(load(STACK_PAGES), 0);
    assert_int_equal(address_space_destroy(&program.space), TABLES);
    assert_int_equal(kheap_reclaim(server, &report), 0);
    assert_int_equal(report.blocks, PAGES);
    assert_int_equal(report.charged, 0);
}

/* Loaded again into the very memory that it left full of its own traces. */
static void a_second_start_finds_nothing_of_the_first(void **state)
{
    (void)state;
    assert_int_equal(load(STACK_PAGES), 0);
    void *first = program.memory;
    memset(first, 0x5A, PAGES * BLOCK);
    program_unload(&program);
    assert_int_equal(load(STACK_PAGES), 0);
    assert_ptr_equal(program.memory, first);
    read_back(&program.space);
    assert_page(0x402000, 0x1C0, 0x40, sample + 0x1C0);
    assert_page(0x416000, 0, 0, sample);
    program_unload(&program);
    assert_nothing_left();
}

static void two_of_one_image_share_nothing(void **state)
{
    (void)state;
    assert_int_equal(load(STACK_PAGES), 0);
    struct program other = program;
    assert_int_equal(load(STACK_PAGES), 0);
    memset(program.memory, 0x5A, PAGES * BLOCK);
    read_back(&other.space);
    assert_page(0x400000, 0, 0x1A0, sample);
    assert_page(0x415000, 0, 0, sample);
    program_unload(&program);
    program_unload(&other);
    assert_nothing_left();
}

static void a_stack_has_a_size_that_there_is_room_for(void **state)
{
    (void)state;
    assert_int_equal(load(0), -EINVARG);
    assert_int_equal(load(PROGRAM_STACK_PAGES_MAX + 1), -EINVARG);
    assert_int_equal(load(SIZE_MAX), -EINVARG);
    assert_nothing_left();
    image.end = PROGRAM_END - (PROGRAM_GUARD_PAGES + 2) * BLOCK; /* guard and two pages, to the last one */
    assert_int_equal(load(3), -EINVARG);
    assert_int_equal(load(2), 0);
    assert_int_equal(program.stack_top, PROGRAM_END);
    program_unload(&program);
    image.end = PROGRAM_END;
    assert_int_equal(load(1), -EINVARG);
    assert_nothing_left();
}

static void nobody_who_is_not_live_gets_a_program(void **state)
{
    (void)state;
    struct reclaim_report report;
    assert_int_equal(kheap_reclaim(server, &report), 0);
    used_before = kheap_totals().used;
    assert_int_equal(load(STACK_PAGES), -EINVARG);
    assert_int_equal(kheap_totals().used, used_before);
}

/* The owner ends at the first unlock, at the second, and so on, as an interrupt might have it. */
static unsigned unlocks_left;

static void end_server_later(void)
{
    struct reclaim_report report;
    if (unlocks_left-- > 0) {
        on_unlock = end_server_later;
    } else {
        assert_int_equal(kheap_reclaim(server, &report), 0);
    }
}

/* At the last unlock all has been done: the memory has gone with the owner, and only the space is left. */
static void an_owner_that_ends_meanwhile_gets_nothing(void **state)
{
    struct owner_totals totals;
    unsigned tries = 0;
    for (int status = -EINVARG; status != 0; tries++) {
        (void)a_sample(state);
        unlocks_left = tries;
        on_unlock = end_server_later;
        status = load(STACK_PAGES);
        on_unlock = NULL;
        assert_int_equal(owner_totals(server, &totals), -EINVARG);
        if (status == 0) {
            assert_int_equal(address_space_destroy(&program.space), TABLES);
        }
        assert_int_equal(kheap_totals().used, used_before - 1); /* its record has gone too */
        assert_int_equal(refusals, 0);
        assert_null(kheap_check());
    }
    assert_true(tries > 2 * TABLES);
}

/* With every quota, from none up to what it takes. */
static void a_quota_that_is_full_leaves_nothing(void **state)
{
    (void)state;
    for (size_t room = 0; room < PAGES + TABLES; room++) {
        assert_int_equal(kheap_charge(server, QUOTA - room), 0);
        quota_refusals = 0;
        assert_int_equal(load(STACK_PAGES), -EQUOTA);
        assert_int_equal(quota_refusals, 1);
        assert_int_equal(last_quota.owner, server);
        assert_int_equal(kheap_discharge(server, QUOTA - room), 0);
        assert_nothing_left();
    }
    assert_int_equal(kheap_charge(server, QUOTA - PAGES - TABLES), 0);
    assert_int_equal(load(STACK_PAGES), 0);
    program_unload(&program);
    assert_int_equal(kheap_discharge(server, QUOTA - PAGES - TABLES), 0);
    assert_nothing_left();
    assert_int_equal(refusals, 0);
}

/* Each allocation fails in turn: the first table, the memory, the tables below. */
static void memory_that_is_full_leaves_nothing(void **state)
{
    (void)state;
    for (size_t blocks = 0; blocks < PAGES + TABLES; blocks++) {
        leave_free(blocks);
        assert_int_equal(load(STACK_PAGES), -ENOMEM);
        assert_int_equal(held(), 0);
        assert_int_equal(kheap_totals().longest_free, blocks);
        leave_all_free();
        assert_nothing_left();
    }
    leave_free(PAGES + TABLES);
    assert_int_equal(load(STACK_PAGES), 0);
    program_unload(&program);
    leave_all_free();
    assert_nothing_left();
    assert_int_equal(refusals, 0);
}

static void a_file_is_read_and_loaded_or_refused_in_words(void **state)
{
    (void)state;
    struct elf_file file = {sample, sample_size};
    assert_null(program_load_file(&file, STACK_PAGES, server, &program));
    assert_int_equal(program.entry, image.entry);
    assert_int_equal(held(), PAGES + TABLES);
    program_unload(&program);
    assert_nothing_left();
    assert_string_equal(program_load_file(&file, 0, server, &program), "the program could not be loaded");
    assert_nothing_left();
    struct elf_image unused;
    sample[0]++;
    const char *sentence = elf_read(&file, &unused).sentence;
    assert_non_null(sentence);
    assert_string_equal(program_load_file(&file, STACK_PAGES, server, &program), sentence);
    assert_nothing_left();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, a_sample, sound)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_read_and_loaded_or_refused_in_words),
        TEST(each_page_has_its_rights_and_no_other_is_there),
        TEST(pages_hold_the_files_bytes_and_else_nothing),
        TEST(every_page_is_the_servers_own),
        TEST(a_program_goes_with_its_owner),
        TEST(a_second_start_finds_nothing_of_the_first),
        TEST(two_of_one_image_share_nothing),
        TEST(a_stack_has_a_size_that_there_is_room_for),
        TEST(nobody_who_is_not_live_gets_a_program),
        TEST(an_owner_that_ends_meanwhile_gets_nothing),
        TEST(a_quota_that_is_full_leaves_nothing),
        TEST(memory_that_is_full_leaves_nothing),
    };
    return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
