/* mm/report_draw.c: the plan to scale. */
#include "tests/report_fixture.h"

static void the_drawing_of_a_small_machine(void **state)
{
    (void)state;
    use_pc_with_128_mib();
    report_drawing(&machine.map, &machine.plan, capture);
    assert_all_captured("the plan, to scale:\n"
                        "\n"
                        "    one character is 64 KiB\n"
                        "    |LxLLLLLLLrLLLLLrKKKKPtttttttt###################################|\n"
                        "     0x0             0x100000        0x200000        0x300000\n"
                        "\n"
                        "    one character is 2 MiB\n"
                        "    |K##############################################################r|\n"
                        "     0x0             0x2000000       0x4000000       0x6000000\n"
                        "\n"
                        "    K kernel image  P page tables  x other reservation  t block table\n"
                        "    r reserved by the firmware  # heap  L low memory\n");
}

/* A terabyte of memory above a terabyte: each of the two parts has a bar of its own, the gap has none. */
static void the_drawing_of_a_large_machine_leaves_out_the_gaps(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0, 0x9FC00, 1}, {1 * MIB, 3 * GIB - 1 * MIB, 1}, {0xFD00000000, 0x300000000, 2},
             {1 * TIB, 1 * TIB, 1});
    mock_plan(&machine);
    report_drawing(&machine.map, &machine.plan, capture);
    assert_captured("    one character is 64 MiB\n"
                    "    |K###############################################|\n"
                    "     0x0             0x40000000      0x80000000\n");
    assert_captured("    one character is 16 GiB\n"
                    "    |t###############################################################|\n"
                    "     0x10000000000   0x14000000000   0x18000000000   0x1c000000000\n");
}

/* The first bar follows the image. Pieces too small for a region, bad memory and ACPI data show. */
static void the_drawing_zooms_to_the_image_and_shows_small_things(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {1 * MIB, 60 * KIB, 1}, {16 * MIB, 16 * MIB, 1}, {17 * MIB, 4 * KIB, 5},
             {18 * MIB, 4 * KIB, 3}, {18 * MIB + 32 * KIB, 4 * KIB, 4});
    mock_image(&machine, 16 * MIB, 16 * MIB + 128 * KIB);
    mock_plan(&machine);
    report_drawing(&machine.map, &machine.plan, capture);
    assert_captured("    |KKP#############!###############at##");
    assert_captured("     0x1000000       0x1100000       0x1200000       0x1300000\n");
    assert_captured("    one character is 4 KiB\n    |---------------|\n     0x100000\n");
    assert_captured("  ! bad memory  a ACPI  - usable, not used");
}

static void a_machine_without_memory_is_drawn_as_nothing(void **state)
{
    (void)state;
    MOCK_MAP(&machine, {0, 4 * GIB, 2});
    mock_plan(&machine);
    report_drawing(&machine.map, &machine.plan, capture);
    assert_all_captured("the plan, to scale:\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_drawing_of_a_small_machine),
        TEST(the_drawing_of_a_large_machine_leaves_out_the_gaps),
        TEST(the_drawing_zooms_to_the_image_and_shows_small_things),
        TEST(a_machine_without_memory_is_drawn_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
