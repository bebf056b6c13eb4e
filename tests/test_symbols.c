/* core/symbols.c: tables written by hand. That the kernel's own says what addr2line says is tests/tools/check_symbols.py's. */
#include "tests/symbols_fixture.h"

#include "tests/random.h"

static void assert_place(const struct symbol_table *table, uint64_t address, const char *wanted)
{
    struct symbol symbol;
    char text[128];
    memset(&symbol, 0xA5, sizeof symbol);
    if (!symbols_find(table, address, &symbol)) {
        fail_msg("0x%llx is not found", (unsigned long long)address);
    }
    snprintf(text, sizeof text, "%s+%llu %s:%u", symbol.name, (unsigned long long)symbol.offset, symbol.file,
             symbol.line);
    assert_string_equal(text, wanted);
}

static void assert_nowhere(const struct symbol_table *table, uint64_t address)
{
    struct symbol symbol;
    assert_false(symbols_find(table, address, &symbol));
}

/*   0x1000      0x1002      0x1005                0x1009
 *   |  first    |           |  second             |
 *   |  a.c:10   |  a.c:12   |  a.c:9              |   */
static struct symbol_table two_functions(struct writer *writer)
{
    begin_table(writer, 9, (const char *const[]){"a.c", NULL});
    put(writer, 0);
    put(writer, FUNCTION);
    put_text(writer, "first");
    put(writer, NEAR(10));
    put(writer, 2);
    put(writer, NEAR(2));
    put(writer, 3);
    put(writer, FUNCTION);
    put_text(writer, "second");
    put(writer, NEAR(-3));
    put(writer, 4);
    return end_table(writer);
}

static void every_byte_of_a_row_is_on_its_line(void **state)
{
    struct writer writer;
    struct symbol_table table = two_functions(&writer);
    (void)state;
    assert_place(&table, 0x1000, "first+0 a.c:10");
    assert_place(&table, 0x1001, "first+1 a.c:10");
    assert_place(&table, 0x1002, "first+2 a.c:12");
    assert_place(&table, 0x1004, "first+4 a.c:12");
    assert_place(&table, 0x1005, "second+0 a.c:9");
    assert_place(&table, 0x1008, "second+3 a.c:9");
    free((void *)table.bytes);
}

static void outside_the_code_is_nothing(void **state)
{
    struct writer writer;
    struct symbol_table table = two_functions(&writer);
    (void)state;
    assert_nowhere(&table, 0xFFF);
    assert_nowhere(&table, 0x1009);
    assert_nowhere(&table, 0);
    assert_nowhere(&table, UINT64_MAX);
    free((void *)table.bytes);
}

/* Inlined code comes from another file; back in the first, lines go on from where they were.
 *   a.c:5   b.h:100   a.c:6   c.h:7   b.h:101   c.h:8   */
static void each_file_keeps_its_own_line(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 6, (const char *const[]){"a.c", "b.h", "c.h", NULL});
    const uint8_t rows[] = {0,         FUNCTION,    'f',  0,       NEAR(5), 1,           FILE_CHANGE, 1,
                            NEAR(100), 1,           BACK, NEAR(1), 1,       FILE_CHANGE, 2,           NEAR(7),
                            1,         FILE_CHANGE, 1,    NEAR(1), 1,       BACK,        NEAR(1),     1};
    for (size_t i = 0; i < sizeof rows; i++) {
        put(&writer, rows[i]);
    }
    struct symbol_table table = end_table(&writer);
    const char *const wanted[] = {"f+0 a.c:5", "f+1 b.h:100", "f+2 a.c:6", "f+3 c.h:7", "f+4 b.h:101", "f+5 c.h:8"};
    for (unsigned i = 0; i < 6; i++) {
        assert_place(&table, CODE_START + i, wanted[i]);
    }
    free((void *)table.bytes);
}

static void long_steps_take_sixteen_bits(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 0x10001, (const char *const[]){"a.c", NULL});
    const uint8_t rows[] = {0, FUNCTION, 'f', 0, LINE_FAR, 0x12, 0x34, FAR, 0xFF, 0xFF, LINE_FAR, 0, 1, 2};
    for (size_t i = 0; i < sizeof rows; i++) {
        put(&writer, rows[i]);
    }
    struct symbol_table table = end_table(&writer);
    assert_place(&table, CODE_START + 0xFFFE, "f+65534 a.c:4660");
    assert_place(&table, CODE_START + 0xFFFF, "f+65535 a.c:1");
    assert_place(&table, CODE_START + 0x10000, "f+65536 a.c:1");
    free((void *)table.bytes);
}

/* Symbols of 1, 2 and 3 bits: a 0, b 10, c 110, the end of a name 111. Steps and lines have one symbol, of one bit. */
static void frequent_symbols_have_short_codes(void **state)
{
    struct writer writer = {.size = 0};
    const uint8_t letters[SYMBOL_CODE_BITS + 4] = {1, 1, 2, [SYMBOL_CODE_BITS] = 'a', 'b', 'c', 0};
    const uint8_t steps[SYMBOL_CODE_BITS + 2] = {2, [SYMBOL_CODE_BITS] = 0, 1};
    const uint8_t lines[SYMBOL_CODE_BITS + 2] = {2, [SYMBOL_CODE_BITS] = FUNCTION, NEAR(1)};
    (void)state;
    begin_table(&writer, 1, (const char *const[]){NULL});
    writer.size = 12; /* keep where the code is, and its size */
    for (size_t i = 0; i < sizeof letters; i++) {
        put(&writer, letters[i]);
    }
    for (size_t i = 0; i < sizeof steps; i++) {
        put(&writer, steps[i]);
    }
    for (size_t i = 0; i < sizeof lines; i++) {
        put(&writer, lines[i]);
    }
    /* one file: 00000001; "cb": 110 10 111; step 0: 0; function: 0; "abc": 0 10 110 111; line +1: 1; step 1: 1 */
    put(&writer, 0x01);
    put(&writer, 0xD7); /* 11010111 */
    put(&writer, 0x16); /* 00010110 */
    put(&writer, 0xF8); /* 11111000 */
    struct symbol_table table = end_table(&writer);
    assert_place(&table, CODE_START, "abc+0 cb:1");
    free((void *)table.bytes);
}

static void a_name_is_cut_to_the_room_there_is(void **state)
{
    struct writer writer;
    char name[100], wanted[64];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    begin_table(&writer, 1, (const char *const[]){"a.c", NULL});
    put(&writer, 0);
    put(&writer, FUNCTION);
    put_text(&writer, name);
    put(&writer, NEAR(1));
    put(&writer, 1);
    struct symbol_table table = end_table(&writer);
    snprintf(wanted, sizeof wanted, "%.*s+0 a.c:1", SYMBOL_NAME_BYTES - 1, name);
    assert_place(&table, CODE_START, wanted);
    free((void *)table.bytes);
}

static void code_before_the_first_function_is_in_none(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 3, (const char *const[]){"a.c", NULL});
    const uint8_t rows[] = {0, NEAR(1), 2, FUNCTION, 'f', 0, NEAR(1), 1};
    for (size_t i = 0; i < sizeof rows; i++) {
        put(&writer, rows[i]);
    }
    struct symbol_table table = end_table(&writer);
    assert_nowhere(&table, CODE_START);
    assert_place(&table, CODE_START + 2, "f+0 a.c:2");
    free((void *)table.bytes);
}

static void bits_behind_the_last_row_mean_nothing(void **state)
{
    struct writer writer;
    struct symbol_table table = two_functions(&writer);
    (void)state;
    free((void *)table.bytes);
    put(&writer, NEAR(1));
    put(&writer, 1);
    table = end_table(&writer);
    assert_nowhere(&table, 0x1009);
    free((void *)table.bytes);
}

static void a_file_that_is_not_there_has_no_line_of_its_own(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 1, (const char *const[]){"a.c", NULL});
    const uint8_t rows[] = {0, FUNCTION, 'f', 0, FILE_CHANGE, SYMBOL_FILES_MAX, NEAR(1), 1};
    for (size_t i = 0; i < sizeof rows; i++) {
        put(&writer, rows[i]);
    }
    struct symbol_table table = end_table(&writer);
    assert_place(&table, CODE_START, "f+0 a.c:1");
    free((void *)table.bytes);
}

static void a_symbol_that_has_no_code_is_refused(void **state)
{
    struct writer writer;
    (void)state;
    begin_table(&writer, 1, (const char *const[]){"a.c", NULL});
    put(&writer, 0);
    put(&writer, 0xFF); /* the 256th */
    put(&writer, 0);
    put(&writer, 0);
    struct symbol_table table = end_table(&writer);
    assert_nowhere(&table, CODE_START);
    free((void *)table.bytes);
}

/* Wherever it ends: in the numbers at its start, in a code's lengths or symbols, in a name, in a row. */
static void a_table_cut_short_is_never_read_past_its_end(void **state)
{
    struct writer writer;
    struct symbol_table whole = two_functions(&writer);
    (void)state;
    for (size_t size = 1; size < whole.size; size++) {
        writer.size = size;
        struct symbol_table table = end_table(&writer);
        for (uint64_t address = CODE_START - 1; address < CODE_START + 10; address++) {
            struct symbol symbol;
            if (symbols_find(&table, address, &symbol)) {
                assert_true(size >= whole.size - 1 || address < CODE_START + 5);
            }
        }
        free((void *)table.bytes);
    }
    assert_nowhere(&(struct symbol_table){NULL, 0}, 0);
    free((void *)whole.bytes);
}

static void a_damaged_table_is_never_read_past_its_end(void **state)
{
    struct random random = random_seeded("test_symbols");
    struct writer writer;
    struct symbol_table whole = two_functions(&writer);
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct symbol_table table = end_table(&writer);
        uint8_t *bytes = (void *)table.bytes;
        for (uint64_t changes = 1 + random_below(&random, 4); changes > 0; changes--) {
            bytes[random_below(&random, table.size)] = (uint8_t)random_next(&random);
        }
        struct symbol symbol;
        memset(&symbol, 'x', sizeof symbol);
        if (symbols_find(&table, CODE_START + random_below(&random, 9), &symbol)) {
            assert_true(strnlen(symbol.name, sizeof symbol.name) < sizeof symbol.name);
            assert_true(strnlen(symbol.file, sizeof symbol.file) < sizeof symbol.file);
        }
        free(bytes);
    }
    free((void *)whole.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_row_is_on_its_line),
        cmocka_unit_test(outside_the_code_is_nothing),
        cmocka_unit_test(each_file_keeps_its_own_line),
        cmocka_unit_test(long_steps_take_sixteen_bits),
        cmocka_unit_test(frequent_symbols_have_short_codes),
        cmocka_unit_test(a_name_is_cut_to_the_room_there_is),
        cmocka_unit_test(code_before_the_first_function_is_in_none),
        cmocka_unit_test(bits_behind_the_last_row_mean_nothing),
        cmocka_unit_test(a_file_that_is_not_there_has_no_line_of_its_own),
        cmocka_unit_test(a_symbol_that_has_no_code_is_refused),
        cmocka_unit_test(a_table_cut_short_is_never_read_past_its_end),
        cmocka_unit_test(a_damaged_table_is_never_read_past_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
