/* tests/tools/mapjson.c, tests/tools/json.c: memory maps as JSON objects. */
#include "tests/maplog_fixture.h"

static void a_json_map_is_picked_by_its_name(void **state)
{
    (void)state;
    assert_true(read_bytes(TWO_MAPS, sizeof TWO_MAPS - 1, "second"));
    assert_small_map("88h", "JSON");
    assert_int_equal(maplog.first_line, 2);
    assert_int_equal(maplog.short_count, 1);
}

static void one_json_map_needs_no_name(void **state)
{
    (void)state;
    read_good(" \n{\"entries\":[{\"base\":\"0x1000\",\"length\":\"0x2000\",\"type\":1,\"size\":24,\"attr\":2}]}");
    assert_int_equal(maplog.count, 1);
    assert_int_equal(maplog.entries[0].attributes, 2);
    read_good("{\"entries\":[]}");
    assert_int_equal(maplog.count, 0);
}

static void several_json_maps_without_a_name_are_listed(void **state)
{
    (void)state;
    assert_refused(TWO_MAPS, "2 maps, and no NAME to pick one: first, second");
    assert_false(read_bytes(TWO_MAPS, sizeof TWO_MAPS - 1, "third"));
    assert_string_equal(maplog.error, "line 1: no map is named 'third'; there are 2: first, second");
}

static void json_that_is_damaged_or_contradicts_itself_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{", "cut off"},
        {"{}", "line 1: half a map: the object has no entries"},
        {"{\"entries\":[{}]}", "half a map: an entry needs base, length and type"},
        {"{\"entries\":[{\"base\":\"0x0\",\"type\":1}]}", "half a map: an entry needs base, length and type"},
        {"{\"entries\":\n[{\"base\":\"0x0\",\n\"length\":\"0x1", "line 3: the JSON is cut off or damaged"},
        {"{\"entries\":[{\"base\":\"0x0\",\"base\":\"0x1\",\"length\":\"0x1\",\"type\":1}]}", "the same thing twice"},
        {"{\"entries\":[{\"base\":\"10\",\"length\":\"0x1\",\"type\":1}]}",
         "a hexadecimal number of at most 64 bits"},
        {"{\"entries\":[{\"base\":\"0x10000000000000000\",\"length\":\"0x1\",\"type\":1}]}", "at most 64 bits"},
        {"{\"entries\":[{\"base\":18446744073709551616,\"length\":\"0x1\",\"type\":1}]}", "does not fit 64 bits"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":4294967296}]}", "does not fit 32 bits"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":-1}]}", "a whole number, not negative"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":1.5}]}", "a whole number, not negative"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":01}]}", "a whole number, not negative"},
        {"{\"entries\":[{\"base\":\"0x0\",\"length\":\"0x1\",\"type\":1}{}]}", "cut off or damaged"},
        {"{\"entries\":[],\"x\":\"\\ud800\"}", "half a surrogate pair"},
        {"{\"entries\":[],\"x\":\"\\q\"}", "cut off or damaged"},
        {"{\"entries\":[],\"x\":\"a\nb\"}", "cut off or damaged"},
        {"{\"entries\":[],\"x\":?}", "cut off or damaged"},
        {"{\"entries\":[],\"call\":\"e999\"}", "call is e820, e801 or 88"},
        {"{\"entries\":[]} x", "cut off or damaged"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_refused(CASES[i][0], CASES[i][1]);
    }
}

static void json_that_is_nested_too_deeply_is_refused(void **state)
{
    (void)state;
    char text[300] = "{\"x\":";
    memset(text + 5, '[', 200);
    assert_refused(text, "nested too deeply");
}

static void json_escapes_are_understood_in_names(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"name\":\"a\\\"\\\\\\/\\u0041\\u00e9\\ud83d\\ude00\",\"entries\":[]}\n"
                               "{\"name\":\"b\",\"entries\":[]}";
    assert_true(read_bytes(TEXT, sizeof TEXT - 1, "a\"\\/A\xc3\xa9\xf0\x9f\x98\x80"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_json_map_is_picked_by_its_name),
        cmocka_unit_test(one_json_map_needs_no_name),
        cmocka_unit_test(several_json_maps_without_a_name_are_listed),
        cmocka_unit_test(json_that_is_damaged_or_contradicts_itself_is_refused_with_its_line),
        cmocka_unit_test(json_that_is_nested_too_deeply_is_refused),
        cmocka_unit_test(json_escapes_are_understood_in_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
