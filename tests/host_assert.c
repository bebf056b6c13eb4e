/* A broken assertion fails the test that ran into it; expect_assert_failure() expects one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "core/assert.h"

_Noreturn void kassert_failed(const char *sentence, const char *file, int line)
{
    mock_assert(0, sentence, file, line);
    abort(); /* mock_assert does not come back */
}
