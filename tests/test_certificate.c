/* mm/certificate.c: the plan as one line of JSON, and the hash of the list. */
#include "tests/report_fixture.h"

static void the_hash_is_fnv_1a_over_every_record_in_order(void **state)
{
    (void)state;
    const MemoryMapEntry digits[] = {{0x0102030405060708, 0x1112131415161718, 0x21222324, 99}};
    const MemoryMapEntry list[] = {{0, 0x9FC00, 1, 1}, {0, 0, 0, 1}, {0x100000, 0x7EE0000, 1, 1}};
    assert_int_equal(map_hash(NULL, 0), UINT64_C(0xCBF29CE484222325));
    assert_int_equal(map_hash(digits, 1), UINT64_C(0xC81B6BCFB5EFA875));
    assert_int_equal(map_hash(list, 3), UINT64_C(0x6592D9B8D4FBE2D7));
}

static void the_certificate_is_one_json_object_with_its_keys_in_order(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    const struct certificate certificate = {"e820", 0x1234};
    report_certificate(&machine.plan, &certificate, capture);
    assert_all_captured("{\"source\":\"e820\",\"phys_bits\":52,\"page_bits\":21,\"map_hash\":\"0x0000000000001234\","
                        "\"image\":[\"0x100000\",\"0x140000\"],"
                        "\"reserved\":[{\"name\":\"low-memory\",\"start\":\"0x0\",\"end\":\"0x100000\"},"
                        "{\"name\":\"handoff\",\"start\":\"0x10000\",\"end\":\"0x16000\"},"
                        "{\"name\":\"image\",\"start\":\"0x100000\",\"end\":\"0x140000\"},"
                        "{\"name\":\"page-tables\",\"start\":\"0x140000\",\"end\":\"0x144000\"}],"
                        "\"regions\":[{\"start\":\"0x1c3000\",\"end\":\"0x7fe0000\",\"table_start\":\"0x144000\","
                        "\"table_end\":\"0x1c3000\"}],"
                        "\"usable_bytes\":133038080,\"eligible_bytes\":132759552,\"heap_bytes\":132239360}");
}

static void regions_are_separated_by_commas_and_none_is_an_empty_list(void **state)
{
    (void)state;
    const struct certificate certificate = {"88h", UINT64_MAX};
    MOCK_MAP(&machine, {1 * MIB, 4 * MIB, 1}, {8 * MIB, 4 * MIB, 1});
    mock_plan(&machine);
    report_certificate(&machine.plan, &certificate, capture);
    assert_captured("\"table_end\":\"0x148000\"},{\"start\":\"0x805000\"");
    assert_captured("\"map_hash\":\"0xffffffffffffffff\"");

    mock_start(&machine);
    capture_clear();
    mock_plan(&machine);
    report_certificate(&machine.plan, &certificate, capture);
    assert_captured("\"regions\":[],\"usable_bytes\":0,");
}

/* Module names come from whoever made the boot disk. */
static void a_name_cannot_break_the_json(void **state)
{
    (void)state;
    const struct certificate certificate = {"e820", 0};
    use_pc_with_128_mib();
    machine.reserved[1] = (struct reservation){"a\"b\\c\nd\x80 e", {2 * MIB, 3 * MIB}};
    plan_make(&machine.plan, &machine.input);
    report_certificate(&machine.plan, &certificate, capture);
    assert_captured("{\"name\":\"a?b?c?d? e\",\"start\":\"0x200000\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_hash_is_fnv_1a_over_every_record_in_order),
        TEST(the_certificate_is_one_json_object_with_its_keys_in_order),
        TEST(regions_are_separated_by_commas_and_none_is_an_empty_list),
        TEST(a_name_cannot_break_the_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
