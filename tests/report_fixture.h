/* What the tests of mm/report*.c and mm/certificate.c share: a mocked machine, and what was printed about it. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "mm/report.h"
#include "tests/mock_e820.h"

#include "tests/capture.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)

static struct mock machine;

static inline int start(void **state)
{
    (void)state;
    mock_start(&machine);
    capture_clear();
    return 0;
}

static inline void use_pc_with_128_mib(void)
{
    MOCK_MAP(&machine, {0x0, 0x9FC00, 1}, {0x9FC00, 0x400, 2}, {0xF0000, 0x10000, 2}, {0x100000, 0x7EE0000, 1},
             {0x7FE0000, 0x20000, 2}, {0xFFFC0000, 0x40000, 2});
    mock_plan(&machine);
}

static inline void assert_all_captured(const char *expected)
{
    assert_string_equal(captured, expected);
}

#define TEST(name) cmocka_unit_test_setup(name, start)
